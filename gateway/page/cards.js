// The definition cards of the metrics, as the gateway has them: what a figure is, and in which unit.

let cards = null; // [pattern of a path, card], once they are here

/** Ask for them, once. */
export async function loadCards() {
  if (cards) return;
  try {
    const answer = await fetch("/v1/definitions");
    if (!answer.ok) return;
    const { metrics } = await answer.json();
    cards = Object.values(metrics).filter((card) => card.path).map((card) => [
      new RegExp(`^${card.path.replaceAll(".", "\\.").replaceAll("*", ".+?")}$`), card,
    ]);
  } catch {
    cards = null; // the next panel asks again
  }
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
