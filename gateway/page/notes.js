// Why figures are missing: a dash with a number, and the reasons below, as in printed tables.

import { reasonAt } from "./cards.js";
import { el } from "./dom.js";
import * as format from "./format.js";

export class Notes {
  /** `reasons` are those of the snapshot's nulls, by path. */
  constructor(reasons = {}) {
    Object.assign(this, { reasons, numbers: new Map() });
  }

  /** An element for a figure's text; where there is none, a dash that says why. */
  cell(tag, shown, path, attributes = {}) {
    return shown === format.NONE
      ? this.dash(tag, reasonAt(this.reasons, path))
      : el(tag, attributes, shown);
  }

  dash(tag, why) {
    if (!this.numbers.has(why)) this.numbers.set(why, this.numbers.size + 1);
    return el(tag, { class: "none", title: why }, format.NONE,
      el("sup", { "aria-hidden": "true" }, `${this.numbers.get(why)}`), el("span", { class: "hidden" }, ` ${why}`));
  }

  /** The reasons told so far, in the order of their numbers; screen readers hear them in place. */
  list() {
    if (!this.numbers.size) return null;
    return el("p", { class: "notes", "aria-hidden": "true" },
      ...[...this.numbers].map(([why, number]) => el("span", {}, el("sup", {}, `${number}`), ` ${why}`)));
  }
}
