// One's own weights as the address and the gateway have them: "risk.sharpe:2,drawdown.max:1".

import type { Definitions } from "@/api/types";

export type Weights = Readonly<Record<string, number>>;

export const MOST_WEIGHT = 10;

export function parseWeights(text: string): Weights {
  const found: Record<string, number> = {};
  for (const part of text.split(",")) {
    const at = part.lastIndexOf(":");
    const weight = Number(part.slice(at + 1));
    if (at > 0 && weight > 0 && weight <= MOST_WEIGHT) found[part.slice(0, at)] = weight;
  }
  return found;
}

export const weightsText = (weights: Weights): string =>
  Object.entries(weights)
    .filter(([, weight]) => weight > 0)
    .map(([path, weight]) => `${path}:${weight}`)
    .join(",");

/** Every figure of any profile, in the order in which they first come. */
export function figuresOf(profiles: Definitions["profiles"]): string[] {
  const all = Object.values(profiles).flatMap(({ weights }) => weights.map(({ path }) => path));
  return [...new Set(all)];
}
