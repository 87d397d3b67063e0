// The columns that the overview can have: any figure that is one number.

import type { VNode } from "preact";
import { cardAt, cards, figureAt, label, reasonAt } from "@/api/definitions";
import { figureText, tone } from "@/format/figure";
import { money, NONE } from "@/format/numbers";
import { words } from "@/format/words";
import { CardText } from "@/parts/Figure";
import { Sparkline } from "@/parts/Sparkline";
import { Flags, Status } from "@/parts/Status";
import { href } from "@/router/router";
import { figures } from "@/store/figures";
import { lineOf, shareOf } from "@/store/lines";
import { alarms } from "@/store/episodes";
import type { Row } from "@/store/market";
import { zone } from "@/store/settings";
import { isWatched, toggleWatched } from "@/store/watchlists";
import type { SortValue } from "@/table/sorting";
import type { Column } from "@/table/VirtualTable";

/** What indices hold differs from one to the other: no column can show it for all. */
const OF_ASSETS = /^composition\.assets\./;
const KINDS = ["percent", "change", "ratio", "count", "number", "duration", "money"];

/** Whether the rows of the stream have this figure. */
export const isInRows = (path: string): boolean => {
  const card = cardAt(path);
  return path === "level" || Boolean(card?.column);
};

/** The value of a figure for a row: of the row, which follows the level, else of the snapshot. */
export function valueOf(row: Row, path: string): unknown {
  const own = figureAt(row, path);
  return own !== undefined ? own : figures.get(row.index)?.values[path];
}

export const sortValue =
  (path: string) =>
  (row: Row): SortValue => {
    if (path === "index") return row.index;
    if (path === "status") return row.status;
    const value = valueOf(row, path);
    return typeof value === "number" || typeof value === "string" ? value : null;
  };

/** Paths of the columns that stand there as long as nobody chose: what the cards say. */
export const usualColumns = (period: string): string[] => {
  const usual = cards()
    .filter((card) => card.column && !card.path.startsWith("returns."))
    .sort(
      (a, b) =>
        Number(b.path.startsWith("drawdown.")) - Number(a.path.startsWith("drawdown.")) ||
        a.order - b.order,
    )
    .map((card) => card.path);
  return [`returns.${period}`, ...usual];
};

/** The periods that returns are given for, in their order. */
export const periods = (): string[] =>
  cards()
    .filter((card) => /^returns\.[^.*]+$/.test(card.path))
    .map((card) => card.path.slice("returns.".length));

export const periodLabel = (period: string): string => {
  const text = label(`returns.${period}`);
  return text.length > 4
    ? ({ mtd: "MTD", qtd: "QTD", ytd: "YTD", inception: "All" }[period] ?? text)
    : text;
};

/** Every figure that can be a column, by the heading of its group. */
export function choosable(sample: unknown): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  const found = [...leaves(sample)].filter((path) => {
    const card = cardAt(path);
    return card && KINDS.includes(card.display) && path !== "level" && !OF_ASSETS.test(path);
  });
  found.sort((a, b) => (cardAt(a)?.order ?? 0) - (cardAt(b)?.order ?? 0));
  for (const path of found) {
    const group = cardAt(path)?.group ?? "";
    groups.set(group, [...(groups.get(group) ?? []), path]);
  }
  return groups;
}

function* leaves(value: unknown, above = ""): Generator<string> {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return;
  for (const [name, inner] of Object.entries(value)) {
    const path = above ? `${above}.${name}` : name;
    if (inner !== null && typeof inner === "object") yield* leaves(inner, path);
    else yield path;
  }
}

/** What a column is called among others: the name of its figure, and what it is of. */
export function columnText(path: string): string {
  const short = cardAt(path)?.column;
  if (path.startsWith("returns.")) return `Return ${periodLabel(path.slice("returns.".length))}`;
  if (short) return short;
  const between = path
    .split(".")
    .slice(1, -1)
    .filter((name) => name !== "benchmarks");
  const section = path.split(".")[0] ?? "";
  const isShort = between.length === 0 && ["annualised", "months"].includes(section);
  return [
    label(path),
    ...between.map(words),
    ...(isShort ? [label(section).toLowerCase()] : []),
  ].join(" · ");
}

