// Every figure of a snapshot, grouped: what the panel of an index shows below its line.

import { cardAt, meaning, reasonAt } from "./cards.js";
import { composition, holdings } from "./composition.js";
import { el } from "./dom.js";
import * as format from "./format.js";
import { Notes } from "./notes.js";
import { label, labelNamed, text, textNamed } from "./values.js";

const MONTHS = 24;
/** Of which time the figures are, where a group mixes such. */
const UNITS = {
  Composition: "Return and contribution are since 00:00 UTC, or since the start; all contributions sum to the index's return today.",
  Risk: "Volatility, deviation and ratios are of a year; VaR and CVaR, losses of one bar.",
  Months: "Of complete calendar months; mean, volatility and ratios are of a year.",
  Benchmarks: "Alpha, tracking error and information ratio are of a year; capture is 1 where the index moves as the benchmark.",
  "Trailing windows": "Return and drawdown are of the window; volatility, ratios and alpha of a year; VaR of one bar.",
  Regime: "Return is of all bars in the regime together; volatility and Sharpe of a year.",
};

const TITLES = { windows: "Trailing windows", rolling: "Rolling returns" }; // where the name is none
const RECORD = ["index", "seq", "as_of", "level", "status", "origin", "undefined", "definition", "receipt"];
/** Sections that have a form of their own; all others are lists and tables of figures. */
const FORMS = {
  composition: holdings, calendar, targets, flags, quality,
  annualised: (parts, found, snapshot) =>
    parts.mixed("Annualised", "annualised", found && { ...found, cagr: snapshot.cagr }),
};

/** All sections of a snapshot in its order; nothing of it is left out. */
export function groups(snapshot, definition) {
  const parts = new Parts(snapshot?.undefined);
  const made = composition(parts, definition);
  if (!snapshot) return [made, el("p", { class: "empty" }, "No snapshot yet: the first figures come soon.")].filter(Boolean);
  const sections = Object.entries(snapshot).filter(([name]) => !RECORD.includes(name) && !cardAt(name));
  return [
    made,
    ...sections.map(([name, found]) => (FORMS[name]
      ? FORMS[name](parts, found, snapshot)
      : parts.mixed(TITLES[name] ?? label(name), name, found))),
    parts.list("Evidence", "receipt", {
      seq: snapshot.seq, status: snapshot.status, origin: snapshot.origin,
      definition: snapshot.definition, ...snapshot.receipt,
    }),
  ].filter(Boolean);
}

const isMapping = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const isTable = (value) => Array.isArray(value) && value.some(isMapping);
const present = (group) => group && Object.keys(group).length > 0;

/** Sections of figures; each tells below itself why some are missing. */
export class Parts {
  constructor(reasons = {}) {
    this.reasons = reasons;
  }

  /** A section of what the builders give for its notes. */
  section(title, ...builders) {
    const notes = new Notes(this.reasons);
    const content = builders.filter(Boolean).map((build) => build(notes));
    const unit = UNITS[title] ? el("p", { class: "unit" }, UNITS[title]) : null;
    return el("section", { class: "group" }, el("h3", {}, title), unit, ...content, notes.list());
  }

  /** A group that is null as a whole, with its reason; nothing where there is none. */
  missing(title, path) {
    if (!this.reasons[path]) return null;
    return this.section(title, () => el("p", { class: "none" }, `${format.NONE} ${reasonAt(this.reasons, path)}`));
  }

  list(title, path, group, ...more) {
    if (!present(group)) return this.missing(title, path);
    return this.section(title, (notes) => this.figures(group, path, notes), ...more);
  }

  /** Single figures as a list, groups of figures as a table with a column for each, rows below. */
  mixed(title, path, group) {
    if (!present(group)) return this.missing(title, path);
    const of = (wanted) => Object.fromEntries(Object.entries(group).filter(([, value]) => wanted(value)));
    const single = of((value) => !isMapping(value) && !isTable(value));
    const nested = of(isMapping);
    return this.section(title,
      present(single) && ((notes) => this.figures(single, path, notes)),
      present(nested) && ((notes) => this.columns(nested, path, notes)),
      ...Object.entries(of(isTable)).map(([name, rows]) => (notes) => this.rows(rows, `${path}.${name}`, notes)));
  }

  /** Names and figures. */
  figures(group, path, notes) {
    return el("dl", { class: "figures" }, ...Object.entries(group).map(([key, value]) => {
      const at = key === "cagr" ? key : `${path}.${key}`;
      const shown = text(at, value);
      const wide = shown.length > 26 ? "wide" : null;
      return el("div", { class: wide, "data-path": `${path}.${key}` },
        named("dt", label(key, at), at), figure("dd", shown, notes, at));
    }));
  }

