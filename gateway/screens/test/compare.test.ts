import { describe, expect, it } from "vitest";
import type { Comparison } from "@/api/types";
import { beginOf } from "@/views/compare/ranges";
import {
  betaOf,
  correlationOf,
  falls,
  growth,
  ratesText,
  riskAgainstReturn,
  type OverTime,
} from "@/views/compare/charts";
import { figuresOf, parseWeights, weightsText } from "@/views/compare/weights";

const over: OverTime = {
  at: ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z"],
  closes: { TOP3: [100, 120, 90], "asset:BTC": [10, 10, 11] },
  rolling: { window: 5, of: "TOP3", at: [], beta: {}, correlation: {} },
};
const one = (series: string, volatility: number | null, annualised: number | null) =>
  ({ series, volatility, annualised, return: 0.1 }) as Comparison["series"][number];
const comparison = {
  series: [one("A", 0.5, 0.2), one("B", 0.3, 0.1), one("C", 0.7, -0.4)],
  pairs: [
    { a: "A", b: "B", n: 9, correlation: 0.8, beta: 1.2, beta_of_b: 0.5 },
    { a: "A", b: "C", n: 9, correlation: null, beta: null, beta_of_b: null },
  ],
} as unknown as Comparison;

describe("the charts of a comparison", () => {
  it("begin where all begin", () => {
    const { data, spec } = growth(["TOP3", "asset:BTC"], over, "utc");
    expect(data.x[0]).toBe(Date.UTC(2026, 0, 1));
    expect(data.columns["TOP3"]?.map((v) => Number(v?.toFixed(12)))).toEqual([0, 0.2, -0.1]);
    expect(spec.series.map(({ label }) => label)).toEqual(["TOP3", "BTC"]);
  });
  it("fall from the highest close so far", () => {
    expect(falls(["TOP3"], over, "utc").data.columns["TOP3"]).toEqual([0, 0, 0.25]);
  });
  it("set return against risk, in the order of risk", () => {
    const { data, spec } = riskAgainstReturn(comparison);
    expect(data.x).toEqual([0.3, 0.5, 0.7]);
    expect(data.columns["A"]).toEqual([null, 0.2, null]);
    expect(spec.series.map((series) => (series.kind === "points" ? series.tone : ""))).toEqual([
      "series-2",
      "series-1",
      "series-3",
    ]);
    const short = { ...comparison, series: [one("A", 0.5, null), one("B", 0.3, 0.1)] };
    expect(riskAgainstReturn(short).data.columns["B"]).toEqual([0.1, null]);
  });
  it("read a pair both ways", () => {
    expect([correlationOf(comparison, "B", "A"), correlationOf(comparison, "A", "A")]).toEqual([
      0.8, 1,
    ]);
    expect(correlationOf(comparison, "A", "C")).toBeNull();
    expect([betaOf(comparison, "A", "B"), betaOf(comparison, "B", "A")]).toEqual([1.2, 0.5]);
  });
  it("ask the same within the hour", () => {
    const at = Date.UTC(2026, 10, 27, 12, 34);
    expect(beginOf("7d", at)).toBe("2026-11-20T12:00:00.000Z");
    expect(beginOf("7d", at + 60_000)).toBe(beginOf("7d", at));
    expect(beginOf("all", at)).toBeUndefined();
  });
  it("begin as long before the last close as the windows do", () => {
    const at = Date.UTC(2026, 10, 27, 22, 10);
    expect(beginOf("1y", at)).toBe("2025-11-27T00:00:00.000Z");
    expect(beginOf("90d", at)).toBe("2026-08-29T00:00:00.000Z");
    expect(beginOf("3y", Date.UTC(2024, 1, 29, 5))).toBe("2021-02-28T00:00:00.000Z");
  });
  it("say by which risk-free rates they are, and where these differ", () => {
    const rates = (...all: number[]) =>
      all.map((risk_free, k) => ({ series: "ABC"[k] ?? "", risk_free }));
    expect(ratesText(rates(0.04, 0.04))).toBe("Sharpe above a risk-free rate of 4.00% a year.");
    expect(ratesText(rates(0.04, 0))).toContain("hard to compare: A 4.00%, B 0.00% a year");
  });
});

describe("one's own weights", () => {
  it("go to the address and back", () => {
    const weights = { "risk.sharpe": 2, "benchmarks.*.alpha": 0.5 };
    expect(parseWeights(weightsText(weights))).toEqual(weights);
    expect(weightsText({ a: 0, b: 1 })).toBe("b:1");
  });
  it("leave out what is none", () => {
    expect(parseWeights("a:0,b:-1,c:x,:1,d:99,e:1")).toEqual({ e: 1 });
  });
  it("are of the figures of all profiles, each once", () => {
    const weights = (...paths: string[]) =>
      paths.map((path) => ({ path, weight: 1, lower: false }));
    const profiles = {
      a: { aim: "", weights: weights("x", "y") },
      b: { aim: "", weights: weights("y", "z") },
    };
    expect(figuresOf(profiles)).toEqual(["x", "y", "z"]);
  });
});