/** The columns at these paths, behind those that are always there. */
export function tableColumns(
  paths: readonly string[],
  period: string,
  list: string,
  isNarrow: boolean,
): Column<Row>[] {
  const [named, standing, line, level, ...figures] = allColumns(paths, period, list);
  if (!named || !standing || !line || !level) return [];
  if (!isNarrow) return [named, standing, line, level, ...figures];
  // A phone shows four columns at once: how deep it is and how it went before how it stands.
  const depth = figures.filter((column) => column.name === DEPTH);
  const others = figures.filter((column) => column.name !== DEPTH);
  const [first, second, ...rest] = [...depth, ...others].map((column) => ({
    ...column,
    width: Math.max(84, Math.ceil(column.text.length * 7.8) + 12),
  }));
  return [
    { ...named, width: 130 },
    { ...level, width: 74 },
    ...(first ? [first] : []),
    ...(second ? [second] : []),
    { ...standing, width: 110 },
    line,
    ...rest,
  ];
}

const DEPTH = "drawdown.current";

function allColumns(paths: readonly string[], period: string, list: string): Column<Row>[] {
  return [
    {
      name: "index",
      head: "Index",
      text: "index",
      width: 210,
      canSort: true,
      cell: (row) => name(row, list),
    },
    {
      name: "status",
      head: "Status",
      text: "status",
      width: 150,
      canSort: true,
      cell: (row) => (
        <span class="standing">
          <Status status={row.status} />
          <Flags flags={row.flags} most={0} />
        </span>
      ),
    },
    {
      name: "line",
      head: periodLabel(period),
      text: "line",
      width: 116,
      cell: (row) => (
        <Sparkline
          values={lineOf(row.index, period, row.level)}
          share={shareOf(row.index, period)}
        />
      ),
    },
    {
      name: "level",
      head: "Level",
      text: "level",
      more: moreOf("level"),
      width: 104,
      isNumber: true,
      canSort: true,
      cell: (row) => (row.level === null ? nothing("level", row) : <span>{money(row.level)}</span>),
    },
    ...paths.map((path): Column<Row> => ({
      name: path,
      head: columnText(path),
      text: columnText(path),
      more: moreOf(path),
      width: Math.max(path === DEPTH ? 126 : 84, columnText(path).length * 7 + 34),
      isNumber: true,
      canSort: true,
      cell: (row) => value(path, row),
    })),
  ];
}

/** The card of a column's figure, and what a click does. */
function moreOf(path: string): (() => VNode) | undefined {
  const card = cardAt(path);
  if (!card) return undefined;
  return () => (
    <>
      <CardText card={card} path={path} />
      <p class="muted">A click sorts by it.</p>
    </>
  );
}

// Cells are made by plain functions: a row is changed in place, so a component would not see it.

function name(row: Row, list: string): VNode {
  const isOn = isWatched(row.index, list);
  const count = alarms.value.filter((one) => one.index === row.index).length;
  return (
    <span class="named">
      <button
        type="button"
        class="star"
        aria-pressed={isOn}
        title={isOn ? "take off the watchlist" : "put on the watchlist"}
        onClick={() => toggleWatched(row.index, list)}
      >
        {isOn ? "★" : "☆"}
        <span class="hidden"> {row.index} on the watchlist</span>
      </button>
      <a href={href("index", { id: row.index })} title={row.name}>
        <b>{row.index}</b>
        {row.name !== row.index && <span class="muted"> {row.name}</span>}
      </a>
      {count > 0 && (
        <span class="count" title={`${count} open alarms`}>
          {count}
        </span>
      )}
    </span>
  );
}

function nothing(path: string, row: Row): VNode {
  const why = reasonAt({ ...row.undefined, ...figures.get(row.index)?.undefined }, path);
  return (
    <span class="none" title={why}>
      {NONE}
      <span class="hidden"> {why}</span>
    </span>
  );
}

/** A drawdown with a bar: how much of the deepest one it is. */
function Depth({
  text,
  now,
  deepest,
}: {
  text: string;
  now: unknown;
  deepest: number | null | undefined;
}) {
  const share = typeof now === "number" && deepest ? Math.min(now / deepest, 1) : 0;
  return (
    <span class="depth">
      <span class="depth-bar" aria-hidden="true">
        <i style={{ width: `${share * 100}%` }} />
      </span>
      {text}
    </span>
  );
}

function value(path: string, row: Row): VNode {
  const found = valueOf(row, path);
  if (found === undefined && !isInRows(path) && !figures.has(row.index))
    return <span class="none">…</span>;
  const text = figureText(path, found, zone.value);
  if (text === NONE) return nothing(path, row);
  if (path === DEPTH) return <Depth text={text} now={found} deepest={row.drawdown["max"]} />;
  return <span class={tone(path, found)}>{text}</span>;
}
