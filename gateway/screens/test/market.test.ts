import { beforeEach, describe, expect, it, vi } from "vitest";
import type { IndexRow, Message } from "@/api/types";

vi.stubGlobal("document", { hidden: false });
vi.stubGlobal("requestAnimationFrame", (draw: () => void) => draw());
vi.stubGlobal("localStorage", undefined);
const { arrived, isArriving, isLoaded, newest, receive, roster, rows } =
  await import("@/store/market");

function row(index: string, level: number, day: number | null): IndexRow {
  return {
    index,
    name: index,
    status: "live",
    origin: "live",
    seq: 1,
    as_of: "2026-11-27T00:00:00Z",
    level,
    peak: 1000,
    returns: { "1d": day, inception: 0.5 },
    risk: {},
    drawdown: { current: 0, max: 0.3 },
    flags: [],
    undefined: {},
  };
}
const whole = (found: IndexRow[], part = 1, parts = 1): Message => ({
  type: "rows",
  cursor: null,
  rows: found,
  whole: true,
  part,
  parts,
});
const alert = (state: string, episode = "e") => ({
  id: `${episode}:${state}`,
  episode,
  index: "A",
  state,
  severity: "warning",
});

describe("the first whole", () => {
  it("shows each part as it comes, and says that more is to come", () => {
    receive(whole([row("A", 1000, 0.1)], 1, 2));
    expect([[...rows.keys()], isArriving.value, isLoaded.value]).toEqual([["A"], true, false]);
    receive(whole([row("C", 1, null)], 1, 2)); // it broke off, and began anew
    receive(whole([row("D", 1, null)], 2, 2));
    expect([[...rows.keys()], isArriving.value, isLoaded.value]).toEqual([["C", "D"], false, true]);
  });
});

describe("the market as the stream tells it", () => {
  beforeEach(() => receive(whole([row("A", 1000, 0.1), row("B", 50, null)])));
  it("takes a whole that comes in parts once the last is there", () => {
    const before = roster.value;
    receive(whole([row("C", 1, null)], 1, 2));
    expect([...rows.keys()]).toEqual(["A", "B"]);
    receive(whole([row("D", 1, null)], 2, 2));
    expect([...rows.keys()]).toEqual(["C", "D"]);
    expect(roster.value).toBe(before + 1);
  });
  it("lets returns and drawdown follow a level as the gateway's rows do, each from the snapshot", () => {
    for (const level of [500, 900]) {
      receive({
        type: "levels",
        cursor: null,
        levels: [["A", 2, "2026-11-27T00:00:01Z", level, 1000, null, 0]],
      });
    }
    const found = rows.get("A");
    expect(found?.level).toBe(900);
    expect(found?.returns["1d"]).toBe((1 + 0.1) * (900 / 1000) - 1);
    expect(found?.drawdown).toEqual({ current: 0.1, max: 0.5 });
  });
  it("knows the newest time, however many digits its second has", () => {
    const level = (at: string): Message => ({
      type: "levels",
      cursor: null,
      levels: [["A", 2, at, 900, 1000, null, 0]],
    });
    for (const at of ["2026-11-27T00:00:07Z", "2026-11-27T00:00:07.25Z", "2026-11-27T00:00:07Z"])
      receive(level(at));
    expect(newest.value).toBe("2026-11-27T00:00:07.25Z");
  });
  it("keeps what is undefined undefined", () => {
    receive({
      type: "levels",
      cursor: null,
      levels: [["B", 2, "2026-11-27T00:00:01Z", 60, 60, null, 0]],
    });
    expect(rows.get("B")?.returns["1d"]).toBeNull();
  });
  it("forgets what is retired", () => {
    receive({ type: "retired", cursor: null, indices: ["A"] });
    expect([...rows.keys()]).toEqual(["B"]);
  });
  it("lets those who ring a bell hear of what comes, not of what was", () => {
    const told = (alerts: object[], isWhole: boolean): Message => ({
      type: "alerts",
      cursor: null,
      alerts: alerts as never,
      firing: 0,
      whole: isWhole,
    });
    receive(told([alert("resolved"), alert("firing"), alert("firing", "f")], true));
    expect(arrived.value).toEqual([]);
    const come = [alert("firing", "g"), alert("resolved", "f")];
    receive(told(come, false));
    expect(arrived.value).toEqual(come);
  });
});
