import { describe, expect, it } from "vitest";
import { parseSort, sorted } from "@/table/sorting";
import { revealing, seen } from "@/table/virtual";

describe("rows of a long table", () => {
  it("draws those in sight and some around", () => {
    expect(seen(10_000, 34, 0, 680)).toEqual({ first: 0, end: 28 });
    expect(seen(10_000, 34, 34_000, 680)).toEqual({ first: 992, end: 1028 });
    expect(seen(10_000, 34, 339_320, 680)).toEqual({ first: 9972, end: 10_000 });
    expect(seen(0, 34, 500, 680)).toEqual({ first: 0, end: 0 });
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