  /** A table with a column for each member of the group and a row for each of their figures. */
  columns(group, path, notes) {
    const names = Object.keys(group);
    const leaves = names.map((name) => leavesOf(group[name]));
    const rows = [...new Set(leaves.flatMap((found) => [...found.keys()]))];
    const title = (row) => {
      const above = row.split(".").slice(0, -1).filter((key) => key !== "benchmarks");
      const last = row.split(".").at(-1);
      return [...above.map((key) => label(key)), label(last, `${path}.${names[0]}.${row}`)].join(" · ");
    };
    return scrolled(
      ["", ...names.map((name) => label(name, `${path}.${name}`))],
      rows.map((row) => [
        named("th", title(row), `${path}.${names[0]}.${row}`, { scope: "row" }),
        ...names.map((name, i) => leaves[i].has(row)
          ? figure("td", text(`${path}.${name}.${row}`, leaves[i].get(row)), notes, `${path}.${name}.${row}`)
          : el("td")),
      ]));
  }

  /** A table with a row for each of these. */
  rows(rows, path, notes, style = "") {
    const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))];
    return scrolled(keys.map((key) => label(key, `${path}.0.${key}`)), rows.map((row, k) =>
      keys.map((key) => figure("td", text(`${path}.${k}.${key}`, row[key]), notes, `${path}.${k}.${key}`))), style);
  }
}

const named = (tag, shown, path, attributes = {}) => el(tag, { ...attributes, title: meaning(path) }, shown);

/** An element for a figure; a loss is coloured where its sign tells one. */
export const figure = (tag, shown, notes, path) =>
  notes.cell(tag, shown, path, { class: cardAt(path)?.display === "change" && shown.startsWith("−") ? "negative" : null });

/** A table that scrolls sideways where it has to; the keyboard can do that, too. */
export function scrolled(heads, rows, style = "") {
  return el("div", { class: "scroll", tabindex: "0" }, el("table", { class: `matrix ${style}` },
    el("thead", {}, el("tr", {}, ...heads.map((head) => (head ? el("th", { scope: "col" }, head) : el("td"))))),
    el("tbody", {}, ...rows.map((cells) => el("tr", {}, ...cells)))));
}

/** Every leaf of a nested mapping: dotted path -> value. */
function leavesOf(value, prefix = "", found = new Map()) {
  for (const [key, item] of Object.entries(value ?? {})) {
    if (isMapping(item)) leavesOf(item, `${prefix}${key}.`, found);
    else found.set(prefix + key, item);
  }
  return found;
}

function calendar(parts, found) {
  const { months = [], years = [] } = found ?? {};
  const shown = [...years.map((row) => [row, `calendar.years.${row.period}`]),
    ...months.map((row) => [row, `calendar.months.${row.period}`]).slice(-MONTHS)];
  if (!shown.length) return null;
  const against = [...new Set(shown.flatMap(([row]) => Object.keys(row.excess ?? {})))];
  return parts.section("Calendar", (notes) => scrolled(
    ["Period", "Return", ...against.map((id) => `Excess over ${id}`)],
    shown.map(([row, path]) => [
      el("th", { scope: "row" }, row.period),
      figure("td", format.change(row.return), notes, `${path}.return`),
      ...against.map((id) => figure("td", format.change(row.excess?.[id]), notes, `${path}.excess.${id}`)),
    ])));
}

/** Targets in the units of their figures. */
function targets(parts, found) {
  if (!present(found)) return null;
  return parts.section("Targets", (notes) => scrolled(["Figure", "Target", "Value", "Met"],
    Object.entries(found).map(([name, { target, value, met }]) => [
      el("th", { scope: "row" }, labelNamed(name)),
      el("td", {}, textNamed(name, target)),
      figure("td", textNamed(name, value), notes, `targets.${name}.value`),
      figure("td", text(`targets.${name}.met`, met), notes, `targets.${name}.met`),
    ])));
}

function flags(parts, found) {
  if (!found) return null;
  return parts.section("Flags", (notes) => (found.length
    ? parts.rows(found.map(({ flag, ...rest }) => ({ flag: label(flag), ...rest })), "flags", notes, "evidence")
    : el("p", { class: "quiet" }, "No warning sign is up.")));
}

/** Which markets make the price of each asset, and which are left out and why. */
function quality(parts, found) {
  if (!present(found)) return parts.missing("Quality", "quality");
  const { sources, excluded = [], backfilled, ...rest } = found;
  return parts.section("Quality",
    (notes) => parts.figures(rest, "quality", notes),
    present(backfilled) && ((notes) => parts.figures(backfilled, "quality.backfilled", notes)),
    present(sources) && (() => scrolled(["Asset", "Markets that make its price"],
      Object.entries(sources).map(([asset, used]) => [
        el("th", { scope: "row" }, asset), el("td", {}, used.join(", ") || "none"),
      ]), "evidence")),
    excluded.length && (() => scrolled(["Left out", "Why"], excluded.map((row) => [
      el("td", {}, row.source), el("td", {}, format.leftOut(row.reason)),
    ]), "evidence")));
}
