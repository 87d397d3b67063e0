import { describe, expect, it } from "vitest";
import { change, count, duration, money, NONE, onAxis, percent, ratio } from "@/format/numbers";

describe("numbers as people read them", () => {
  it("shows levels with two decimals, small ones with more, tiny ones with five digits", () => {
    expect([1003.5, 9.87654, 0.0123456, 0.00001234567, 0].map(money)).toEqual([
      "1,003.50",
      "9.8765",
      "0.012346",
      "0.000012346",
      "0.00",
    ]);
  });
  it("shows a return with its sign, none before what rounds to zero", () => {
    expect([0.0234, -0.0234, 0, -0.000001, 0.000001, 12.5].map(change)).toEqual([
      "+2.34%",
      "−2.34%",
      "0.00%",
      "0.00%",
      "0.00%",
      "+1,250%",
    ]);
  });
  it("shows a dash for what is no number", () => {
    for (const shown of [money, percent, change, ratio, count, duration]) {
      expect([null, undefined, NaN, Infinity, "1"].map(shown)).toEqual(Array(5).fill(NONE));
    }
  });
  it("shows lengths in their two largest units", () => {
    expect([0, 0.4, 59, 61, 3600, 90_061, 8_640_000].map(duration)).toEqual([
      "0s",
      "<1s",
      "59s",
      "1m 1s",
      "1h",
      "1d 1h",
      "100d",
    ]);
  });
  it("gives an axis as many decimals as its step needs", () => {
    expect([onAxis(1.25, 0.05), onAxis(1200, 200), onAxis(-0.5, 0.1)]).toEqual([
      "1.25",
      "1,200",
      "−0.5",
    ]);
    expect([65, 67.5, 70].map((value) => onAxis(value, 2.5))).toEqual(["65.0", "67.5", "70.0"]);
    expect([onAxis(-2.5, 2.5000000000000004), onAxis(0.25, 0.25)]).toEqual(["−2.5", "0.25"]);
  });
});
