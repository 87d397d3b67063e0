// The definition cards of the metrics, as the gateway has them: what a figure is, and in which unit.

let cards = null; // [pattern of a path, text], once they are here

/** Ask for them, once. */
export async function loadCards() {
  if (cards) return;
  try {
    const answer = await fetch("/v1/definitions");
    if (!answer.ok) return;
    const { metrics } = await answer.json();
    cards = Object.values(metrics).filter((card) => card.path).map((card) => [
      new RegExp(`^${card.path.replaceAll(".", "\\.").replaceAll("*", "[^.]+")}$`),
      [`${card.formula} (${card.unit})`, card.sign, card.annualisation, card.reading].filter(Boolean).join("\n"),
    ]);
  } catch {
    cards = null; // the next panel asks again
  }
}

/** What the figure at a path is; nothing where no card says it. */
export const meaning = (path) => cards?.find(([pattern]) => pattern.test(path))?.[1] ?? null;
