// The table of all indices: one row each, changed in place as levels and rows come in.
// Rows out of sight only remember what came: a thousand indices must not cost a thousand redraws.

import { drawSpark, Line } from "./chart.js";
import { byId, el, setText, svg } from "./dom.js";
import * as format from "./format.js";

const SPARK = { width: 110, height: 34 };
const FILTER_FROM = 13; // rows; fewer fit on a screen
const DEPTH_SCALE = 0.1; // the depth bars' full width, unless a drawdown is deeper than this
const calm = matchMedia("(prefers-reduced-motion: reduce)");

class Row {
  constructor(index, visibility) {
    this.index = index;
    this.line = new Line();
    this.visible = false;
    this.loaded = false; // whether the line has been asked for since the last state
    this.name = el("span", { class: "index-name" });
    this.badges = el("span", { class: "badges" });
    this.spark = svg("svg", {
      class: "spark", viewBox: `0 0 ${SPARK.width} ${SPARK.height}`, ...SPARK,
      preserveAspectRatio: "none", "aria-hidden": "true",
    });
    const cell = (label, ...inner) => el("td", { class: "number", "data-label": label }, ...inner);
    this.level = cell("Level");
    this.changeValue = el("span");
    this.changePeriod = el("small", { class: "period" });
    this.drawdownValue = el("span");
    this.depth = el("span", { class: "depth", "aria-hidden": "true" }, el("i"), el("b"));
    this.max = cell("Max");
    this.volatility = cell("Vol.");
    this.sharpe = cell("Sharpe");
    this.sortino = cell("Sortino");
    this.node = el(
      "tr", { "data-index": index },
      el("th", { scope: "row" },
        el("a", { class: "index-id", href: `#${index}`, "aria-haspopup": "dialog" }, index),
        this.badges, this.name),
      el("td", { class: "spark-cell" }, this.spark),
      this.level,
      cell("Change", this.changeValue, this.changePeriod),
      el("td", { class: "number drawdown-cell", "data-label": "Drawdown" }, this.drawdownValue, this.depth),
      this.max, this.volatility, this.sharpe, this.sortino,
    );
    this.node.addEventListener("click", () => (location.hash = index));
    visibility.observe(this.node);
  }

  show(row) {
    this.row = row;
    setText(this.name, row.name === row.index ? "" : row.name);
    this.node.dataset.status = row.status ?? "none";
    this.badges.replaceChildren(...badges(row));
    this.showLevel(row.level);
    this.showMoves();
    this.figure(this.volatility, format.percent(row.risk.volatility), "risk.volatility");
    this.figure(this.sharpe, format.ratio(row.risk.sharpe), "risk.sharpe");
    this.figure(this.sortino, format.ratio(row.risk.sortino), "risk.sortino");
  }

  /** What moves with every level: the change and the drawdowns. */
  showMoves() {
    const { row } = this;
    const period = row.returns["1d"] !== null ? "1d" : "inception";
    const value = row.returns[period];
    this.figure(this.changeValue, format.change(value), `returns.${period}`);
    this.changeValue.classList.toggle("gain", value > 0);
    this.changeValue.classList.toggle("loss", value < 0);
    setText(this.changePeriod, value === null ? "" : period === "1d" ? "1d" : "all");
    this.changePeriod.title = period === "1d" ? "since 24 hours ago" : "since the start of the index";
    this.figure(this.drawdownValue, format.percent(row.drawdown.current), "drawdown.current");
    this.figure(this.max, format.percent(row.drawdown.max), "drawdown.max");
  }

  figure(node, text, path) {
    const none = text === format.NONE;
    setText(node, text, none ? format.reasonAt(this.row.undefined, path) : null);
    node.classList.toggle("none", none);
  }

  showLevel(value) {
    const before = this.shown;
    this.shown = value;
    const text = format.level(value);
    if (this.level.textContent === text) return;
    this.figure(this.level, text, "level");
    if (before === undefined || before === null || value === null || calm.matches) return;
    const color = value > before ? "var(--gain)" : "var(--loss)";
    this.level.animate([{ color, offset: 0 }], { duration: 700, easing: "ease-out" });
  }

  /** `scale` is the drawdown at the bar's full width, the same for all rows. */
  showDepth(scale) {
    const { current, max } = this.row.drawdown;
    const [fill, mark] = this.depth.children;
    fill.style.width = `${Math.min((current ?? 0) / scale, 1) * 100}%`;
    mark.style.left = `${Math.min((max ?? 0) / scale, 1) * 100}%`;
    mark.hidden = !max;
  }

