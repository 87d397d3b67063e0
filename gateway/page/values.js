// Single values of a snapshot or an alert as text; the card of a figure says its name and its kind.

import { cardAt, cardNamed } from "./cards.js";
import * as format from "./format.js";

const TIME = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;
const SHOWN = {
  percent: format.percent, change: format.change, ratio: format.ratio, count: format.count,
  number: format.expected, duration: format.duration, money: format.price, time: format.count,
  text: format.percent, date: format.count,
};

const EVIDENCE = { off: "Off by", months: "Months in a row" }; // of flags, where its name is no word
const words = (key) => EVIDENCE[key] ?? key.replaceAll("_", " ").replace(/^[a-z]/, (c) => c.toUpperCase());

/** A figure's name as people read it: that of its card, else its own in words. */
export const label = (key, path = key) => cardAt(path)?.label ?? words(key);

/** The name of the figure that a target names. */
export const labelNamed = (name) => cardNamed(name)?.label ?? words(name);

/** The figure at a path as text. */
export const text = (path, value) => shown(value, cardAt(path), path.split(".").at(-1));

/** A figure as text, by the name of a target. */
export const textNamed = (name, value) =>
  shown(value, cardNamed(name.replace(/^benchmark_|_before$/, "")), name);

function shown(value, card, key) {
  if (value === null || value === undefined) return format.NONE;
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "string") return TIME.test(value) ? format.moment(value) : value;
  if (Array.isArray(value)) return value.map(flat).join(", ") || "none";
  if (typeof value === "object") return flat(value) || "none";
  if (card) return SHOWN[card.display](value);
  if (key.endsWith("_seconds")) return format.duration(value);
  return Number.isInteger(value) ? format.count(value) : format.percent(value);
}

/** What an alert tells as [name, text]: a target and its value are in the unit of their figure. */
export const evidence = (found = {}) => Object.entries(found).map(([key, value]) => [
  labelNamed(key).toLowerCase(),
  key === "figure" ? labelNamed(value) : textNamed(found.figure && typeof value === "number" ? found.figure : key, value),
]);

/** A nested value on one line. */
function flat(value) {
  if (typeof value === "string" && TIME.test(value)) return format.moment(value);
  if (value === null || typeof value !== "object") return String(value ?? format.NONE);
  if (Array.isArray(value)) return value.map(flat).join(value.some((item) => typeof item === "object") ? "; " : " ");
  return Object.entries(value).map(([key, item]) =>
    `${labelNamed(key)} ${typeof item === "number" ? textNamed(key, item) : flat(item)}`).join(" · ");
}
