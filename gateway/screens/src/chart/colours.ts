// The page's colours for what draws into a canvas, which knows no variables.

import type { Tone } from "./spec";

export type Colour = (tone: Tone | "text" | "quiet" | "grid" | "surface", alpha?: number) => string;

/** Reads colours where `node` stands: what a variable means there, in light, dark or print. */
export function coloursAt(node: Element): Colour {
  const probe = document.createElement("span");
  probe.hidden = true;
  node.append(probe);
  const known = new Map<string, string>();
  const read = (name: string): string => {
    let found = known.get(name);
    if (found === undefined) {
      probe.style.color = `var(--${name})`;
      found = getComputedStyle(probe).color;
      known.set(name, found);
    }
    return found;
  };
  for (const name of NAMES) read(name);
  probe.remove();
  return (tone, alpha = 1) => {
    const colour = known.get(tone) ?? "gray";
    return alpha === 1 ? colour : translucent(colour, alpha);
  };
}

const NAMES = [
  ...Array.from({ length: 10 }, (_, i) => `series-${i + 1}`),
  ...["gain", "loss", "warn", "muted", "accent", "doubt", "text", "quiet", "grid", "surface"],
];

function translucent(colour: string, alpha: number): string {
  const numbers = colour.match(/[\d.]+/g);
  return numbers && colour.startsWith("rgb")
    ? `rgb(${numbers.slice(0, 3).join(" ")} / ${alpha})`
    : `color-mix(in srgb, ${colour} ${alpha * 100}%, transparent)`;
}
