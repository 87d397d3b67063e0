// The table of all indices: one row each, changed in place as levels and rows come in.
// Rows out of sight only remember what came: a thousand indices must not cost a thousand redraws.

import { columns, meaning, MOVING, reasonAt } from "./cards.js";
import { drawSpark, Line } from "./chart.js";
import { byId, el, setText, svg } from "./dom.js";
import * as format from "./format.js";
import { text } from "./values.js";

const DAY = "returns.1d"; // of a younger index, its return since the start stands there
const SINCE_START = "returns.inception";
const DEPTH = "drawdown.current"; // with a bar
const SPARK = { width: 110, height: 34 };
const FILTER_FROM = 13; // rows; fewer fit on a screen
const DEPTH_SCALE = 0.1; // the depth bars' full width, unless a drawdown is deeper than this
const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** The columns of the table but those that stand in another's cell. */
const shown = () => columns().filter(({ path }) => path !== SINCE_START);

/** The figure of a row at a path; null where it is not there. */
const valueAt = (row, path) => path.split(".").reduce((value, key) => value?.[key] ?? null, row);

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
    this.changePeriod = el("small", { class: "period" });
    this.depth = el("span", { class: "depth", "aria-hidden": "true" }, el("i"), el("b"));
    const beside = { [DAY]: [this.changePeriod], [DEPTH]: [this.depth] };
    const cells = [];
    this.figures = shown().map(({ path, column }) => {
      const node = beside[path] ? el("span") : cell(column);
      cells.push(beside[path] ? cell(column, node, ...beside[path]) : node);
      return { path, node };
    });
    this.node = el(
      "tr", { "data-index": index },
      el("th", { scope: "row" },
        el("a", { class: "index-id", href: `#${index}`, "aria-haspopup": "dialog" }, index),
        this.badges, this.name),
      el("td", { class: "spark-cell" }, this.spark),
      this.level, ...cells,
    );
    this.depth.parentNode?.classList.add("drawdown-cell");
    this.node.addEventListener("click", () => (location.hash = index));
    visibility.observe(this.node);
  }

  show(row) {
    this.row = row;
    setText(this.name, row.name === row.index ? "" : row.name);
    this.node.dataset.status = row.status ?? "none";
    this.badges.replaceChildren(...badges(row));
    this.showLevel(row.level);
    this.showFigures();
  }

  showFigures(sections = null) {
    for (const { path, node } of this.figures) {
      const [section] = path.split(".");
      if (sections && !sections.includes(section)) continue;
      if (path === DAY) this.showChange(node);
      else this.figure(node, text(path, valueAt(this.row, path)), path);
    }
  }

  showChange(node) {
    const { row } = this;
    const path = valueAt(row, DAY) !== null ? DAY : SINCE_START;
    const value = valueAt(row, path);
    this.figure(node, format.change(value), path);
    node.classList.toggle("gain", value > 0);
    node.classList.toggle("loss", value < 0);
    setText(this.changePeriod, value === null ? "" : path === DAY ? "1d" : "all");
    this.changePeriod.title = path === DAY ? "since 24 hours ago" : "since the start of the index";
  }

  figure(node, said, path) {
    const none = said === format.NONE;
    setText(node, said, none ? reasonAt(this.row.undefined, path) : null);
    node.classList.toggle("none", none);
  }

  showLevel(value) {
    const before = this.shown;
    this.shown = value;
    const said = format.level(value);
    if (this.level.textContent === said) return;
    this.figure(this.level, said, "level");
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

  /** The heads of the columns, once it is known which there are. */
  showColumns() {
    byId("columns").append(...shown().map(({ path, column }) =>
      el("th", { scope: "col", class: "number", title: meaning(path) }, column)));
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

  /** An index is no more. */
  remove(index) {
    const row = this.rows.get(index);
    if (!row) return;
    this.visibility.unobserve(row.node);
    row.node.remove();
    this.rows.delete(index);
    this.showFiltered();
  }

  /** Replace everything: all rows, in the order of their ids. */
  reset(rows) {
    const ids = new Set(rows.map((row) => row.index));
    for (const index of [...this.rows.keys()]) if (!ids.has(index)) this.remove(index);
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
      row.showFigures(MOVING);
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
      const named = `${row.index} ${row.row?.name ?? ""}`.toLowerCase();
      row.node.hidden = !named.includes(wanted);
    }
    this.filter.hidden = this.rows.size < FILTER_FROM;
    byId("indices-empty").hidden = this.rows.size > 0;
    byId("grid").hidden = this.rows.size === 0;
    byId("indices-count").textContent = this.rows.size ? `${this.rows.size}` : "";
  }
}
