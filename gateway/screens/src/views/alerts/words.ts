// What alerts are about, in words.

import { label, labelNamed } from "@/api/definitions";
import { figureText } from "@/format/figure";
import { UNITS } from "@/format/numbers";
import { words } from "@/format/words";

/** What an episode is about: "Drawdown", "Volatility (1d)" or the name of a warning sign. */
export function subject(episode: { kind: string; rule: string; figure: string | null }): string {
  if (episode.kind === "drawdown") return "Drawdown";
  if (episode.figure) return figureName(episode.figure);
  if (episode.kind === "target") return `Target ${labelNamed(episode.rule.split(/[<>]/)[0] ?? "")}`;
  return words(episode.kind).replace(/^[a-z]/, (c) => c.toUpperCase());
}

/** The name of a figure with what it is of: "Volatility · 1d". */
export function figureName(path: string): string {
  if (path === "drawdown.current") return "Drawdown";
  const [section = "", ...steps] = path.split(".");
  const isPeriod = section === "returns" || section === "annualised";
  const name = isPeriod ? `${label(section)} · ${label(path)}` : label(path);
  return [name, ...steps.slice(0, -1)].join(" · ");
}

/** A value of the figure that an episode is about. */
export const valueText = (figure: string | null, value: unknown): string =>
  Array.isArray(value) ? value.join(", ") || "none" : figureText(figure ?? "", value);

/** Seconds as an index file has them: "10m", "90s". */
export function lasting(seconds: number): string {
  const found = UNITS.find(([, size]) => seconds >= size && seconds % size === 0);
  return found ? `${seconds / found[1]}${found[0]}` : "0s";
}
