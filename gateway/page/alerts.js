// The alerts feed: newest first, what fires in red, what is resolved in green.

import { byId, el, setText } from "./dom.js";
import * as format from "./format.js";
import { evidence, labelNamed } from "./values.js";

const SHOWN = 100; // as many as the gateway sends at first; older ones are at /v1/alerts

export class AlertFeed {
  constructor() {
    this.list = byId("alert-list");
    this.known = new Map(); // alert id -> {alert, node}, oldest first
    this.firing = 0;
    this.now = null; // the gateway's clock, once it has told it
  }

  /** Replace everything: the newest alerts and all that fire, newest first. */
  reset(alerts, firing) {
    this.known.clear();
    this.list.replaceChildren();
    for (const alert of [...alerts].reverse()) this.insert(alert);
    this.finish(firing);
  }

  /** New alerts, oldest first; they are read out to screen readers. */
  add(alerts, firing) {
    for (const alert of alerts) this.insert(alert);
    this.finish(firing);
    const said = alerts.slice(-3).map((alert) =>
      `${alert.index} ${format.rule(alert.rule)} ${alert.state}${alert.disputed ? ", disputed" : ""}`
      + (alert.kind === "drawdown" ? `, drawdown ${format.percent(alert.drawdown)}` : ""));
    if (alerts.length > 3) said.unshift(`${alerts.length} alerts`);
    byId("announcer").textContent = said.join(". ");
  }

  insert(alert) {
    if (this.known.has(alert.id)) return;
    const node = render(alert);
    this.list.prepend(node);
    this.known.set(alert.id, { alert, node });
    if (alert.state === "resolved") this.markOver(alert.episode);
  }

  /** A firing whose episode is over fades: only what burns now is bright. */
  markOver(episode) {
    for (const { alert, node } of this.known.values()) {
      if (alert.episode !== episode || alert.state !== "firing") continue;
      node.dataset.over = "";
      node.querySelector(".alert-state").textContent = "fired";
    }
  }

  finish(firing) {
    this.firing = firing;
    for (const [id, { node }] of this.known) {
      if (this.known.size <= SHOWN) break;
      if (isBurning(node)) continue;
      node.remove();
      this.known.delete(id);
    }
    const pill = byId("firing");
    pill.hidden = false;
    pill.dataset.firing = firing > 0;
    pill.textContent = firing > 0 ? `${firing} firing` : "no alerts firing";
    byId("alerts-count").textContent = firing > 0 ? `${firing} firing now` : "";
    byId("alerts-empty").hidden = this.known.size > 0;
    document.title = firing > 0 ? `(${firing}) tidegauge` : "tidegauge";
    this.showTimes();
  }

  /** Today's alerts have a clock time, older ones a date. */
  showTimes() {
    const now = this.now ?? [...this.known.values()].at(-1)?.alert.at;
    for (const { alert, node } of this.known.values()) {
      setText(node.querySelector("time"), format.shortMoment(alert.at, now), format.moment(alert.at));
    }
  }

  /** The gateway's clock: the times change where a new day has begun. */
  clock(now) {
    const day = this.now?.slice(0, 10);
    this.now = now;
    if (day !== now.slice(0, 10)) this.showTimes();
  }
}

const isBurning = (node) => node.dataset.state === "firing" && !("over" in node.dataset);

function render(alert) {
  const fact = (label, value) =>
    el("span", { class: "alert-fact" }, el("span", { class: "fact-label" }, label), " ", value);
  return el(
    "li", { class: "alert", "data-state": alert.state, "data-episode": alert.episode },
    el("div", { class: "alert-head" },
      el("span", { class: "alert-state" }, alert.state),
      el("a", { href: `#${alert.index}` }, alert.index),
      alert.disputed
        ? el("span", { class: "badge disputed", title: "the venues disagreed about a price behind this alert" }, "disputed")
        : null,
      el("time", { datetime: alert.at, title: format.moment(alert.at) }, format.clock(alert.at))),
    el("div", { class: "alert-facts" },
      alert.kind === "drawdown"
        ? fact("depth", el("b", { class: "alert-depth" }, format.percent(alert.drawdown)))
        : el("b", { class: "alert-depth" }, labelNamed(alert.kind)),
      alert.rule === alert.kind ? null : el("span", { class: "alert-rule" }, format.rule(alert.rule))),
    el("div", { class: "alert-facts" },
      fact("level", format.level(alert.level)),
      "peak" in alert ? fact("peak", format.level(alert.peak)) : null,
      ...evidence(alert.evidence).map(([name, value]) => fact(name, value)),
      alert.reason ? fact("reason", alert.reason.replaceAll("_", " ")) : null),
    ...Object.entries(alert.because?.clusters ?? {}).map(([asset, found]) => clusters(asset, found)),
  );
}

/** Who says what of an asset in dispute, the heaviest venues first, and the index's level by them. */
function clusters(asset, found) {
  return el("ul", { class: "clusters" }, ...found.map(({ price, share, sources, level }) =>
    el("li", { title: sources.join(", ") },
      `${asset} `, el("b", {}, format.price(price)), ` by ${format.percent(share)} of the volume, level `,
      el("b", {}, format.level(level)))));
}
