// From a chart's description to what uPlot takes: nothing here touches the page.

import uPlot from "uplot";
import { shown, type Display } from "@/format/figure";
import { onAxis } from "@/format/numbers";
import type { Zone } from "@/format/time";
import { drawCandles } from "./candles";
import type { Colour } from "./colours";
import { drawBand, drawMarks, drawNames, drawRules, drawStretches } from "./overlays";
import { columnsOf, type ChartData, type ChartSpec, type Series } from "./spec";
import { timeLabels } from "./times";

const FONT = "11px system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";

/** uPlot's columns: x, then those of all series in their order. */
export function alignedData(spec: ChartSpec, data: ChartData): uPlot.AlignedData {
  const x = [...data.x];
  const columns = spec.series.flatMap(columnsOf).map((name) => {
    const column = data.columns[name] ?? x.map(() => null);
    // A logarithm knows nothing at or below zero.
    return spec.y.scale === "log"
      ? column.map((v) => (v !== null && v > 0 ? v : null))
      : [...column];
  });
  return [x, ...columns] as uPlot.AlignedData;
}

/** uPlot's options at this width, in these colours. */
export function chartOptions(spec: ChartSpec, width: number, colour: Colour): uPlot.Options {
  const isTime = spec.x.kind === "time";
  const zone: Zone = spec.x.kind === "time" ? spec.x.zone : "utc";
  return {
    width,
    height: spec.height,
    ms: 1,
    ...(zone === "utc" ? { tzDate: (at: number) => uPlot.tzDate(new Date(at), "Etc/UTC") } : {}),
    legend: { show: false },
    padding: [10, 12, null, null],
    cursor: {
      points: { size: 7, width: 1.5, fill: () => colour("surface") },
      drag: { x: false, y: false },
      ...(spec.together ? { sync: { key: spec.together, scales: ["x", null] } } : {}),
    },
    scales: { x: { time: isTime, ...(isTime ? {} : { range: numberRange }) }, y: yScale(spec) },
    axes: [
      {
        stroke: colour("quiet"),
        font: FONT,
        grid: { show: false },
        ticks: { stroke: colour("grid"), size: 4, width: 1 },
        space: 70,
        size: 42,
        values: isTime
          ? (_, splits) => timeLabels(splits, zone)
          : (_, splits) => axisValues(spec.x.kind === "number" ? spec.x.display : "number", splits),
      },
      {
        side: 1,
        stroke: colour("quiet"),
        font: FONT,
        grid: { stroke: colour("grid"), width: 1 },
        ticks: { show: false },
        size: 62,
        space: 36,
        gap: 6,
        values: (_, splits) => axisValues(spec.y.display, splits),
        ...(spec.y.scale === "log"
          ? {
              splits: (_: uPlot, __: number, min: number, max: number) => logSplits(min, max),
              filter: all,
            }
          : {}),
      },
    ],
    series: [{}, ...spec.series.flatMap((series) => seriesOptions(series, spec, colour))],
    hooks: {
      drawClear: [
        (u) => {
          drawStretches(u, spec.stretches ?? [], colour);
          eachSeries(spec, (series, first) => {
            if (series.kind === "line" && series.between) {
              drawBand(u, first + 1, colour(series.tone, 0.3));
            }
          });
        },
      ],
      draw: [
        (u) => {
          eachSeries(spec, (series, first) => {
            if (series.kind === "candles") drawCandles(u, first, colour);
          });
          drawNames(u, spec.series, colour);
          drawRules(u, spec.rules ?? [], colour);
          drawMarks(u, spec.marks ?? [], colour);
        },
      ],
    },
  };
}

/** Each series with where the first of its columns stands. */
function eachSeries(spec: ChartSpec, each: (series: Series, first: number) => void): void {
  let first = 1;
  for (const series of spec.series) {
    each(series, first);
    first += columnsOf(series).length;
  }
}

const numberRange: uPlot.Range.Function = (_, min, max) => {
  const pad = (max - min) * 0.02 || 1;
  return [min - pad, max + pad];
};

