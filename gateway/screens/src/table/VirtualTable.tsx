// A table of any length of which only the rows in sight exist. The keyboard walks through it.

import type { ComponentChildren, JSX, VNode } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { ExplainedButton } from "@/parts/Popover";
import "./table.css";
import type { Direction } from "./sorting";
import { covers, revealing, seen, Slots } from "./virtual";

export interface Column<T> {
  name: string;
  /** Its head; `text` is the same as words alone. */
  head: ComponentChildren;
  text: string;
  /** What is to be known of it, by hover and focus. */
  more?: (() => ComponentChildren) | undefined;
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
  /** Changes when what cells show has changed though the rows have not. */
  version?: unknown;
}

const HEAD = 30;
const MOST_PRINTED = 1000; // rows on paper: some thirty sheets
const SETTLED = 200; // ms without a scroll after which rows stand in the page as they are seen

const isGroup = <T,>(row: T | Group): row is Group =>
  typeof row === "object" && row !== null && "group" in row && "count" in row;

export function VirtualTable<T>(props: TableProps<T>) {
  const { columns, rows, idOf, rowHeight = 34, onSeen } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [range, setRange] = useState({ first: 0, end: 40 });
  const [active, setActive] = useState<string | null>(null);
  const [isPrinted, setPrinted] = useState(false);
  const drawn = useRef(new Map<string, Drawn>());
  const slots = useRef(new Slots());
  const [isScrolling, setScrolling] = useState(false);

  useLayoutEffect(() => {
    const node = scroller.current;
    if (!node) return;
    let settling: ReturnType<typeof setTimeout> | undefined;
    const look = () => {
      const { scrollTop, clientHeight } = node;
      // Most steps of a scroll leave the rows as they are.
      setRange((held) =>
        covers(held, rows.length, rowHeight, scrollTop, clientHeight)
          ? held
          : seen(rows.length, rowHeight, scrollTop, clientHeight),
      );
    };
    const scrolled = () => {
      clearTimeout(settling);
      settling = setTimeout(() => setScrolling(false), SETTLED);
      setScrolling(true);
      look();
    };
    const resized = () => {
      node.classList.toggle("is-wide", node.scrollWidth > node.clientWidth);
      look();
    };
    resized();
    const sized = new ResizeObserver(resized);
    sized.observe(node);
    node.addEventListener("scroll", scrolled, { passive: true });
    return () => {
      clearTimeout(settling);
      sized.disconnect();
      node.removeEventListener("scroll", scrolled);
    };
  }, [rows.length, rowHeight, columns]);

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

  const { first, end } = isPrinted ? { first: 0, end: Math.min(rows.length, MOST_PRINTED) } : range;
  const shown = rows.slice(first, end);
  const ids = shown.map((row) => (isGroup(row) ? "" : idOf(row))).join();
  useEffect(() => {
    onSeen?.(shown.filter((row): row is T => !isGroup(row)));
  }, [ids, onSeen]);

  const move = (event: JSX.TargetedKeyboardEvent<HTMLElement>) => {
    const node = scroller.current;
    if (!node || event.target !== node) return;
    const here = rows.findIndex((row) => !isGroup(row) && idOf(row) === active);
    const page = Math.max(Math.floor((node.clientHeight - HEAD) / rowHeight) - 1, 1);
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

  const bodyRow = (row: T, id: string, slot: number, place: number, isActive: boolean): VNode => (
    <div
      key={slot}
      id={`row-${id}`}
      data-id={id}
      class={isActive ? "vtable-row is-active" : "vtable-row"}
      role="row"
      aria-rowindex={place + 2}
      aria-selected={isActive}
      style={{ ...placed(place, rowHeight), gridTemplateColumns: template }}
      onClick={(event) => {
        if (!(event.target as Element).closest("a, button, [role=button]")) props.onOpen(row);
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

  const made = useRef<unknown[]>([]);
  const of = [rows, columns, props.version];
  if (of.some((one, i) => one !== made.current[i])) drawn.current.clear();
  made.current = of;
  const kept = new Map<string, Drawn>();
  const focused = scroller.current?.contains(document.activeElement)
    ? document.activeElement?.closest<HTMLElement>(".vtable-row")
    : null;
  const focusedId = focused?.dataset["id"];
  useLayoutEffect(() => {
    drawn.current = kept;
    // A row that went left its element to another, which nobody meant to have the focus.
    if (focused && focused.dataset["id"] !== focusedId) scroller.current?.focus();
  });
  // Elements that move lose the focus: they stay where they are while one of them has it.
  const places = slots.current.take(
    shown.map((row) => (isGroup(row) ? `group ${row.group}` : idOf(row))),
    !isScrolling && !focused,
  );

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
        style={{
          height: `${(isPrinted ? end : rows.length) * rowHeight}px`,
          minWidth: `${wide}px`,
        }}
      >
        {places.map(([slot, i]) => {
          const row = shown[i] as T | Group;
          const place = first + i;
          if (isGroup(row)) return groupRow(row, slot, place, rowHeight, columns.length);
          const id = idOf(row);
          const held = drawn.current.get(id);
          // The same node again costs nothing: only what is new to the window is made.
          const isSame = held?.place === place && held.isActive === (id === active);
          const node = isSame ? held.node : bodyRow(row, id, slot, place, id === active);
          kept.set(id, { place, isActive: id === active, node });
          return node;
        })}
      </div>
      {isPrinted && end < rows.length && (
        <p class="muted">
          The first {end.toLocaleString("en")} of {rows.length.toLocaleString("en")}: search or sort
          for the others.
        </p>
      )}
    </div>
  );
}

interface Drawn {
  place: number;
  isActive: boolean;
  node: VNode;
}

const placed = (place: number, height: number) => ({
  top: `${place * height}px`,
  height: `${height}px`,
});

const groupRow = (
  { group, count }: Group,
  slot: number,
  place: number,
  height: number,
  columns: number,
) => (
  <div
    class="vtable-group"
    role="row"
    aria-rowindex={place + 2}
    key={slot}
    style={placed(place, height)}
  >
    <span role="gridcell" aria-colspan={columns}>
      {group} <span class="muted">{count}</span>
    </span>
  </div>
);

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
  const named = column.isNumber ? [mark, column.head] : [column.head, mark];
  return (
    <div
      role="columnheader"
      class={column.isNumber ? "number" : ""}
      aria-sort={direction ?? (column.canSort ? "none" : undefined)}
      data-column={column.name}
    >
      {column.canSort && column.more ? (
        <ExplainedButton more={column.more} onClick={() => onSort(column.name)}>
          {named}
        </ExplainedButton>
      ) : column.canSort ? (
        <button type="button" onClick={() => onSort(column.name)} title={`sort by ${column.text}`}>
          {named}
        </button>
      ) : (
        column.head
      )}
    </div>
  );
}
