// What a chart is, apart from how it is drawn: the same words for the screens and for reports.
//
// A chart has columns that share one axis of x (instants in ms, or plain numbers), drawn as lines,
// areas, steps, bars, points or candles; shaded stretches and marks along x; lines across.

import type { Display } from "@/format/figure";
import type { Zone } from "@/format/time";

/** Colours by their role; style.css says what they are in light, in dark and on paper. */
export type Tone =
  | "series-1"
  | "series-2"
  | "series-3"
  | "series-4"
  | "series-5"
  | "series-6"
  | "series-7"
  | "series-8"
  | "series-9"
  | "series-10"
  | "gain"
  | "loss"
  | "warn"
  | "muted"
  | "accent"
  | "doubt";

/** The colour of the k-th of several series, from 0. */
export const toneOf = (k: number): Tone => `series-${(k % 10) + 1}` as Tone;

export interface LineSeries {
  kind: "line" | "area" | "step" | "bars" | "points";
  /** The name of its column. */
  column: string;
  label: string;
  tone: Tone;
  /** How its values are shown; that of the axis where it is not given. */
  display?: Display;
  width?: number;
  dash?: number[];
  /** Bars only: the tone of those below zero. */
  below?: Tone;
  /** Lines only: names of the columns with how low and how high it was on the way to each point. */
  between?: { low: string; high: string };
}

export interface CandleSeries {
  kind: "candles";
  /** Names of the columns with open, high, low and close. */
  columns: { open: string; high: string; low: string; close: string };
  label: string;
  display?: Display;
}

export type Series = LineSeries | CandleSeries;

/** A stretch of x that is shaded, as a regime or an episode. */
export interface Stretch {
  from: number;
  to: number;
  label: string;
  tone: Tone;
}

/** An instant that is marked. */
export interface Mark {
  at: number;
  label: string;
  tone: Tone;
  /** Its form tells its kind where the colour does not. */
  form: "diamond" | "triangle" | "dot" | "square";
}

/** A value that is marked across the chart. On an axis of numbers `axis: "x"` marks one of these. */
export interface Rule {
  at: number;
  label: string;
  tone: Tone;
  axis?: "x" | "y";
}

export interface ChartSpec {
  /** What it shows, for those who do not see it. */
  title: string;
  x: { kind: "time"; zone: Zone } | { kind: "number"; display: Display; label?: string };
  y: {
    display: Display;
    scale?: "linear" | "log";
    /** Always within the axis. */
    include?: number[];
    /** Grows downwards, as a drawdown does. */
    isDown?: boolean;
  };
  series: Series[];
  stretches?: Stretch[];
  marks?: Mark[];
  rules?: Rule[];
  height: number;
  /** Charts of one name show their pointer at the same instant. */
  together?: string;
}

/** Columns of equal length; `x` ascends. What is not there is null. */
export interface ChartData {
  x: readonly number[];
  columns: Readonly<Record<string, readonly (number | null)[]>>;
}

/** The names of a series' columns, in the order in which they are drawn. */
export const columnsOf = (series: Series): string[] =>
  series.kind === "candles"
    ? [series.columns.open, series.columns.high, series.columns.low, series.columns.close]
    : [series.column, ...(series.between ? [series.between.low, series.between.high] : [])];
