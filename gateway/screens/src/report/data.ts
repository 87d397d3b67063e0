// What a report draws, made of its document: several series on one axis of time, colours by place.

import type { ChartData, Tone } from "@/chart/spec";
import type { Card, Report, ReportIndex } from "@/api/types";
import { cards } from "@/api/definitions";

export type { Report, ReportIndex };

export interface Points {
  at: readonly number[];
  values: readonly (number | null)[];
}

/** The tone of the k-th series of a chart. */
export const toneOf = (k: number): Tone => `series-${(k % 10) + 1}` as Tone;

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

/** Series of times of their own on one axis; what one has not at a time is carried no further. */
export function together(series: Record<string, Points>): ChartData {
  const x = [...new Set(Object.values(series).flatMap(({ at }) => at))].sort((a, b) => a - b);
  const place = new Map(x.map((at, i) => [at, i]));
  const columns = Object.fromEntries(
    Object.entries(series).map(([name, { at, values }]) => {
      const column = new Array<number | null>(x.length).fill(null);
      at.forEach((time, i) => {
        column[place.get(time) as number] = values[i] ?? null;
      });
      return [name, between(column)];
    }),
  );
  return { x, columns };
}

/** Where only others have a time a line goes straight on, as it would without them. */
function between(column: (number | null)[]): (number | null)[] {
  const found = [...column];
  let last = -1;
  for (let i = 0; i < found.length; i++) {
    const here = column[i];
    if (here === null || here === undefined) continue;
    const before = last < 0 ? null : (column[last] ?? null);
    if (before !== null && i - last > 1 && i - last <= 40)
      for (let k = last + 1; k < i; k++)
        found[k] = before + ((here - before) * (k - last)) / (i - last);
    last = i;
  }
  return found;
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
