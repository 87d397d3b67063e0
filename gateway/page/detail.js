// The panel of one index: its large line and every figure of its snapshot, grouped.

import { drawChart } from "./chart.js";
import { byId, el, setText } from "./dom.js";
import * as format from "./format.js";
import { badges } from "./table.js";
import { label, text } from "./values.js";

const SIGNED = /^(returns|annualised)\.|\.(alpha|excess|return)\b/; // where below zero is a loss

export class Detail {
  /** `line(index)` gives the live line of an index, `load(index)` its document. */
  constructor(line, load) {
    Object.assign(this, { line, load, index: null, seq: null, drawn: 0 });
    this.dialog = byId("detail");
    this.dialog.addEventListener("close", () => {
      this.index = null;
      if (location.hash) history.replaceState(null, "", location.pathname);
    });
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.dialog.close());
    addEventListener("hashchange", () => this.follow());
    addEventListener("resize", () => this.draw());
  }

  /** Open what the address names; close where it names nothing that is known. */
  follow() {
    const index = location.hash.slice(1); // an id holds nothing that needs escaping
    if (!index || !this.line(index)) return this.dialog.open && this.dialog.close();
    if (index === this.index) return;
    this.index = index;
    this.seq = null;
    this.build();
    if (!this.dialog.open) this.dialog.showModal();
    this.refresh();
  }

  build() {
    this.title = el("h2", { id: "detail-title" }, this.index);
    this.name = el("span", { class: "muted" });
    this.badges = el("span", { class: "badges" });
    this.level = el("span", { class: "hero-level" });
    this.change = el("span", { class: "hero-change" });
    this.asOf = el("span", { class: "muted" });
    this.chart = el("div", { class: "chart-box" });
    this.groups = el("div", { class: "groups" }, el("p", { class: "empty" }, "Loading…"));
    const close = el("button", { class: "close", type: "button", "aria-label": "Close" }, "×");
    close.addEventListener("click", () => this.dialog.close());
    this.dialog.replaceChildren(el("article", { class: "panel" },
      el("header", { class: "panel-head" },
        el("div", {}, el("div", { class: "panel-title" }, this.title, this.badges), this.name), close),
      el("div", { class: "hero" }, this.level, this.change, this.asOf),
      this.chart, this.groups));
  }

  /** Fetch the document again: at opening, and when a newer snapshot is told of. */
  async refresh() {
    const index = this.index;
    const found = await this.load(index);
    if (!found || index !== this.index) return;
    this.seq = found.snapshot?.seq ?? null;
    this.showRow(found.row);
    this.draw();
    this.groups.replaceChildren(...groups(found.snapshot));
  }

  /** A row of the stream for the open index. */
  newRow(row) {
    if (row.index !== this.index) return;
    this.showRow(row);
    if (row.seq !== this.seq) this.refresh();
  }

  showRow(row) {
    setText(this.name, row.name === row.index ? "" : row.name);
    this.badges.replaceChildren(...badges(row));
    setText(this.level, format.level(row.level));
    const period = row.returns["1d"] !== null ? "1d" : "inception";
    const value = row.returns[period];
    setText(this.change, value === null ? "" : `${format.change(value)} ${period === "1d" ? "1d" : "since start"}`);
    this.change.classList.toggle("gain", value > 0);
    this.change.classList.toggle("loss", value < 0);
    setText(this.asOf, row.as_of ? `as of ${format.moment(row.as_of)}` : "no level yet");
  }

  /** A level of the stream for the open index: the number at once, the line twice a second. */
  newLevel(row) {
    if (row.index !== this.index) return;
    this.showRow(row);
    const now = performance.now();
    if (now - this.drawn > 500 && !this.chart.matches(":hover")) {
      this.drawn = now;
      this.draw();
    }
  }

  draw() {
    const line = this.index && this.line(this.index);
    if (line && this.dialog.open) drawChart(this.chart, line);
  }
}

