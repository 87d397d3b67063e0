// What a desk asked for: who is asked for a key and how, over what time a rule was tried, alarms by
// event, words of a chart that do not overlap.

import { beforeEach, describe, expect, it } from "vitest";
import { ApiError, problem } from "@/api/client";
import { keyGiven, refusalOf, refused, session, visits } from "@/api/key";
import { labelPlaces } from "@/chart/overlays";
import { alertWords } from "@/format/words";
import { wanted } from "@/parts/KeyDialog";
import { shareSince, upTo } from "@/store/lines";
import { untilKeyed } from "@/views/alerts/action";
import { howOften, strip, type Trial } from "@/views/alerts/Backtest";
import { eventsOf, eventWords, worstOf } from "@/views/alerts/events";
import { barOf } from "@/views/index/RiskTab";
import { ageOf, asked } from "@/views/index/ranges";

const NO_KEY =
  "this needs a key of the scope `alerts`; make one with `tidegauge keys add NAME --scope alerts`, and send it as `Authorization: Bearer KEY`";
const WRONG_KEY =
  "this needs the scope `admin`; the key 'desk' has `alerts`; make one with `tidegauge keys add NAME --scope admin`, and send it as `Authorization: Bearer KEY`";
const answer = (status: number, detail: string) =>
  new Response(JSON.stringify({ detail, type: "problems/no-key" }), { status });

describe("a key", () => {
  beforeEach(() => {
    refused.value = null;
    session.value = { name: "", scope: null };
  });

  it("is asked for with what it must be good for, and nothing of headers", async () => {
    const error = await problem(answer(401, NO_KEY));
    expect(error.detail).toBe("this needs a key of the scope alerts");
    expect(refused.value?.made).toBe("tidegauge keys add NAME --scope alerts");
    expect(wanted(refusalOf(401, NO_KEY), session.value)).toBe(
      "It needs a key of the scope alerts. Type it here.",
    );
    expect(wanted(refusalOf(403, WRONG_KEY), { name: "desk", scope: "alerts" })).toBe(
      "It needs the scope admin; the key desk has alerts. Type one that has it.",
    );
  });

  it("that comes lets what was refused go on by itself", async () => {
    let tries = 0;
    const done = untilKeyed(async () => {
      if (++tries === 1) throw await problem(answer(401, NO_KEY));
      return "done";
    });
    await new Promise((later) => setTimeout(later));
    visits.value++;
    refused.value = null;
    expect(await done).toBe("done");
    expect(tries).toBe(2);
  });

  it("that does not come leaves the refusal", async () => {
    const done = untilKeyed(async () => {
      throw await problem(answer(401, NO_KEY));
    });
    const failed = expect(done).rejects.toBeInstanceOf(ApiError);
    await new Promise((later) => setTimeout(later));
    refused.value = null;
    await failed;
    expect(await keyGiven()).toBe(false);
  });
});

describe("a rule tried over the log", () => {
  const now = Date.parse("2026-11-27T23:00:00Z");
  const rung = (at: string, to: string | null) => ({ at, to }) as Trial["episodes"][number];
  const trial = (episodes: Trial["episodes"]): Trial => ({
    fired: episodes.length,
    threshold: null,
    since: "2024-11-25T23:00:00Z",
    until: "2026-11-27T23:00:00Z",
    episodes,
  });

  it("says over what time it was", () => {
    const once = trial([rung("2025-11-26T23:00:00Z", "2025-11-26T23:05:00Z")]);
    expect(howOften(once, "utc", now)).toMatch(
      /^It would have rung 1 time in 732 days, 25 Nov 2024.* to now$/,
    );
    expect(howOften(trial([]), "utc", now)).toMatch(/^It would not have rung in 732 days/);
  });

  it("has a strip of all of it", () => {
    const half = strip(trial([rung("2025-11-26T23:00:00Z", null)]), now);
    expect(half.from).toBe(Date.parse("2024-11-25T23:00:00Z"));
    expect(half.marks[0]).toEqual({ at: 0.5, width: 0.5 });
    const late = strip(trial([rung("2026-11-27T22:59:59Z", "2026-11-27T23:00:00Z")]), now);
    expect(late.marks[0]).toEqual({ at: 0.997, width: 0.003 });
  });
});

describe("past alarms", () => {
  const fired = (index: string, second: number, severity: string | null = "info") => ({
    index,
    severity,
    from: new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString(),
  });

  it("are grouped where they fired within seconds", () => {
    const found = [fired("A", 130), fired("B", 64), fired("A", 62, "critical"), fired("A", 60)];
    expect(eventsOf(found).map((event) => event.length)).toEqual([1, 3]);
    const event = eventsOf(found)[1] ?? [];
    expect(eventWords(event)).toBe("3 alarms of 2 indices: A, B");
    expect(worstOf(event)).toBe("critical");
  });

  it("say percentages as the figures beside them", () => {
    expect(alertWords("TOP3 fell 10.4 % since 14:03")).toBe("TOP3 fell 10.4% since 14:03");
  });
});

describe("words of lines down a chart", () => {
  const lines = [
    { at: 358, wide: 140 },
    { at: 291, wide: 140 },
    { at: 310, wide: 150 },
    { at: 219, wide: 160 },
  ];
  it.each([60, 150])("neither overlap nor are crossed, from %d on", (left) => {
    const places = labelPlaces(lines, left, 965);
    expect(new Set(places.map(({ row }) => row)).size).toBe(lines.length);
    lines.forEach(({ wide }, i) => {
      const { x, row } = places[i] ?? { x: 0, row: 0 };
      expect(x).toBeGreaterThanOrEqual(left);
      lines.forEach(({ at }, k) => {
        const isAcross = at > x && at < x + wide;
        expect(isAcross && (places[k]?.begin ?? 0) <= row).toBe(false);
      });
    });
  });
});

describe("what is younger than its range", () => {
  it("is drawn with the steps of its age", () => {
    expect(ageOf({ "1h": 0.01, "1d": null, "7d": null })).toBe("1d");
    expect(ageOf({ "1h": 0.01, "1d": 0.02 })).toBe("all");
    expect(asked("1y", "line", 1e12, "1d").step).toBe("2m");
    expect(asked("1h", "line", 1e12, "1d").step).toBe("10s");
    expect(asked("1y", "line", 1e12).step).toBe("1d");
  });
  it("has a line as long as its share of the period", () => {
    expect(shareSince(75, 0, 100)).toBe(0.25);
    expect(shareSince(75, null, 100)).toBe(1);
  });
  it("ends at the level now, in the step that is open or behind one that is over", () => {
    expect(upTo([1, 2, 3], 9, true)).toEqual([1, 2, 9]);
    expect(upTo([1, 2, 3], 9, false)).toEqual([1, 2, 3, 9]);
    expect(upTo([1, 2, 3], null, true)).toEqual([1, 2, 3, null]);
    expect(upTo([], 9, true)).toEqual([9]);
  });
});

it("a window tells of what its returns are", () => {
  const card =
    "the closes within (anchor, end] of minutes (1d), hours (7d, 30d) or days (90d, 1y); end is";
  expect(["1d", "30d", "1y", "5y"].map((name) => barOf(name, card))).toEqual([
    "1 min",
    "1 h",
    "1 d",
    "–",
  ]);
});
