// Histories as columns for charts.

import type { History } from "@/api/types";
import type { ChartData } from "@/chart/spec";

export interface Candles {
  /** When each candle ends, ms. */
  at: number[];
  open: number[];
  high: number[];
  low: number[];
  close: number[];
  peak: (number | null)[];
}

/** The candles of a history, each at the time where it ends; one that is open ends now. */
export function candlesOf(history: History, now: number): Candles {
  const { columns, step } = history;
  if (!("close" in columns)) return { at: [], open: [], high: [], low: [], close: [], peak: [] };
  const { open, high, low, close, peak } = columns as unknown as Candles;
  const at = columns.at.map((time) => Date.parse(time) + step * 1000);
  const last = at.length - 1;
  if (history.open_from !== null && last >= 0) {
    const begin = (at[last] ?? 0) - step * 1000;
    at[last] = Math.min(at[last] ?? now, Math.max(now, begin + 1));
  }
  return { at, open, high, low, close, peak };
}

/** Figures over time, by their paths. */
export function figuresOf(history: History): ChartData {
  const { at, ...columns } = history.columns as { at: string[] } & Record<
    string,
    (number | null)[]
  >;
  return { x: at.map((time) => Date.parse(time)), columns };
}

/** Of answers to a question those of these series, under the names that they are shown by; the
 * answers may still be to the question before, and what they lack is left out. */
export const answered = <T extends { index: string }>(
  found: readonly T[],
  wanted: readonly (readonly [name: string, series: string])[],
): [string, T][] =>
  wanted.flatMap(([name, series]): [string, T][] => {
    const one = found.find(({ index }) => index === series);
    return one ? [[name, one]] : [];
  });

/** Series on the times of the first one: of each other the newest value at or before each time. */
export function joined(
  first: Candles,
  others: Record<string, Candles>,
): Record<string, (number | null)[]> {
  const found: Record<string, (number | null)[]> = {};
  for (const [name, { at, close }] of Object.entries(others)) {
    let k = 0;
    found[name] = first.at.map((time) => {
      while (k + 1 < at.length && (at[k + 1] as number) <= time) k++;
      return (at[k] ?? Infinity) <= time ? (close[k] ?? null) : null;
    });
  }
  return found;
}

/** Columns as a multiple of what they are at the first time at which all are there, less one. */
export function rebased(
  columns: Record<string, readonly (number | null)[]>,
): Record<string, (number | null)[]> {
  const names = Object.keys(columns);
  const length = columns[names[0] ?? ""]?.length ?? 0;
  let first = 0;
  while (first < length && names.some((name) => !columns[name]?.[first])) first++;
  return Object.fromEntries(
    names.map((name) => {
      const base = columns[name]?.[first];
      return [
        name,
        (columns[name] ?? []).map((v, i) =>
          v === null || !base || i < first ? null : v / base - 1,
        ),
      ];
    }),
  );
}

/** How far below the peak so far each candle surely went: its low below the peak that was before it,
 * its close below its own, whichever is deeper. A low that came before a new peak is not below that. */
export const depths = ({ open, high, low, close, peak }: Candles): (number | null)[] =>
  close.map((level, i) => {
    const top = peak[i];
    if (!top) return null;
    const isOld = (high[i] ?? top) < top;
    const before = isOld ? top : Math.max(peak[i - 1] ?? 0, open[i] ?? 0);
    const lowest = before ? 1 - (low[i] ?? level) / before : 0;
    return Math.max(lowest, 1 - level / top, 0);
  });

/** Simple returns of closes, where both ends are there. */
export function returnsOf(close: readonly number[]): number[] {
  const found: number[] = [];
  for (let i = 1; i < close.length; i++) {
    const [a, b] = [close[i - 1], close[i]];
    if (a && b !== undefined) found.push(b / a - 1);
  }
  return found;
}

export interface Bins {
  /** The middle of each bin. */
  x: number[];
  counts: number[];
  width: number;
}

/** Counts of values in bins of one width, a bound of bins at zero (rule of Freedman and Diaconis). */
export function histogram(values: readonly number[], most = 80): Bins {
  if (values.length < 2) return { x: [], counts: [], width: 0 };
  const ordered = [...values].sort((a, b) => a - b);
  const at = (share: number) => ordered[Math.floor(share * (ordered.length - 1))] ?? 0;
  const [low, high] = [at(0), at(1)];
  const rule = (2 * (at(0.75) - at(0.25))) / Math.cbrt(ordered.length);
  const width = Math.max(rule, (high - low) / most) || 1e-6;
  const first = Math.floor(low / width);
  const counts = new Array<number>(Math.floor(high / width) - first + 1).fill(0);
  for (const value of ordered) {
    const k = Math.floor(value / width) - first;
    counts[k] = (counts[k] ?? 0) + 1;
  }
  return { x: counts.map((_, i) => (first + i + 0.5) * width), counts, width };
}

/** Stretches of time over which a word stays the same. */
export function stretchesOf(
  at: readonly number[],
  words: readonly (string | null)[],
): { from: number; to: number; word: string }[] {
  const found: { from: number; to: number; word: string }[] = [];
  at.forEach((time, i) => {
    const word = words[i];
    const last = found.at(-1);
    const end = at[i + 1] ?? time;
    if (!word) return;
    if (last && last.word === word && last.to === time) last.to = end;
    else found.push({ from: time, to: end, word });
  });
  return found;
}