function yScale(spec: ChartSpec): uPlot.Scale {
  const { scale, include = [], isDown } = spec.y;
  if (scale === "log") {
    return {
      distr: 3,
      range: (_, min, max) => (min > 0 ? [min * 0.95, max * 1.05] : [0.1, 10]),
    };
  }
  return {
    dir: isDown ? -1 : 1,
    range: (_, min, max) => {
      const known = [min, max, ...include].filter((v) => Number.isFinite(v));
      let [low, high] = known.length ? [Math.min(...known), Math.max(...known)] : [0, 1];
      const pad = (high - low || Math.abs(high) || 1) * 0.06;
      // A bound that was asked for is the end of the axis, not inside of it.
      if (!include.includes(low)) low -= pad;
      if (!include.includes(high) || low === high) high += pad;
      return [low, high];
    },
  };
}

const all: uPlot.Axis.Filter = (_, splits) => splits;

/** Round values for a logarithmic axis: some of each decade, of less than one evenly spaced. */
export function logSplits(min: number, max: number): number[] {
  if (!(min > 0) || !(max > min)) return [];
  const decades = Math.log10(max / min);
  if (decades < 0.6) {
    const rough = (max - min) / 5;
    const size = 10 ** Math.floor(Math.log10(rough));
    const step = size * ([1, 2, 5, 10].find((n) => n * size >= rough) ?? 10);
    const first = Math.ceil(min / step);
    return Array.from({ length: Math.floor(max / step) - first + 1 }, (_, i) => (first + i) * step);
  }
  const marks = decades > 4 ? [1] : decades > 1.3 ? [1, 2, 5] : [1, 1.5, 2, 3, 5, 7];
  const found: number[] = [];
  for (let power = Math.floor(Math.log10(min)); power <= Math.log10(max); power++) {
    for (const mark of marks) {
      const value = mark * 10 ** power;
      if (value >= min && value <= max) found.push(value);
    }
  }
  return found;
}

function axisValues(display: Display, splits: (number | null)[]): string[] {
  const known = splits.filter((value): value is number => value !== null);
  const steps = known.slice(1).map((value, i) => Math.abs(value - (known[i] as number)));
  const step = steps.length ? Math.min(...steps) : 1;
  return splits.map((value) => {
    if (value === null) return "";
    if (display === "duration") return shown("duration", value);
    if (display !== "percent" && display !== "change") return onAxis(value, step);
    const sign = display === "change" && value > 0 ? "+" : "";
    return `${sign}${onAxis(value * 100, step * 100)}%`;
  });
}

/** A way of drawing that this build of uPlot has. */
function built(paths: uPlot.Series.PathBuilder | undefined): uPlot.Series.PathBuilder {
  if (!paths) throw new Error("uPlot was built without this way of drawing");
  return paths;
}

function seriesOptions(series: Series, spec: ChartSpec, colour: Colour): uPlot.Series[] {
  const paths = uPlot.paths;
  const nothing = { paths: () => null, points: { show: false } };
  if (series.kind === "candles") {
    return ["open", "high", "low", "close"].map((label) => ({
      ...nothing,
      label,
      stroke: colour("text"),
    }));
  }
  const base: uPlot.Series = {
    label: series.label,
    stroke: colour(series.tone),
    width: series.width ?? 1.5,
    ...(series.dash ? { dash: series.dash } : {}),
    points: { show: false },
    spanGaps: false,
  };
  switch (series.kind) {
    case "line":
      return [base, ...(series.between ? [nothing, nothing] : [])];
    case "area": {
      const base_ = spec.y.include?.[0] ?? 0;
      return [
        { ...base, fill: colour(series.tone, 0.14), fillTo: spec.y.scale === "log" ? 1e-9 : base_ },
      ];
    }
    case "step":
      return [{ ...base, paths: built(paths.stepped?.({ align: 1 })) }];
    case "points":
      return [
        {
          ...base,
          ...nothing,
          points: { show: true, size: 8, fill: colour(series.tone), stroke: colour("surface") },
        },
      ];
    case "bars": {
      const below = series.below;
      return [
        {
          ...base,
          width: 0,
          fill: colour(series.tone, 0.75),
          paths: built(
            paths.bars?.({
              size: [0.9, 80],
              ...(below
                ? {
                    disp: {
                      fill: {
                        unit: 3,
                        values: (u, i) =>
                          (u.data[0] as number[]).map((x, k) => {
                            const y = u.data[i]?.[k] ?? 0;
                            const isBelow = spec.x.kind === "number" ? x < 0 : y < 0;
                            return colour(isBelow ? below : series.tone, 0.75);
                          }),
                      },
                    },
                  }
                : {}),
            }),
          ),
        },
      ];
    }
  }
}
