import { describe, expect, it } from "vitest";
import { alarms, byUrgency, countsOf, receive, signs } from "@/store/episodes";

const episode = (
  name: string,
  slow: boolean,
  severity = "info",
  from = "2026-11-27T00:00:00Z",
) => ({
  ...{ episode: name, index: "A", kind: "drawdown", rule: "r", severity, slow, open: true, from },
  ...{ words: null, figure: null, then: null, acknowledged: null, silenced: null },
  now: { status: "live", as_of: null, level: null, drawdown: null, value: null },
});
const told = (episodes: object[], closed: string[], whole: boolean) =>
  receive({ type: "episodes", episodes, closed, whole } as { type: string });

describe("what fires", () => {
  it("is the whole, then what changes; what is judged once a day stands apart", () => {
    told([episode("a", false), episode("b", true)], [], true);
    expect(alarms.value.map((one) => one.episode)).toEqual(["a"]);
    expect(signs.value.map((one) => one.episode)).toEqual(["b"]);
    told([episode("c", false)], ["a", "b"], false);
    expect(alarms.value.map((one) => one.episode)).toEqual(["c"]);
    expect(signs.value).toEqual([]);
    told([], [], true);
    expect(alarms.value).toEqual([]);
  });
  it("stands by urgency: severity, then the newest", () => {
    const found = [
      episode("old", false, "warning", "2026-11-26T00:00:00Z"),
      episode("sign", true, "critical"),
      episode("new", false, "warning"),
      episode("worst", false, "critical", "2026-11-25T00:00:00Z"),
    ];
    told(found, [], true);
    const order = [...alarms.value, ...signs.value].sort(byUrgency).map((one) => one.episode);
    expect(order).toEqual(["worst", "new", "old", "sign"]);
  });
  it("is counted by severity, the most urgent first", () => {
    const found = ["info", "critical", null, "info"].map((severity) => ({ severity }));
    expect(countsOf(found)).toEqual([
      [1, "critical"],
      [2, "info"],
    ]);
  });
});
