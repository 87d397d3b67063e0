// All indices in the order of a profile, with what each metric adds to the score.

import { loadCards, profileNames, reason } from "./cards.js";
import { byId, el, renew } from "./dom.js";
import * as format from "./format.js";
import { Notes } from "./notes.js";
import { label, text } from "./values.js";

const EVERY = 15_000; // ms: an order that changes while it is read helps nobody
const SHOWN = 50; // the best: a thousand rows would be read by nobody, and drawn anew each time
const FIRST = "balanced"; // the one that is shown at first, where there is such
const UNRANKED = "less than half of the weights can be judged yet";

export class Ranking {
  constructor() {
    this.profile = null;
    setInterval(() => document.hidden || this.refresh(), EVERY);
  }

  /** A button for each profile, once they are known. */
  offer() {
    const names = profileNames();
    if (this.profile || !names.length) return;
    this.profile = names.includes(FIRST) ? FIRST : names[0];
    byId("profiles").append(...names.map((name) => {
      const button = el("button", { type: "button" }, name);
      button.addEventListener("click", () => {
        this.profile = name;
        this.refresh();
      });
      return button;
    }));
  }

  async refresh() {
    await loadCards();
    this.offer();
    const { profile } = this;
    if (!profile) return;
    for (const button of byId("profiles").children) {
      button.setAttribute("aria-pressed", `${button.textContent === profile}`);
    }
    const found = await load(profile);
    if (!found || profile !== this.profile) return;
    byId("ranking").hidden = found.ranking.length === 0;
    byId("ranking-aim").textContent = found.profile.aim;
    renew(byId("ranks"), table(found));
  }
}

async function load(profile) {
  try {
    const answer = await fetch(`/v1/rank?profile=${encodeURIComponent(profile)}`);
    return answer.ok ? await answer.json() : null;
  } catch {
    return null; // the stream is lost as well, and this is asked again when it is back
  }
}

/** "drawdown.max" as people read it; a star is the first benchmark. */
function name(path) {
  const [group, ...rest] = path.split(".");
  const key = rest.at(-1) ?? group;
  const of = group === "returns" ? "Return " : "";
  return of + label(key, path) + (rest[0] === "*" ? ", 1st benchmark" : "");
}

function table({ profile, ranking }) {
  const notes = new Notes();
  const head = (shown, attributes = {}) => el("th", { scope: "col", ...attributes }, ...shown);
  const rows = ranking.slice(0, SHOWN).map((row) => el("tr", {},
    row.rank === null ? notes.dash("td", UNRANKED) : el("td", {}, `${row.rank}`),
    el("th", { scope: "row" }, el("a", { href: `#${row.index}` }, row.index)),
    row.score === null ? notes.dash("td", UNRANKED) : el("td", { class: "score" }, format.ratio(row.score)),
    ...profile.weights.map(({ path }) => cell(row, path, notes))));
  return [
    el("table", { class: "matrix ranks" },
      el("thead", {}, el("tr", {}, head(["Rank"]), head(["Index"]), head(["Score"]),
        ...profile.weights.map(({ path, weight, lower }) => head(
          [name(path), el("small", {}, `${Math.round(weight * 100)}% ${lower ? "↓" : "↑"}`,
            el("span", { class: "hidden" }, ` ${lower ? "lower" : "higher"} is better`))])))),
      el("tbody", {}, ...rows)),
    el("p", { class: "notes" }, "Below each figure, what it adds to the score: its weight (↑ higher is better, "
      + "↓ lower) times the share of the other indices that are worse. The weights are a choice, no advice."),
    ranking.length > SHOWN ? el("p", { class: "notes" }, `The first ${SHOWN} of ${ranking.length}; all are at `,
      el("a", { href: `/v1/rank?profile=${profile.name}` }, `/v1/rank?profile=${profile.name}`)) : null,
    notes.list(),
  ].filter(Boolean);
}

function cell(row, path, notes) {
  const part = row.contributions[path];
  if (!part) return notes.dash("td", reason(row.missing[path]));
  const bar = el("span", { class: "depth share", "aria-hidden": "true" }, el("i"));
  bar.firstChild.style.width = `${part.scaled * 100}%`;
  return el("td", {}, text(path, part.value),
    el("small", {}, `+${format.ratio(part.contribution)}`), bar);
}