/** All groups of a snapshot, each a section; nothing of it is left out. */
function groups(snapshot) {
  if (!snapshot) return [el("p", { class: "empty" }, "No snapshot yet: the first figures come soon.")];
  const { undefined: reasons = {} } = snapshot;
  const section = (title, ...content) => el("section", { class: "group" }, el("h3", {}, title), ...content);
  const list = (title, group) =>
    present(snapshot[group]) && section(title, figures(snapshot[group], group, reasons));
  const matrix = (title, group) =>
    present(snapshot[group]) && section(title, columns(snapshot[group], group, reasons));
  const { episodes, ...drawdown } = snapshot.drawdown ?? {};
  return [
    list("Returns", "returns"),
    present(snapshot.annualised) &&
      section("Annualised", figures({ ...snapshot.annualised, cagr: snapshot.cagr }, "annualised", reasons)),
    list("Risk", "risk"),
    present(drawdown) && section("Drawdown", figures(drawdown, "drawdown", reasons), episodeTable(episodes)),
    matrix("Benchmarks", "benchmarks"),
    matrix("Trailing windows", "windows"),
    matrix("Rolling", "rolling"),
    calendar(snapshot.calendar, section),
    regimes(snapshot.regime, section, reasons),
    matrix("Targets", "targets"),
    snapshot.flags?.length && section("Flags", rowsTable(snapshot.flags, "evidence")),
    list("Quality", "quality"),
    section("Evidence", figures({
      seq: snapshot.seq, status: snapshot.status, origin: snapshot.origin,
      definition: snapshot.definition, ...snapshot.receipt,
    }, "receipt", {})),
  ].filter(Boolean);
}

const present = (group) => group && Object.keys(group).length > 0;

/** Names and figures; where there is none, a dash that says why. */
function figures(group, path, reasons) {
  return el("dl", { class: "figures" }, ...Object.entries(group).map(([key, value]) => {
    const shown = text(key, value, path);
    const wide = shown.length > 26 ? "wide" : null;
    return el("div", { class: wide, "data-path": `${path}.${key}` }, el("dt", {}, label(key)), dashed("dd", shown, reasons, `${path}.${key}`));
  }));
}

function dashed(tag, shown, reasons, path) {
  if (shown !== format.NONE) return el(tag, { class: SIGNED.test(path) && shown.startsWith("−") ? "negative" : null }, shown);
  const why = format.reasonAt(reasons, path);
  return el(tag, { class: "none", title: why }, format.NONE, el("span", { class: "hidden" }, ` ${why}`));
}

/** A table with a column for each member of the group and a row for each of their figures. */
function columns(group, path, reasons) {
  const names = Object.keys(group);
  const leaves = names.map((name) => leavesOf(group[name]));
  const rows = [...new Set(leaves.flatMap((found) => [...found.keys()]))];
  return el("div", { class: "scroll" }, el("table", { class: "matrix" },
    el("thead", {}, el("tr", {}, el("td"), ...names.map((name) => el("th", { scope: "col" }, label(name))))),
    el("tbody", {}, ...rows.map((row) => el("tr", {},
      el("th", { scope: "row" }, row.split(".").map((key) => label(key, path)).join(" · ")),
      ...names.map((name, i) => leaves[i].has(row)
        ? dashed("td", text(row.split(".").at(-1), leaves[i].get(row), row.includes("excess") ? "returns" : path),
          reasons, `${path}.${name}.${row}`)
        : el("td")))))));
}

/** Every leaf of a nested mapping: dotted path -> value. */
function leavesOf(value, prefix = "", found = new Map()) {
  for (const [key, item] of Object.entries(value ?? {})) {
    const nested = item !== null && typeof item === "object" && !Array.isArray(item);
    if (nested) leavesOf(item, `${prefix}${key}.`, found);
    else found.set(prefix + key, item);
  }
  return found;
}

function rowsTable(rows, style = "") {
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return el("div", { class: "scroll" }, el("table", { class: `matrix ${style}` },
    el("thead", {}, el("tr", {}, ...keys.map((key) => el("th", { scope: "col" }, label(key))))),
    el("tbody", {}, ...rows.map((row) => el("tr", {}, ...keys.map((key) => el("td", {}, text(key, row[key], ""))))))));
}

const episodeTable = (episodes) => (episodes?.length ? rowsTable(episodes) : null);

/** What the market is in, and a column for each regime's figures. */
function regimes(found, section, reasons) {
  if (!present(found)) return null;
  const entries = Object.entries(found);
  const nested = ([, value]) => value !== null && typeof value === "object";
  const market = Object.fromEntries(entries.filter((entry) => !nested(entry)));
  const index = Object.fromEntries(entries.filter(nested));
  return section("Regime", figures(market, "regime", reasons),
    present(index) ? columns(index, "regime", reasons) : null);
}

function calendar(found, section) {
  const { months = [], years = [] } = found ?? {};
  const parts = [...years, ...months.slice(-24)].map(({ period, return: value, excess }) => ({
    period, return: format.change(value),
    ...Object.fromEntries(Object.entries(excess ?? {}).map(([id, item]) => [`vs ${id}`, format.change(item)])),
  }));
  return parts.length > 0 && section("Calendar", rowsTable(parts));
}
