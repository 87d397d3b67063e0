import { describe, expect, it } from "vitest";
import { isToRing, unsilenced, type Bell } from "@/store/bell";
import { byUrgency, firing, isUnattended, receive, type Firing } from "@/store/episodes";
import type { Alert } from "@/store/market";
import {
  bodyOf,
  draftOf,
  lineOf,
  numberOf,
  problemOf,
  sidesOf,
  type Draft,
} from "@/views/alerts/draft";
import type { Rule } from "@/views/alerts/Rules";
import { lasting } from "@/views/alerts/words";

const episode = (name: string, more: Partial<Firing> = {}): Firing => ({
  episode: name,
  index: "TOP3",
  kind: "drawdown",
  rule: "drawdown>=0.10",
  severity: "warning",
  slow: false,
  open: true,
  from: "2026-11-27T12:00:00Z",
  words: null,
  figure: "drawdown.current",
  then: 0.1,
  now: { status: "live", as_of: null, level: null, drawdown: null, value: 0.12 },
  acknowledged: null,
  silenced: null,
  ...more,
});
const message = (episodes: Firing[], closed: string[], whole: boolean) =>
  ({ type: "episodes", episodes, closed, open: 0, slow: 0, whole }) as { type: string };

describe("what fires", () => {
  it("is the whole, and then what changed", () => {
    receive(message([episode("a"), episode("b")], [], true));
    receive(message([episode("b", { then: 0.2 })], ["a"], false));
    expect([...(firing.value ?? [])].map(([name, one]) => [name, one.then])).toEqual([["b", 0.2]]);
    receive(message([], [], true));
    expect(firing.value?.size).toBe(0);
  });

  it("stands by what must wake somebody, the worst first, then the newest", () => {
    const said = { episode: "c", who: "ada", comment: "", at: "2026-11-27T12:00:00Z" };
    const found = [
      episode("sign", { slow: true, severity: "critical" }),
      episode("info", { severity: "info" }),
      episode("old", { from: "2026-11-27T11:00:00Z" }),
      episode("new", { from: "2026-11-27T13:00:00Z" }),
      episode("worst", { severity: "critical", acknowledged: said }),
    ];
    expect(found.sort(byUrgency).map((one) => one.episode)).toEqual([
      ...["worst", "new", "old", "info", "sign"],
    ]);
    expect(found.filter(isUnattended).length).toBe(4);
  });
});

describe("the bell", () => {
  const now = Date.parse("2026-11-27T12:00:30Z");
  const bell: Bell = { sound: true, notify: false, least: "warning" };
  const alert = (more: Partial<Alert> = {}): Alert => ({
    ...{ id: "a:firing", episode: "a", index: "TOP3", kind: "drawdown", rule: "drawdown>=0.10" },
    ...{ state: "firing", severity: "warning", at: "2026-11-27T12:00:00Z" },
    ...{ level: 900, drawdown: 0.1 },
    ...more,
  });
  it("rings for what is new, and bad enough, and no warning sign", () => {
    expect(isToRing(alert(), now, bell)).toBe(true);
    expect(isToRing(alert({ state: "resolved" }), now, bell)).toBe(false);
    expect(isToRing(alert({ severity: "info" }), now, bell)).toBe(false);
    expect(isToRing(alert({ severity: "info" }), now, { ...bell, least: "info" })).toBe(true);
    expect(isToRing(alert({ at: "2026-11-27T11:00:00Z" }), now, bell)).toBe(false);
    expect(isToRing(alert({ kind: "weight_drift", evidence: {} }), now, bell)).toBe(false);
    expect(isToRing(alert({ kind: "target", evidence: {} }), now, bell)).toBe(false);
  });
});

describe("what is silenced", () => {
  it("does not ring; what is not known yet does", () => {
    const alert = (episode: string) => ({ episode }) as Alert;
    const silenced = { id: "s" } as Firing["silenced"];
    const fires = new Map([
      ["a", { silenced }],
      ["b", { silenced: null }],
    ]);
    const found = unsilenced(["a", "b", "c"].map(alert), fires);
    expect(found.map((one) => one.episode)).toEqual(["b", "c"]);
    expect(unsilenced([alert("a")], null).length).toBe(1);
  });
});

describe("a rule that is being written", () => {
  const rule: Rule = {
    ...{ index: "TOP3", rule: "stormy", kind: "rule", figure: "windows.1d.volatility", above: 1.2 },
    ...{ below: null, equals: null, has: null, clear: 1, for: 600, clear_for: 0, cooldown: 3600 },
    ...{ no_data: 0, severity: "critical", state: "ok", value: 0.5, firing: false },
    ...{ episode: null, last: null, etag: 'W/"1"' },
  };
  it("begins as the one that there is", () => {
    const draft = draftOf(rule, "");
    expect(lineOf(draft)).toBe(
      "windows.1d.volatility above 1.2 for 10m cooldown 1h clear 1 severity critical",
    );
    expect(bodyOf(draft)).toEqual({
      rule: {
        ...{ name: "stormy", figure: "windows.1d.volatility", above: 1.2, clear: 1 },
        ...{ for: "10m", cooldown: "1h", severity: "critical" },
      },
    });
    expect(problemOf(draft)).toBeNull();
  });

  it("has no name of its own where that is made of the rest", () => {
    const named = { ...rule, rule: "returns.1h<=-0.05", figure: "returns.1h", above: null };
    const draft = draftOf({ ...named, below: -0.05, clear: -0.05 }, "");
    expect([draft.name, draft.side, draft.limit, draft.clear]).toEqual(["", "below", "-0.05", ""]);
  });

  it("may be a depth of drawdown", () => {
    const depth = { ...rule, kind: "drawdown", rule: "drawdown>=0.10", above: 0.1, clear: 0.05 };
    const draft = draftOf({ ...depth, figure: "drawdown.current" }, "");
    expect(bodyOf({ ...draft, limit: "15%" })).toEqual({ drawdown: 0.15 });
    expect(lineOf({ ...draft, limit: "15%" })).toBe("drawdown.current above 0.15 clear 0.075");
    expect(problemOf({ ...draft, limit: "1.5" })).toMatch(/between 0 and 1/);
  });

  it("takes numbers as people write them, and says what is wrong", () => {
    expect(["-5%", "−5 %", "0,05", "1e-3", "", "five"].map(numberOf)).toEqual([
      ...[-0.05, -0.05, 0.05, 0.001, null, null],
    ]);
    expect(["2,500", "-2,500%", "0,125", "2,50", "2500", "0,0125"].map(numberOf)).toEqual([
      ...[null, null, null, 2.5, 2500, 0.0125],
    ]);
    const draft: Draft = draftOf(null, "TOP3");
    expect(problemOf({ ...draft, limit: "2,500" })).toMatch(/^2,500 can be read in two ways/);
    expect(problemOf({ ...draft, clear: "2,500" })).toMatch(/two ways/);
    expect(problemOf({ ...draft, limit: "much" })).toMatch(/limit is a number/);
    expect(problemOf({ ...draft, for: "10 minutes" })).toMatch(/^for: a duration/);
    expect(problemOf({ ...draft, index: "" })).toMatch(/index/);
    expect(sidesOf("returns.1h")).toEqual(["above", "below"]);
    expect([0, 90, 600, 7200, 86400].map(lasting)).toEqual(["0s", "90s", "10m", "2h", "1d"]);
  });
});
