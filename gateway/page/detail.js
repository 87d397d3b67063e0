// The panel of one index: its large line and every figure of its snapshot, grouped.

import { loadCards } from "./cards.js";
import { drawChart } from "./chart.js";
import { byId, el, renew, setText } from "./dom.js";
import * as format from "./format.js";
import { groups } from "./groups.js";
import { badges } from "./table.js";

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
    const [found] = await Promise.all([this.load(index), loadCards()]);
    if (!found || index !== this.index) return;
    this.seq = found.snapshot?.seq ?? null;
    this.showRow(found.row);
    this.draw();
    renew(this.groups, groups(found.snapshot, found.definition));
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
