import { describe, expect, it } from "vitest";
import type { History } from "@/api/types";
import { alignedData, chartOptions, logSplits } from "@/chart/options";
import { readingAt } from "@/chart/readout";
import { levelChart, marksOf } from "@/views/index/levelChart";
import {
  answered,
  candlesOf,
  depths,
  histogram,
  joined,
  rebased,
  returnsOf,
  stretchesOf,
  type Candles,
} from "@/views/index/series";

const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();
const ms = (minute: number) => Date.UTC(2026, 0, 1, 0, minute);

function history(close: number[], open_from: string | null = null): History {
  const columns = {
    at: close.map((_, i) => at(i)),
    open: close,
    high: close,
    low: close,
    close,
    peak: close,
  };
  return {
    index: "A",
    status: "live",
    from: at(0),
    to: at(9),
    step: 60,
    open_from,
    missing: [],
    columns,
  };
}
const candles = (close: number[]) => candlesOf(history(close), ms(99));

describe("candles", () => {
  it("stand at the time where they end, an open one at now", () => {
    expect(candles([1, 2, 3]).at).toEqual([ms(1), ms(2), ms(3)]);
    const open = candlesOf(history([1, 2, 3], at(2)), ms(2) + 20_000);
    expect(open.at).toEqual([ms(1), ms(2), ms(2) + 20_000]);
  });
  it("tell how deep each close is below the peak", () => {
    expect(depths({ ...candles([10, 8, 12, 9]), peak: [10, 10, 12, null] })).toEqual([
      0,
      1 - 8 / 10,
      0,
      null,
    ]);
  });
  it("tell of a fall that was over before the close, and of none that a low before a peak is", () => {
    const told = depths({
      at: [1, 2, 3, 4].map(ms),
      open: [100, 100, 100, 90],
      high: [100, 100, 120, 110],
      low: [100, 92, 90, 84],
      close: [100, 100, 114, 110],
      peak: [100, 100, 120, 120],
    });
    expect(told.map((depth) => depth?.toFixed(4))).toEqual([
      "0.0000",
      "0.0800",
      "0.1000",
      "0.3000",
    ]);
  });
});

describe("a line of bars", () => {
  const fell: Candles = { ...candles([100, 101, 102]), low: [100, 93, 101], high: [100, 102, 104] };
  const wanted = {
    index: "A",
    against: {},
    form: "line" as const,
    scale: "linear" as const,
    zone: "utc" as const,
    marks: [],
    stretches: [],
  };

  it("has how low and how high each went, and says so", () => {
    const { spec, data } = levelChart({ ...wanted, candles: fell });
    expect(alignedData(spec, data).slice(1)).toEqual([fell.close, fell.low, fell.high]);
    expect(chartOptions(spec, 800, () => "#000").series).toHaveLength(4);
    const text = (i: number) => readingAt(spec, data, i).values.map((value) => value.text);
    expect(text(0)).toEqual(["100.00"]);
    expect(text(1)).toEqual(["101.00  (93.00 to 102.00)"]);
  });
  it("has them beside others, from the same start", () => {
    const { data } = levelChart({ ...wanted, candles: fell, against: { B: candles([1, 1, 2]) } });
    const low = data.columns["low"] ?? [];
    expect(low.map((value) => value?.toFixed(4))).toEqual(["0.0000", "-0.0700", "0.0100"]);
    expect(data.columns["B"]).toEqual([0, 0, 1]);
  });
});

describe("series beside each other", () => {
  it("take the newest value at or before each time of the first", () => {
    const first = candles([1, 2, 3, 4]);
    const other = { ...candles([10, 20]), at: [ms(2), ms(3) + 1] };
    expect(joined(first, { B: other })).toEqual({ B: [null, 10, 10, 20] });
  });
  it("are those of their own names, whatever the answer before this one held", () => {
    const [a, btc, eth] = ["A", "asset:BTC", "ETH"].map((index) => ({ ...history([1]), index }));
    const wanted = [["A", "A"] as const, ["BTC", "asset:BTC"] as const, ["ETH", "ETH"] as const];
    expect(answered([a, eth] as History[], wanted)).toEqual([
      ["A", a],
      ["ETH", eth],
    ]);
    expect(answered([a, btc, eth] as History[], wanted.slice(0, 2))).toEqual([
      ["A", a],
      ["BTC", btc],
    ]);
    expect(answered([], wanted)).toEqual([]);
  });
  it("begin together, at the first time that all have", () => {
    expect(rebased({ A: [5, 10, 15], B: [null, 4, 2] })).toEqual({
      A: [null, 0, 0.5],
      B: [null, 0, -0.5],
    });
    expect(rebased({})).toEqual({});
  });
});

describe("a distribution", () => {
  it("counts every return once, in bins of which one begins at zero", () => {
    const values = returnsOf([100, 110, 99, 99, 103.95, 100.8315]);
    const bins = histogram(values);
    expect(values).toHaveLength(5);
    expect(bins.counts.reduce((a, b) => a + b)).toBe(5);
    expect(
      bins.x
        .map((x) => (x / bins.width - 0.5) % 1)
        .every((rest) => Math.abs(Math.round(rest) - rest) < 1e-9),
    ).toBe(true);
  });
  it("is empty without two returns", () => {
    expect(histogram([0.1])).toEqual({ x: [], counts: [], width: 0 });
  });
});

describe("stretches of a word", () => {
  it("join while the word stays, and break where there is none", () => {
    const found = stretchesOf([0, 1, 2, 3, 4], ["bull", "bull", null, "bear", "bull"]);
    expect(found).toEqual([
      { from: 0, to: 2, word: "bull" },
      { from: 3, to: 4, word: "bear" },
      { from: 4, to: 4, word: "bull" },
    ]);
  });
});

describe("a logarithmic axis", () => {
  it("has round values, some of each decade, evenly spaced within less than one", () => {
    expect(logSplits(90, 430)).toEqual([100, 150, 200, 300]);
    expect(logSplits(180, 16_000)).toEqual([200, 500, 1000, 2000, 5000, 10_000]);
    expect(logSplits(1000, 1400)).toEqual([1000, 1100, 1200, 1300, 1400]);
    expect(logSplits(0, 5)).toEqual([]);
  });
});

describe("marks on a level", () => {
  it("say what happened to the coins, each with a form of its own", () => {
    const event = (becomes: string | null, ratio: number) => ({
      at: at(3),
      asset: "BTT",
      becomes,
      ratio,
    });
    const marks = marksOf([], [], [], [event(null, 1000), event("POL", 1)]);
    expect(marks.map(({ label }) => label)).toEqual([
      "1 BTT becomes 1,000 new",
      "1 BTT becomes 1 POL",
    ]);
    expect(marks[0]).toMatchObject({ at: ms(3), form: "square" });
  });
});
