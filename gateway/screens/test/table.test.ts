import { describe, expect, it } from "vitest";
import { parseSort, sorted } from "@/table/sorting";
import { covers, revealing, seen, Slots } from "@/table/virtual";

describe("rows of a long table", () => {
  it("draws those in sight and some around", () => {
    expect(seen(10_000, 34, 0, 680)).toEqual({ first: 0, end: 30 });
    expect(seen(10_000, 34, 34_000, 680)).toEqual({ first: 990, end: 1030 });
    expect(seen(10_000, 34, 339_320, 680)).toEqual({ first: 9970, end: 10_000 });
    expect(seen(0, 34, 500, 680)).toEqual({ first: 0, end: 0 });
  });
  it("stays as it is drawn until the window leaves it", () => {
    const drawn = seen(10_000, 34, 34_000, 680);
    const isCovered = (top: number, count = 10_000) => covers(drawn, count, 34, top, 680);
    expect([34_000, 34_340, 33_660].map((top) => isCovered(top))).toEqual([true, true, true]);
    expect([34_341, 33_659, 0].map((top) => isCovered(top))).toEqual([false, false, false]);
    expect(isCovered(34_000, 1029)).toBe(false);
    // A window that became small must not keep what a large one drew.
    expect(covers(drawn, 10_000, 34, 34_000, 300)).toBe(false);
  });
  it("gives a row the element of one that went, and lets the others stand", () => {
    const slots = new Slots();
    expect(slots.take(["a", "b", "c"], true)).toEqual([
      [0, 0],
      [1, 1],
      [2, 2],
    ]);
    // a went, d came: it has a's element, which is not moved in the page while one scrolls.
    expect(slots.take(["b", "c", "d"], false)).toEqual([
      [0, 2],
      [1, 0],
      [2, 1],
    ]);
    expect(slots.take(["b", "c", "d"], true).map(([slot]) => slot)).toEqual([1, 2, 0]);
    expect(slots.take(["d"], true)).toEqual([[0, 0]]);
    expect(slots.take(["d", "e", "f", "g"], true).map(([slot]) => slot)).toEqual([0, 2, 1, 3]);
  });
  it("scrolls no further than a row needs to be seen", () => {
    expect(revealing(2, 34, 0, 680, 30)).toBe(0);
    expect(revealing(20, 34, 0, 680, 30)).toBe(64);
    expect(revealing(5, 34, 340, 680, 30)).toBe(170);
  });
});

describe("the order by a column", () => {
  const rows = [{ v: 2 }, { v: null }, { v: -1 }, { v: 2, second: true }, { v: 10 }];
  it("has what is undefined last both ways, and keeps equal ones as they were", () => {
    expect(sorted(rows, (r) => r.v, "up").map((r) => r.v)).toEqual([-1, 2, 2, 10, null]);
    expect(sorted(rows, (r) => r.v, "down").map((r) => r.v)).toEqual([10, 2, 2, -1, null]);
    expect(sorted(rows, (r) => r.v, "down")[2]).toBe(rows[3]);
  });
  it("is read from the address", () => {
    expect(parseSort("risk.sharpe:up")).toEqual({ column: "risk.sharpe", direction: "up" });
    expect(parseSort("level")).toEqual({ column: "level", direction: "down" });
    expect(parseSort("")).toBeNull();
  });
});
