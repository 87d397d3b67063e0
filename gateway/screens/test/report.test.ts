import { beforeAll, describe, expect, it } from "vitest";
import { takeDefinitions } from "@/api/definitions";
import type { Definitions } from "@/api/types";
import {
  figurePoints,
  headline,
  levelTimes,
  pathsOf,
  together,
  type ReportIndex,
} from "@/report/data";
import { headlineRows, valueOf } from "@/report/Headline";
import { footLine, periodText } from "@/report/paper";
import type { Report } from "@/report/data";

const card = (path: string, more: object = {}) => ({
  path,
  label: path,
  group: "G",
  order: path.length,
  display: "ratio",
  headline: false,
  drawn: "",
  ...more,
});
const one = {
  index: "A",
  name: "Index A",
  sha256: "ab".repeat(32),
  from: "2026-01-01T00:00:00Z",
  to: "2026-01-02T12:00:00Z",
  series: {
    step: 86_400,
    level: { at: ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"], close: [1, 2], peak: [1, 2] },
    figures: {
      at: ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"],
      columns: { same: [7], moves: [1, null] },
    },
    benchmarks: {},
  },
} as unknown as ReportIndex;
const report = {
  as_of: "2026-01-02T12:00:00.5Z",
  period: { from: null, to: null, name: null },
  program: "1.0",
  numbers: "4",
  cards: "cd".repeat(32),
  indices: [one],
} as unknown as Report;

beforeAll(() => {
  const metrics = {
    a: card("a", { headline: true }),
    bb: card("bb"),
    "method: x": card("method: x"),
  };
  takeDefinitions({ metrics, reasons: {} } as unknown as Definitions);
});

describe("what a report draws", () => {
  it("puts the open candle at now, and a constant everywhere", () => {
    expect(levelTimes(one)).toEqual([Date.UTC(2026, 0, 2), Date.UTC(2026, 0, 2, 12)]);
    expect(figurePoints(one, "same")?.values).toEqual([7, 7]);
    expect(figurePoints(one, "moves")?.values).toEqual([1, null]);
    expect(figurePoints(one, "none")).toBeNull();
  });
  it("lays series of different times together", () => {
    const data = together({
      a: { at: [1, 3], values: [10, 30] },
      b: { at: [2, 3], values: [5, null] },
    });
    expect(data.x).toEqual([1, 2, 3]);
    expect(data.columns).toEqual({ a: [10, 20, 30], b: [null, 5, null] });
    const gap = together({
      a: { at: [1, 3, 5], values: [10, null, 30] },
      b: { at: [2, 3, 4], values: [1, 2, 3] },
    });
    expect(gap.columns["a"]).toEqual([10, null, null, null, 30]);
  });
  it("finds the paths of a pattern, and none in a list", () => {
    const snapshot = { benchmarks: { BTC: { beta: 1 }, ETH: { beta: null } }, list: [{ x: 1 }] };
    expect(pathsOf(snapshot, "benchmarks.*.beta")).toEqual([
      "benchmarks.BTC.beta",
      "benchmarks.ETH.beta",
    ]);
    expect(pathsOf(snapshot, "list.*.x")).toEqual([]);
    expect(pathsOf(null, "a.b")).toEqual([]);
  });
  it("begins with what the cards call its headline", () => {
    expect(headline().map(({ path }) => path)).toEqual(["a"]);
  });
});

describe("what stands on every page", () => {
  it("is the period by its name, else its days", () => {
    expect(periodText(report)).toBe("2026-01-01 to 2026-01-02");
    const quarter = { from: "x", to: "y", name: "2026-Q1" };
    expect(periodText({ ...report, period: quarter } as Report)).toBe("2026-Q1");
  });
  it("says as of when, by which numbers and which definition", () => {
    expect(footLine(report)).toBe(
      "figures as of 2026-01-02 12:00:00 UTC  ·  tidegauge 1.0, numbers 4  ·  cards cdcdcdcdcdcd  ·  A abababababab",
    );
  });
});

describe("the headline of a period", () => {
  const metrics = {
    y: card("returns.1y", { headline: true, label: "1y" }),
    p: card("returns.inception", { headline: true, label: "Inception", order: 20 }),
    c: card("cagr", { headline: true, label: "CAGR", order: 21 }),
    s: card("calmar", { headline: true, label: "Calmar", order: 22 }),
    d: card("drawdown.current", { headline: true, label: "Current", order: 23 }),
  };
  const of = (since_start: unknown) =>
    ({
      ...one,
      snapshot: {
        returns: { "1y": null, inception: 0.1 },
        cagr: null,
        calmar: null,
        drawdown: { current: 0.09 },
      },
      since_start,
    }) as unknown as ReportIndex;
  const told = (index: ReportIndex) => {
    takeDefinitions({ metrics, reasons: {} } as unknown as Definitions);
    return headlineRows([index]).map((row) => [row.name, valueOf(index, row)]);
  };

  it("begins with what the period has; of the rest, what the history has until its end", () => {
    const figures = { "returns.1y": 0.58, cagr: 0.47, "drawdown.current": 0.13 };
    expect(told(of({ as_of: null, figures }))).toEqual([
      ["Return, the period", 0.1],
      ["Drawdown, current, below the period's peak", 0.09],
      ["Return, 1y, to the end", 0.58],
      ["CAGR, whole history", 0.47],
    ]);
  });
  it("of the whole history tells all, undefined ones too", () => {
    expect(told(of(null)).map(([name]) => name)).toEqual([
      "Return, 1y",
      "Return, inception",
      "CAGR",
      "Calmar",
      "Drawdown, current",
    ]);
  });
});