  draw() {
    if (this.visible) drawSpark(this.spark, this.line);
  }
}

/** The badges of an index: its status and its quality flags. */
export function badges(row) {
  const status = row.status ?? "no data";
  return [
    el("span", { class: "badge", "data-status": row.status ?? "none", title: format.statusMeaning(row.status) }, status),
    ...row.flags.map((flag) =>
      el("span", { class: "badge flag", title: format.flagMeaning(flag) }, format.flagText(flag))),
  ];
}

export class Table {
  /** `loadLine(index)` is called when a row comes into view without a line. */
  constructor(loadLine) {
    this.rows = new Map();
    this.body = byId("rows");
    this.loadLine = loadLine;
    this.due = new Set();
    this.visibility = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) this.seen(target.dataset.index, isIntersecting);
    }, { rootMargin: "200px" });
    this.filter = byId("filter");
    this.filter.addEventListener("input", () => this.showFiltered());
  }

  seen(index, visible) {
    const row = this.rows.get(index);
    if (!row) return;
    row.visible = visible;
    if (!visible) return;
    row.show(row.row); // what came in the meantime
    this.load(row);
    this.later(row);
  }

  load(row) {
    if (row.loaded) return;
    row.loaded = true;
    this.loadLine(row.index);
  }

  /** Replace everything: the indices of a `state` message, in the order of their ids. */
  reset(rows) {
    const ids = new Set(rows.map((row) => row.index));
    for (const [index, row] of this.rows) {
      if (ids.has(index)) continue;
      this.visibility.unobserve(row.node);
      row.node.remove();
      this.rows.delete(index);
    }
    rows.forEach((row) => this.show(row));
    for (const row of this.rows.values()) {
      row.loaded = false; // the stream may have been away: the line has a hole
      if (row.visible) this.load(row);
    }
    this.showFiltered();
  }

  show(data) {
    let row = this.rows.get(data.index);
    const known = row !== undefined;
    if (!known) {
      row = new Row(data.index, this.visibility);
      this.rows.set(data.index, row);
      let before = this.body.lastElementChild; // they mostly come in order: look from the end
      while (before && before.dataset.index > data.index) before = before.previousElementSibling;
      this.body.insertBefore(row.node, before ? before.nextSibling : this.body.firstChild);
      this.filtered = false;
    }
    row.row = data;
    if (row.visible || !known) row.show(data);
    this.later(row);
  }

  /** A level of the stream. Returns the row, or nothing for an index that is not known yet. */
  level({ index, at, level, peak, drawdown }) {
    const row = this.rows.get(index);
    if (!row) return null;
    const { returns, drawdown: fall } = row.row;
    const move = row.row.level ? level / row.row.level : null;
    for (const period of Object.keys(returns)) { // as the gateway does in its rows
      if (move !== null && returns[period] !== null) returns[period] = (1 + returns[period]) * move - 1;
    }
    Object.assign(row.row, { as_of: at, level, peak });
    fall.current = drawdown;
    if (fall.max !== null) fall.max = Math.max(fall.max, drawdown);
    row.line.add(at, level, peak);
    if (row.visible) {
      row.showLevel(level);
      row.showMoves();
    }
    this.later(row);
    return row;
  }

  /** The line of an index as the gateway holds it. */
  setLine(index, columns) {
    const row = this.rows.get(index);
    if (!row) return;
    row.line.reset(columns);
    this.later(row);
  }

  /** Draw a row with the next frame: several changes in one frame are drawn once. */
  later(row) {
    if (!this.due.size) {
      requestAnimationFrame(() => {
        for (const each of this.due) each.draw();
        this.due.clear();
        this.showDepths();
        if (!this.filtered) this.showFiltered();
      });
    }
    this.due.add(row);
  }

  showDepths() {
    let deepest = DEPTH_SCALE;
    for (const { row } of this.rows.values()) {
      deepest = Math.max(deepest, row?.drawdown.max ?? 0, row?.drawdown.current ?? 0);
    }
    for (const row of this.rows.values()) if (row.visible) row.showDepth(deepest);
  }

  showFiltered() {
    this.filtered = true;
    const wanted = this.filter.value.trim().toLowerCase();
    for (const row of this.rows.values()) {
      const text = `${row.index} ${row.row?.name ?? ""}`.toLowerCase();
      row.node.hidden = !text.includes(wanted);
    }
    this.filter.hidden = this.rows.size < FILTER_FROM;
    byId("indices-empty").hidden = this.rows.size > 0;
    byId("grid").hidden = this.rows.size === 0;
    byId("indices-count").textContent = this.rows.size ? `${this.rows.size}` : "";
  }
}
