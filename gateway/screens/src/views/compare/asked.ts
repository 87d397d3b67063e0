// What is compared, by the address: which series, and over which time.

import { change, parameter } from "@/router/router";
import { isRange, type Range } from "./ranges";

export const MOST = 10;
export const LEAST = 2;

/** The series of the address, each once. */
export function chosenSeries(): string[] {
  const named = parameter("ids").split(",").filter(Boolean);
  return [...new Set(named)].slice(0, MOST);
}

export function chosenRange(): Range {
  const text = parameter("range", "1y");
  return isRange(text) ? text : "1y";
}

export const choose = (ids: readonly string[]): void => change({ ids: ids.join(",") });
