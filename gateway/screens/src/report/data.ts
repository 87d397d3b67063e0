// What a report draws, made of its document: several series on one axis of time, colours by place.

import type { Card, Report, ReportIndex } from "@/api/types";
import { cards } from "@/api/definitions";
import type { ChartData } from "@/chart/spec";

export type { Report, ReportIndex };

export interface Points {
  at: readonly number[];
  values: readonly (number | null)[];
}

/** When the candles of an index's level end (ms); the open one now. */
export function levelTimes(one: ReportIndex): number[] {
  const step = one.series.step * 1000;
  const last = Date.parse(one.to);
  return one.series.level.at.map((at) => Math.min(Date.parse(at) + step, last));
}

export const figureTimes = (one: ReportIndex): number[] =>
  one.series.figures.at.map((at) => Date.parse(at));

/** A figure over time; one that never changed has its one value throughout. */
export function figurePoints(one: ReportIndex, path: string): Points | null {
  const values = one.series.figures.columns[path];
  const at = figureTimes(one);
  if (!values) return null;
  return { at, values: values.length === 1 ? at.map(() => values[0] ?? null) : values };
}

/** Series of times of their own on one axis. Where only others have a time a line goes straight on,
 * as it would without them; where it has none of its own values it has none. */
export function together(series: Record<string, Points>): ChartData {
  const x = [...new Set(Object.values(series).flatMap(({ at }) => at))].sort((a, b) => a - b);
  const place = new Map(x.map((at, i) => [at, i]));
  const columns = Object.fromEntries(
    Object.entries(series).map(([name, { at, values }]) => {
      const column = new Array<number | null>(x.length).fill(null);
      at.forEach((time, i) => {
        const here = place.get(time) as number;
        column[here] = values[i] ?? null;
        if (i) fill(column, place.get(at[i - 1] as number) as number, here);
      });
      return [name, column];
    }),
  );
  return { x, columns };
}

/** A straight line between two places, where both have a value. */
function fill(column: (number | null)[], from: number, to: number): void {
  const [first, last] = [column[from] ?? null, column[to] ?? null];
  if (first === null || last === null) return;
  for (let k = from + 1; k < to; k++)
    column[k] = first + ((last - first) * (k - from)) / (to - from);
}

/** The cards of one kind in their order, and the groups they stand in. */
export const headline = (): Card[] => cards().filter((card) => card.headline);

export function groups(): [string, Card[]][] {
  const found = new Map<string, Card[]>();
  for (const card of cards()) found.set(card.group, [...(found.get(card.group) ?? []), card]);
  return [...found];
}

/** The paths that a pattern has in a snapshot: `*` is any name there. */
export function pathsOf(snapshot: unknown, pattern: string): string[] {
  let found: [string, unknown][] = [["", snapshot]];
  for (const name of pattern.split(".")) {
    found = found.flatMap(([path, value]): [string, unknown][] => {
      if (value === null || typeof value !== "object" || Array.isArray(value)) return [];
      const inner = value as Record<string, unknown>;
      const names = name === "*" ? Object.keys(inner) : name in inner ? [name] : [];
      return names.map((one) => [path ? `${path}.${one}` : one, inner[one]]);
    });
  }
  return found.map(([path]) => path);
}

/** The names of the benchmarks of an index. */
export const benchmarksOf = (one: ReportIndex): string[] => Object.keys(one.series.benchmarks);

/** Of a series of /v1/compare the name that people know: an asset's without its prefix. */
export const plainName = (series: string): string => series.replace(/^asset:/, "");
