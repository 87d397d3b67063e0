// Which rows are shown, and in which order.

import { open, type Row } from "@/store/market";
import { watchlists } from "@/store/watchlists";
import { sorted, type Direction } from "@/table/sorting";
import type { Group } from "@/table/VirtualTable";
import { sortValue } from "./columns";

const SEVERITIES = ["critical", "warning", "info"];

/** How urgent a severity is: 0 is the most. */
export const urgency = (severity: string): number => {
  const found = SEVERITIES.indexOf(severity);
  return found < 0 ? SEVERITIES.length : found;
};

export interface Wanted {
  search: string;
  list: string;
  status: string;
  sort: { column: string; direction: Direction } | null;
  group: string;
  /** The group of a row, by what it is grouped. */
  groupOf: (row: Row) => string;
}

/** The rows that are asked for, in order, with the heads of their groups among them. */
export function arranged(rows: Iterable<Row>, wanted: Wanted): (Row | Group)[] {
  const words = wanted.search.toLowerCase().split(/\s+/).filter(Boolean);
  const listed = wanted.list ? new Set(watchlists.value[wanted.list] ?? []) : null;
  let found: Row[] = [];
  for (const row of rows) {
    if (listed && !listed.has(row.index)) continue;
    if (wanted.status && (row.status ?? "none") !== wanted.status) continue;
    if (words.length) {
      const text = `${row.index} ${row.name}`.toLowerCase();
      if (!words.every((word) => text.includes(word))) continue;
    }
    found.push(row);
  }
  if (wanted.sort) found = sorted(found, sortValue(wanted.sort.column), wanted.sort.direction);
  else found = alarmedFirst(found);
  return wanted.group ? grouped(found, wanted.groupOf) : found;
}

/** Those with open alarms first, the most urgent on top; the rest by their ids. */
function alarmedFirst(rows: Row[]): Row[] {
  const worst = new Map<string, number>();
  for (const { index, severity } of open.value.values()) {
    worst.set(index, Math.min(worst.get(index) ?? Infinity, urgency(severity)));
  }
  const byId = isOrdered(rows) ? rows : sorted(rows, (row) => row.index, "up");
  if (!worst.size) return byId;
  const alarmed = byId.filter((row) => worst.has(row.index));
  const calm = byId.filter((row) => !worst.has(row.index));
  return [...sorted(alarmed, (row) => worst.get(row.index), "up"), ...calm];
}

/** The gateway tells them by their ids, so mostly nothing is to be done. */
const isOrdered = (rows: Row[]): boolean =>
  rows.every((row, i) => i === 0 || (rows[i - 1] as Row).index < row.index);

function grouped(rows: Row[], groupOf: (row: Row) => string): (Row | Group)[] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const name = groupOf(row);
    const held = groups.get(name);
    if (held) held.push(row);
    else groups.set(name, [row]);
  }
  return [...groups.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([group, held]) => [{ group, count: held.length }, ...held]);
}
