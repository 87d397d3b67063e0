// What the gateway says of figures, reasons, profiles and weighting methods: which there are, and how they are shown.

let cards = null; // [pattern of a path, card], once they are here
let reasons = {};
let profiles = {};
let methods = {};

/** Ask for them, once; whether they are here. */
export async function loadCards() {
  if (cards) return true;
  try {
    const answer = await fetch("/v1/definitions");
    if (!answer.ok) return false;
    const { metrics, ...rest } = await answer.json();
    ({ reasons = {}, profiles = {}, methods = {} } = rest);
    cards = Object.values(metrics).filter((card) => card.path).map((card) => [
      new RegExp(`^${card.path.replaceAll(".", "\\.").replaceAll("*", ".+?")}$`), card,
    ]);
  } catch {
    cards = null; // whoever needs them next asks again
  }
  return cards !== null;
}

/** The card of the figure at a path; nothing where there is none. */
export const cardAt = (path) => cards?.find(([pattern]) => pattern.test(path))?.[1] ?? null;

/** The card of the figure that a target or an alert names. */
export const cardNamed = (name) => cards?.find(([, { path, target, better }]) =>
  better && (target ?? path.split(".").at(-1)) === name)?.[1] ?? null;

/** What the figure at a path is; nothing where no card says it. */
export function meaning(path) {
  const card = cardAt(path);
  return card && [`${card.formula} (${card.unit})`, card.sign, card.annualisation, card.reading].filter(Boolean).join("\n");
}

/** Sections that change with every level: in the table they stand beside it. */
export const MOVING = ["returns", "drawdown"];
const sectionOf = ({ path }) => path.split(".")[0];

/** The cards of the figures in the table of all indices, in the order of its columns. */
export function columns() {
  const found = (cards ?? []).map(([, card]) => card).filter((card) => card.column);
  const place = (card) => (MOVING.indexOf(sectionOf(card)) + 1) || MOVING.length + 1;
  return found.sort((a, b) => place(a) - place(b) || a.order - b.order);
}

/** Why a figure is null, in words. */
export const reason = (code) =>
  code ? reasons[code] ?? code.replaceAll("_", " ") : "no figure yet";

/** The reason of a figure: its own, or that of a group it stands in. */
export function reasonAt(undefinedPaths, path) {
  for (let at = path; at; at = at.slice(0, Math.max(at.lastIndexOf("."), 0))) {
    if (undefinedPaths?.[at]) return reason(undefinedPaths[at]);
  }
  return reason(null);
}

/** The names of the profiles that indices can be ranked by. */
export const profileNames = () => Object.keys(profiles);

/** What there is to say of a weighting method: its words, its settings, whether weights are stated. */
export const method = (name) => methods[name] ?? { words: name, keys: [], stated: false };
