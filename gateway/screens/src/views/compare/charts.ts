// The charts of a comparison: levels from one start, falls, rolling figures, risk against return.

import { cardAt } from "@/api/definitions";
import type { Comparison } from "@/api/types";
import { toneOf, type ChartData, type ChartSpec } from "@/chart/spec";
import type { Display } from "@/format/figure";
import { percent } from "@/format/numbers";
import type { Zone } from "@/format/time";

export interface Drawn {
  spec: ChartSpec;
  data: ChartData;
}

export type OverTime = NonNullable<Comparison["over_time"]>;

/** An asset is called by its own name. */
export const nameOf = (series: string): string => series.replace(/^asset:/, "");
const times = (at: readonly string[]): number[] => at.map((time) => Date.parse(time));

/** The return of each from the first time that all have. */
export function growth(names: string[], over: OverTime, zone: Zone): Drawn {
  const columns = Object.fromEntries(
    names.map((name) => {
      const closes = over.closes[name] ?? [];
      const first = closes[0] ?? 1;
      return [name, closes.map((close) => close / first - 1)];
    }),
  );
  return {
    spec: spec("Return since the common start", names, zone, {
      display: "change",
      include: [0],
    }),
    data: { x: times(over.at), columns },
  };
}

/** How far each is below its highest close within the time. */
export function falls(names: string[], over: OverTime, zone: Zone): Drawn {
  const columns = Object.fromEntries(
    names.map((name) => {
      let peak = 0;
      const depth = (close: number) => {
        peak = Math.max(peak, close);
        return 1 - close / peak;
      };
      return [name, (over.closes[name] ?? []).map(depth)];
    }),
  );
  return {
    spec: {
      ...spec("Under water, by closes within this time", names, zone, {
        display: "percent",
        include: [0],
        isDown: true,
      }),
      height: 180,
    },
    data: { x: times(over.at), columns },
  };
}

/** Beta or correlation of the first against each of the others. */
export function rolling(
  figure: "beta" | "correlation",
  names: string[],
  over: OverTime,
  zone: Zone,
): Drawn {
  const { rolling } = over;
  const card = cardAt(`benchmarks.X.${figure}`);
  const title = `${card?.label ?? figure} of ${nameOf(rolling.of)}, over ${rolling.window} bars`;
  const found = spec(title, names, zone, {
    display: (card?.display ?? "ratio") as Display,
    include: figure === "correlation" ? [0, 1] : [0],
  });
  return {
    spec: {
      ...found,
      series: found.series.slice(1).map((series) => ({ ...series, label: `to ${series.label}` })),
      height: 180,
    },
    data: { x: times(rolling.at), columns: rolling[figure] },
  };
}

/** Each at its volatility and its return a year (or of the time, where that is too short). */
export function riskAgainstReturn(comparison: Comparison): Drawn {
  const isYearly = comparison.series.every(({ annualised }) => annualised !== null);
  const value = (one: Comparison["series"][number]) => (isYearly ? one.annualised : one.return);
  const known = comparison.series
    .map((one, k) => ({ one, k }))
    .filter(({ one }) => one.volatility !== null && value(one) !== null)
    .sort((a, b) => (a.one.volatility ?? 0) - (b.one.volatility ?? 0));
  const x = known.map(({ one }) => one.volatility as number);
  const columns = Object.fromEntries(
    known.map(({ one }, i) => [
      one.series,
      known.map((_, j) => (i === j ? (value(one) as number) : null)),
    ]),
  );
  return {
    spec: {
      title: `${isYearly ? "Return a year" : "Return"} by volatility`,
      x: { kind: "number", display: "percent", label: "volatility" },
      y: { display: "change", include: [0] },
      series: known.map(({ one, k }) => ({
        kind: "points",
        column: one.series,
        label: nameOf(one.series),
        tone: toneOf(k),
      })),
      height: 230,
    },
    data: { x, columns },
  };
}

function spec(title: string, names: string[], zone: Zone, y: ChartSpec["y"]): ChartSpec {
  return {
    title,
    x: { kind: "time", zone },
    y,
    series: names.map((name, k) => ({
      kind: "line",
      column: name,
      label: nameOf(name),
      tone: toneOf(k),
    })),
    height: 280,
    together: "compare",
  };
}

type Rated = Pick<Comparison["series"][number], "series" | "risk_free">;

/** Whether the Sharpe ratios of all are above one risk-free rate. */
export const hasOneRate = (series: readonly Rated[]): boolean =>
  new Set(series.map(({ risk_free }) => risk_free)).size < 2;

/** By which risk-free rates their Sharpe ratios are, with a warning where these differ. */
export function ratesText(series: readonly Rated[]): string {
  const first = series[0]?.risk_free ?? 0;
  if (hasOneRate(series)) return `Sharpe above a risk-free rate of ${percent(first)} a year.`;
  const each = series.map((one) => `${nameOf(one.series)} ${percent(one.risk_free)}`).join(", ");
  return `Sharpe ratios are above different risk-free rates, and so hard to compare: ${each} a year.`;
}

/** The correlation of two of them; null where it is not defined. */
export function correlationOf(comparison: Comparison, a: string, b: string): number | null {
  if (a === b) return 1;
  const pair = comparison.pairs.find(
    (one) => (one.a === a && one.b === b) || (one.a === b && one.b === a),
  );
  return pair?.correlation ?? null;
}

/** Beta of one against another; null where it is not defined. */
export function betaOf(comparison: Comparison, of: string, against: string): number | null {
  for (const { a, b, beta, beta_of_b } of comparison.pairs) {
    if (a === of && b === against) return beta;
    if (b === of && a === against) return beta_of_b;
  }
  return of === against ? 1 : null;
}
