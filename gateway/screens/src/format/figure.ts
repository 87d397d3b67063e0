// A figure as text, by the card that says how it is shown.

import { cardAt, cardNamed } from "@/api/definitions";
import { change, count, duration, isNumber, money, NONE, number, percent, ratio } from "./numbers";
import { moment, type Zone } from "./time";

export type Display =
  | "percent"
  | "change"
  | "ratio"
  | "count"
  | "number"
  | "duration"
  | "time"
  | "money"
  | "date"
  | "text";

const SHOWN: Record<string, (value: unknown) => string> = {
  percent,
  change,
  ratio,
  count,
  number,
  duration,
  money,
};
const TIME = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;

/** A value as its kind of display has it. */
export function shown(display: string | undefined, value: unknown, zone: Zone = "utc"): string {
  if (value === null || value === undefined) return NONE;
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "string") return TIME.test(value) ? moment(value, zone) : value;
  if (Array.isArray(value)) {
    const parts = value.map((one) => shown(display, one, zone));
    return parts.join(value.some(isGroup) ? "; " : ", ") || "none";
  }
  if (typeof value === "object") return flat(value as Record<string, unknown>, zone);
  return (SHOWN[display ?? ""] ?? plain)(value);
}

const isGroup = (value: unknown): boolean => value !== null && typeof value === "object";

const plain = (value: unknown): string =>
  isNumber(value) && Number.isInteger(value) ? count(value) : ratio(value);

/** A group on one line. What no card names is a share where it is not whole. */
const flat = (value: Record<string, unknown>, zone: Zone): string =>
  Object.entries(value)
    .map(([name, one]) => {
      const display =
        cardNamed(name)?.display ?? (isNumber(one) && !Number.isInteger(one) ? "percent" : "");
      return `${name.replaceAll("_", " ")} ${shown(display, one, zone)}`;
    })
    .join(" · ") || "none";

/** The figure at a path as text; what a target says of a figure is in the unit of that. */
export function figureText(path: string, value: unknown, zone: Zone = "utc"): string {
  const display = cardAt(path)?.display;
  if (display !== "text" || !isNumber(value)) return shown(display, value, zone);
  return namedText(path.split(".").at(-2) ?? "", value, zone);
}

/** A value of the figure that a target, a rule or an alert names. */
export const namedText = (name: string, value: unknown, zone: Zone = "utc"): string =>
  shown(cardNamed(name)?.display, value, zone);

/** "gain" or "loss" where the sign of a figure tells one, by the card; else "". */
export function tone(path: string, value: unknown): "" | "gain" | "loss" {
  if (!isNumber(value) || value === 0 || cardAt(path)?.display !== "change") return "";
  return value > 0 ? "gain" : "loss";
}
