// A rule as it is being written: fields of text, and what the gateway takes of them.

import type { components } from "@/api/rest";
import { cardAt } from "@/api/definitions";
import type { SeverityName } from "@/store/episodes";
import type { Rule } from "./Rules";
import { lasting } from "./words";

export type RuleBody = components["schemas"]["RuleAsked"];
export type RuleTable = components["schemas"]["RuleTable"];
export type Side = "above" | "below" | "equals" | "has";

export interface Draft {
  index: string;
  /** A depth of drawdown, as in `[index.X.alerts]`, in the place of a rule of any figure. */
  isDepth: boolean;
  name: string;
  figure: string;
  side: Side;
  limit: string;
  clear: string;
  for: string;
  clear_for: string;
  cooldown: string;
  no_data: string;
  severity: SeverityName;
}

const CLOCKS = ["for", "clear_for", "cooldown", "no_data"] as const;

/** One to begin with, or a rule that is there. */
export function draftOf(rule: Rule | null, index: string): Draft {
  const isDepth = rule?.kind === "drawdown";
  const side: Side =
    rule?.below !== null && rule?.below !== undefined
      ? "below"
      : rule?.equals
        ? "equals"
        : rule?.has
          ? "has"
          : "above";
  const limit = rule?.[side];
  const isNamed = rule && !/[<>=@:]| has /.test(rule.rule);
  const isClear = rule && rule.clear !== null && rule.clear !== limit;
  const clock = (name: (typeof CLOCKS)[number]) => (rule?.[name] ? lasting(rule[name]) : "");
  return {
    index: rule?.index ?? index,
    isDepth,
    name: isNamed ? rule.rule : "",
    figure: rule?.figure ?? "returns.1h",
    side: rule ? side : "below",
    limit: limit === undefined || limit === null ? (rule ? "" : "-0.05") : String(limit),
    clear: isClear && !isDepth ? String(rule.clear ?? "") : "",
    for: clock("for"),
    clear_for: clock("clear_for"),
    cooldown: clock("cooldown"),
    no_data: clock("no_data"),
    severity: (rule?.severity as Draft["severity"] | undefined) ?? "warning",
  };
}

/** The sides that a figure can be judged by. */
export function sidesOf(figure: string): Side[] {
  const card = cardAt(figure);
  if (card?.display !== "text") return ["above", "below"];
  return card.unit.startsWith("list") ? ["has"] : ["equals"];
}

/** The side that was chosen, if the figure can be judged by it; else the first that it can. */
export function sideOf({ figure, side }: Draft): Side {
  const sides = sidesOf(figure);
  return sides.includes(side) ? side : (sides[0] ?? side);
}

/** Whether some read thousands and others a fraction: "2,500". */
const isTwofold = (text: string): boolean => /^[-−+]?\d*,\d{3}\s*%?$/.test(text.trim());

/** "5 %", "5%", "0.05" and "0,05" are the same; null for what is no number, or may be two. */
export function numberOf(text: string): number | null {
  if (isTwofold(text)) return null;
  const told = text.trim().replace("−", "-").replace(",", ".");
  const isShare = told.endsWith("%");
  const found = Number(isShare ? told.slice(0, -1) : told);
  if (told === "" || Number.isNaN(found)) return null;
  return isShare ? found / 100 : found;
}

/** What is wrong with it before anybody is asked; null where nothing is. */
export function problemOf(draft: Draft): string | null {
  if (!draft.index) return "Choose an index.";
  const isNumber = draft.isDepth || draft.side === "above" || draft.side === "below";
  for (const text of isNumber ? [draft.limit, draft.isDepth ? "" : draft.clear] : [])
    if (isTwofold(text))
      return `${text.trim()} can be read in two ways: write thousands without a comma, and a fraction with a point.`;
  if (isNumber && numberOf(draft.limit) === null)
    return "The limit is a number, such as 0.05 or 5%.";
  if (!isNumber && !draft.limit.trim()) return "The limit is a word.";
  if (draft.isDepth && !((numberOf(draft.limit) ?? 0) > 0 && (numberOf(draft.limit) ?? 1) < 1))
    return "A depth lies between 0 and 1.";
  if (draft.clear.trim() && numberOf(draft.clear) === null)
    return "Where it clears is a number, or empty.";
  for (const name of CLOCKS) {
    if (draft[name].trim() && !/^\d{1,9}[smhd]$/.test(draft[name].trim()))
      return `${name.replace("_", " ")}: a duration such as 90s, 10m, 2h or 1d.`;
  }
  return null;
}

/** As the gateway takes it. */
export function bodyOf(draft: Draft): RuleBody {
  if (draft.isDepth) return { drawdown: numberOf(draft.limit) };
  const table: RuleTable = { figure: draft.figure, severity: draft.severity };
  if (draft.side === "above" || draft.side === "below") {
    table[draft.side] = numberOf(draft.limit);
    if (draft.clear.trim()) table.clear = numberOf(draft.clear);
  } else {
    table[draft.side] = draft.limit.trim();
  }
  if (draft.name.trim()) table.name = draft.name.trim();
  for (const name of CLOCKS) if (draft[name].trim()) table[name] = draft[name].trim();
  return { rule: table };
}

/** In a line, as `POST /v1/rules/backtest` takes it. */
export function lineOf(draft: Draft): string {
  if (draft.isDepth)
    return `drawdown.current above ${numberOf(draft.limit)} clear ${(numberOf(draft.limit) ?? 0) / 2}`;
  const isNumber = draft.side === "above" || draft.side === "below";
  const limit = isNumber ? numberOf(draft.limit) : draft.limit.trim();
  const parts = [draft.figure, draft.side, String(limit)];
  for (const name of CLOCKS) if (draft[name].trim()) parts.push(name, draft[name].trim());
  if (isNumber && draft.clear.trim()) parts.push("clear", String(numberOf(draft.clear)));
  return [...parts, "severity", draft.severity].join(" ");
}
