// What a chart says at one place of x: the values of its series, and the marks and stretches there.

import { shown, type Display } from "@/format/figure";
import { moment } from "@/format/time";
import { columnsOf, type ChartData, type ChartSpec, type LineSeries } from "./spec";

export interface Reading {
  /** Where it is, in words. */
  at: string;
  values: { label: string; text: string; tone: string }[];
  /** Names of marks and stretches there. */
  notes: string[];
}

/** The reading at a place in the columns. */
export function readingAt(spec: ChartSpec, data: ChartData, i: number): Reading {
  const x = data.x[i] ?? 0;
  const near = halfStep(data.x, i);
  const at = spec.x.kind === "time" ? moment(x, spec.x.zone) : shown(spec.x.display, x);
  const value = (name: string) => data.columns[name]?.[i] ?? null;
  const values = spec.series.map((series) => {
    const display = series.display ?? spec.y.display;
    const text =
      series.kind === "candles"
        ? columnsOf(series)
            .map((name, k) => `${"OHLC"[k]} ${shown(display, value(name))}`)
            .join("  ")
        : shown(display, value(series.column)) + way(series, display, value);
    return { label: series.label, text, tone: series.kind === "candles" ? "text" : series.tone };
  });
  const marks = (spec.marks ?? []).filter((mark) => Math.abs(mark.at - x) <= near);
  const stretches = (spec.stretches ?? []).filter(({ from, to }) => x >= from && x <= to);
  return { at, values, notes: [...stretches, ...marks].map(({ label }) => label) };
}

/** How low and how high it was on the way to a point, where it was anywhere else. */
function way(
  { between }: LineSeries,
  display: Display,
  value: (name: string) => number | null,
): string {
  if (!between) return "";
  const [low, high] = [between.low, between.high].map((name) => shown(display, value(name)));
  return low === high ? "" : `  (${low} to ${high})`;
}

/** Half of the way to the neighbours: a mark belongs to the nearest place. */
function halfStep(x: readonly number[], i: number): number {
  const here = x[i] ?? 0;
  return Math.max((x[i + 1] ?? here) - here, here - (x[i - 1] ?? here)) / 2;
}

/** What a chart shows as one sentence, for those who do not see it. */
export function summary(spec: ChartSpec, data: ChartData): string {
  const last = data.x.length - 1;
  if (last < 0) return `${spec.title}: nothing yet`;
  const end = readingAt(spec, data, last);
  const first =
    spec.x.kind === "time" ? moment(data.x[0], spec.x.zone) : shown(spec.x.display, data.x[0]);
  const values = end.values.map(({ label, text }) => `${label} ${text}`).join(", ");
  return `${spec.title}, ${first} to ${end.at}; at the end ${values}`;
}
