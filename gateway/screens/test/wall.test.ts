import { describe, expect, it, vi } from "vitest";
import type { Firing } from "@/store/episodes";
import { announced } from "@/views/wall/AlarmBand";
import { arrange, columnsFor, pageAt, tilesFor, worstByIndex } from "@/views/wall/layout";

const names = (n: number): string[] => Array.from({ length: n }, (_, i) => `I${i}`);
const fires = (index: string, severity: string, more: Partial<Firing> = {}): Firing =>
  ({ index, severity, slow: false, silenced: null, ...more }) as Firing;

describe("the wall", () => {
  it("shows as many tiles as can be read, or as are asked for", () => {
    expect(tilesFor(NaN, 3840, 2160)).toBe(12);
    expect(tilesFor(4, 3840, 2160)).toBe(4);
    expect(tilesFor(500, 3840, 2160)).toBe(30);
    expect(tilesFor(NaN, 1080, 1920)).toBe(6);
  });

  it("has columns that fill the screen", () => {
    expect([1, 2, 4, 6, 15].map((n) => columnsFor(n, 3840, 2160))).toEqual([1, 2, 2, 3, 5]);
    expect([2, 6].map((n) => columnsFor(n, 1080, 1920))).toEqual([1, 2]);
  });

  it("colours an index by the worst that fires there and nobody has seen to, and by nothing quiet", () => {
    const silence = {} as Firing["silenced"];
    const acknowledged = {} as Firing["acknowledged"];
    const found = worstByIndex([
      fires("A", "info"),
      fires("A", "critical"),
      fires("B", "critical", { slow: true }),
      fires("C", "critical", { silenced: silence }),
      fires("D", "warning"),
      fires("D", "critical", { acknowledged }),
      fires("E", "critical", { acknowledged }),
    ]);
    expect([...found]).toEqual([
      ["A", "critical"],
      ["D", "warning"],
    ]);
  });

  it("reads out which episodes there are, and nothing that moves meanwhile", () => {
    const at = (value: number) => ({ value }) as Firing["now"];
    const all = (value: number) => [
      fires("A", "critical", { kind: "drawdown", now: at(value) }),
      fires("B", "warning", { kind: "weight_drift", now: at(value) }),
    ];
    expect(announced(all(0.1))).toBe("1 critical, 1 warning: A Drawdown, B Weight drift");
    expect(announced(all(0.2))).toBe(announced(all(0.1)));
  });

  it("keeps places where all fit; else alarms stand on every page, on half of it at most", () => {
    expect(arrange(names(4), new Map([["I3", "critical"]]), 4)).toEqual([names(4)]);
    const worst = new Map([
      ["I9", "critical"],
      ["I7", "warning"],
      ["I8", "warning"],
      ["I1", "info"],
    ]);
    const pages = arrange(names(10), worst, 4);
    expect(pages.every((page) => page[0] === "I9" && page[1] === "I7" && page.length <= 4)).toBe(
      true,
    );
    expect(new Set(pages.flat()).size).toBe(10);
    expect(arrange([], worst, 4)).toEqual([]);
  });

  it("turns pages by the clock, so that two walls show the same", () => {
    expect([0, 14_999, 15_000, 45_000].map((at) => pageAt(3, at, 15_000))).toEqual([0, 0, 1, 0]);
    expect(pageAt(0, 5, 10)).toBe(0);
  });
});

describe("the lines of the tiles", () => {
  it("are asked for again when they are a minute old, for as long as the tiles stand", async () => {
    vi.useFakeTimers();
    const asked: number[] = [];
    const begin = Date.now();
    vi.stubGlobal("document", { hidden: false });
    vi.stubGlobal("fetch", async () => {
      asked.push(Date.now() - begin);
      const headers = { "content-type": "application/json" };
      return new Response(JSON.stringify({ columns: { at: [], close: [] } }), { headers });
    });
    const { keepLines } = await import("@/store/lines");
    const leave = keepLines(["A"], "1d");
    await vi.advanceTimersByTimeAsync(65_000);
    expect(asked).toEqual([120]);
    await vi.advanceTimersByTimeAsync(70_000);
    expect(asked).toEqual([120, 70_120]);
    leave();
    await vi.advanceTimersByTimeAsync(300_000);
    expect(asked.length).toBe(2);
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });
});
