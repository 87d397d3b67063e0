// A table of any length of which only the rows in sight exist. The keyboard walks through it.

import type { ComponentChildren, JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import "./table.css";
import type { Direction } from "./sorting";
import { revealing, seen } from "./virtual";

export interface Column<T> {
  name: string;
  /** Its head; `text` is the same as words alone. */
  head: ComponentChildren;
  text: string;
  /** px; the first column takes what is left. */
  width: number;
  isNumber?: boolean;
  canSort?: boolean;
  cell: (row: T) => ComponentChildren;
}

export interface Group {
  group: string;
  count: number;
}

export interface TableProps<T> {
  label: string;
  columns: readonly Column<T>[];
  /** In the order in which they stand; a group's head is a row, too. */
  rows: readonly (T | Group)[];
  idOf: (row: T) => string;
  sort: { column: string; direction: Direction } | null;
  onSort: (column: string) => void;
  onOpen: (row: T) => void;
  /** Called with the rows in sight, each time these are others. */
  onSeen?: (rows: T[]) => void;
  rowHeight?: number;
}

const HEAD = 30;

const isGroup = <T,>(row: T | Group): row is Group =>
  typeof row === "object" && row !== null && "group" in row && "count" in row;

export function VirtualTable<T>(props: TableProps<T>) {
  const { columns, rows, idOf, rowHeight = 34, onSeen } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [window_, setWindow] = useState({ top: 0, height: 900 });
  const [active, setActive] = useState<string | null>(null);
  const [isPrinted, setPrinted] = useState(false);

  useLayoutEffect(() => {
    const node = scroller.current;
    if (!node) return;
    const measure = () => setWindow({ top: node.scrollTop, height: node.clientHeight });
    measure();
    const sized = new ResizeObserver(measure);
    sized.observe(node);
    node.addEventListener("scroll", measure, { passive: true });
    return () => {
      sized.disconnect();
      node.removeEventListener("scroll", measure);
    };
  }, []);

  useEffect(() => {
    const before = () => setPrinted(true);
    const after = () => setPrinted(false);
    const media = matchMedia("print");
    const change = () => setPrinted(media.matches);
    addEventListener("beforeprint", before);
    addEventListener("afterprint", after);
    media.addEventListener("change", change);
    return () => {
      removeEventListener("beforeprint", before);
      removeEventListener("afterprint", after);
      media.removeEventListener("change", change);
    };
  }, []);

  const { first, end } = isPrinted
    ? { first: 0, end: Math.min(rows.length, 1000) }
    : seen(rows.length, rowHeight, window_.top, window_.height);
  const shown = rows.slice(first, end);
  const ids = shown.map((row) => (isGroup(row) ? "" : idOf(row))).join();
  useEffect(() => {
    onSeen?.(shown.filter((row): row is T => !isGroup(row)));
  }, [ids, onSeen]);

  const move = (event: JSX.TargetedKeyboardEvent<HTMLElement>) => {
    const node = scroller.current;
    if (!node || event.target !== node) return;
    const here = rows.findIndex((row) => !isGroup(row) && idOf(row) === active);
    const page = Math.max(Math.floor((window_.height - HEAD) / rowHeight) - 1, 1);
    const wanted: Record<string, [number, number]> = {
      ArrowDown: [here + 1, 1],
      ArrowUp: [here < 0 ? 0 : here - 1, -1],
      PageDown: [Math.max(here, 0) + page, 1],
      PageUp: [Math.max(here, 0) - page, -1],
      Home: [0, 1],
      End: [rows.length - 1, -1],
    };
    const row = rows[here];
    if (event.key === "Enter" && row && !isGroup(row)) {
      event.preventDefault();
      props.onOpen(row);
    }
    const asked = wanted[event.key];
    if (!asked) return;
    event.preventDefault();
    let [to, step] = asked;
    to = Math.min(Math.max(to, 0), rows.length - 1);
    let found = rows[to];
    if (found && isGroup(found)) {
      if (to === 0) step = 1;
      found = rows[to + step];
      to += step;
    }
    if (!found || isGroup(found)) return;
    setActive(idOf(found));
    node.scrollTop = revealing(to, rowHeight, node.scrollTop, node.clientHeight, HEAD);
  };

  const template = columns
    .map(({ width }, i) => (i === 0 ? `minmax(${width}px, 1fr)` : `${width}px`))
    .join(" ");
  const wide = columns.reduce((sum, { width }) => sum + width, 0);
  return (
    <div
      class={isPrinted ? "vtable is-printed" : "vtable"}
      ref={scroller}
      role="grid"
      aria-label={props.label}
      aria-rowcount={rows.length + 1}
      aria-colcount={columns.length}
      aria-activedescendant={
        active && ids.split(",").includes(active) ? `row-${active}` : undefined
      }
      tabIndex={0}
      onKeyDown={move}
    >
      <div
        class="vtable-head"
        role="row"
        aria-rowindex={1}
        style={{ gridTemplateColumns: template, minWidth: `${wide}px` }}
      >
        {columns.map((column) => (
          <Head key={column.name} column={column} sort={props.sort} onSort={props.onSort} />
        ))}
      </div>
      <div
        class="vtable-body"
        role="rowgroup"
        style={{ height: `${rows.length * rowHeight}px`, minWidth: `${wide}px` }}
      >
        {shown.map((row, i) => {
          const place = first + i;
          const style = {
            transform: `translateY(${place * rowHeight}px)`,
            height: `${rowHeight}px`,
          };
          if (isGroup(row)) {
            return (
              <div
                class="vtable-group"
                role="row"
                aria-rowindex={place + 2}
                key={`group ${row.group}`}
                style={style}
              >
                <span role="gridcell" aria-colspan={columns.length}>
                  {row.group} <span class="muted">{row.count}</span>
                </span>
              </div>
            );
          }
          const id = idOf(row);
          return (
            <div
              key={id}
              id={`row-${id}`}
              data-id={id}
              class={id === active ? "vtable-row is-active" : "vtable-row"}
              role="row"
              aria-rowindex={place + 2}
              aria-selected={id === active}
              style={{ ...style, gridTemplateColumns: template }}
              onClick={(event) => {
                if (!(event.target as Element).closest("a, button, [role=button]"))
                  props.onOpen(row);
              }}
            >
              {columns.map((column, k) => (
                <div
                  key={column.name}
                  class={column.isNumber ? "number" : ""}
                  role={k === 0 ? "rowheader" : "gridcell"}
                  data-column={column.name}
                >
                  {column.cell(row)}
                </div>
              ))}
            </div>
          );
        })}
      </div>
    </div>
  );
}

function Head<T>(props: {
  column: Column<T>;
  sort: TableProps<T>["sort"];
  onSort: (column: string) => void;
}) {
  const { column, sort, onSort } = props;
  const isSorted = sort?.column === column.name;
  const direction = isSorted ? (sort.direction === "up" ? "ascending" : "descending") : undefined;
  const mark = isSorted && (
    <span class="sort" aria-hidden="true">
      {sort.direction === "up" ? "▲" : "▼"}
    </span>
  );
  return (
    <div
      role="columnheader"
      class={column.isNumber ? "number" : ""}
      aria-sort={direction ?? (column.canSort ? "none" : undefined)}
      data-column={column.name}
    >
      {column.canSort ? (
        <button type="button" onClick={() => onSort(column.name)} title={`sort by ${column.text}`}>
          {column.isNumber && mark}
          {column.head}
          {!column.isNumber && mark}
        </button>
      ) : (
        column.head
      )}
    </div>
  );
}
