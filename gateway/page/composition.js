// What an index is made of and how it is computed, from its definition.

import { method } from "./cards.js";
import { el } from "./dom.js";
import * as format from "./format.js";
import { figure, scrolled } from "./groups.js";

const span = (ns) => format.duration(ns / 1e9);

/** The section of a definition; nothing where it is not known. `parts` makes the section. */
export function composition(parts, definition) {
  if (!definition) return null;
  const { assets, weights = {}, weighting, supply = {}, change = [] } = definition;
  const names = assets ?? Object.keys(weights);
  const { stated, keys } = method(weighting);
  const bySupply = keys.includes("supply");
  return parts.section("Definition",
    () => el("dl", { class: "figures" }, ...facts(definition).map(([name, shown]) =>
      el("div", {}, el("dt", {}, name), el("dd", {}, shown)))),
    () => scrolled(
      ["Asset", stated ? "Weight at a rebalance" : "Weight", ...(bySupply ? ["Supply"] : [])],
      names.map((asset) => [
        el("th", { scope: "row" }, asset),
        el("td", {}, stated ? format.percent(weights[asset]) : "by the method"),
        ...(bySupply ? [el("td", {}, asset in supply ? format.count(supply[asset]) : "as recorded")] : []),
      ])),
    change.length && (() => scrolled(["Planned change", "Joins", "Leaves"], change.map(({ at, add = [], remove = [] }) => [
      el("th", { scope: "row" }, format.moment(at)),
      el("td", {}, add.join(", ") || format.NONE), el("td", {}, remove.join(", ") || format.NONE),
    ]))));
}

/** What the index holds now, heaviest first, and what each asset brought to the return today. */
export function holdings(parts, found) {
  if (!found) return parts.missing("Composition", "composition");
  const { assets, pending, ...rest } = found;
  const shown = Object.entries(assets).sort(([, a], [, b]) => b.weight - a.weight);
  const path = "composition.assets";
  return parts.section("Composition",
    (notes) => parts.figures({ ...rest, pending }, "composition", notes),
    (notes) => scrolled(["Asset", "Weight", "Target", "Today", "Contribution", "Price"],
      shown.map(([asset, { weight, target, price, return_today: today, contribution_today: brought }]) => [
        el("th", { scope: "row" }, asset),
        el("td", {}, format.percent(weight)),
        figure("td", format.percent(target), notes, `${path}.${asset}.target`),
        figure("td", format.change(today), notes, `${path}.${asset}.return_today`),
        figure("td", format.change(brought), notes, `${path}.${asset}.contribution_today`),
        el("td", {}, format.price(price)),
      ])));
}

function facts(d) {
  const depths = d.alerts?.drawdown ?? [];
  return [
    ["Method", method(d.weighting).words],
    d.cap_limit != null && ["No weight above", format.percent(d.cap_limit)],
    method(d.weighting).keys.includes("vol_window") && ["Volatility of", span(d.vol_window)],
    ["Rebalanced", d.rebalance],
    ["Base level", format.level(d.base_level)],
    ["Benchmarks", d.benchmarks?.join(", ") || "none"],
    ["Bars of", span(d.return_interval)],
    d.risk_free != null && ["Risk-free rate, a year", format.percent(d.risk_free)],
    d.target != null && ["Target return, a year", typeof d.target === "number" ? format.percent(d.target) : "risk-free rate"],
    d.omega_threshold != null && ["Omega threshold, a year", format.percent(d.omega_threshold)],
    d.ewma_half_life != null && ["EWMA half-life", span(d.ewma_half_life)],
    d.year_days != null && ["Days of a year", `${d.year_days}`],
    d.max_price_age != null && ["Stale after", span(d.max_price_age)],
    ["Prices from", d.kinds?.join(", ") ?? "spot"],
    ["Drawdown alerts at", depths.map(format.percent).join(", ") || "none"],
  ].filter(Boolean);
}
