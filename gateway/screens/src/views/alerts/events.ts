// Past alarms by what happened: one crash makes many indices and rules ring within seconds.

import { urgency } from "@/store/episodes";

const TOGETHER = 10_000; // ms between two firings of one event at most

interface Fired {
  from: string;
  index: string;
  severity: string | null;
}

/** Alarms, newest first, in runs of which each fired within seconds of the one before. */
export function eventsOf<T extends Fired>(episodes: readonly T[]): T[][] {
  const found: T[][] = [];
  let last = Infinity;
  for (const one of episodes) {
    const at = Date.parse(one.from);
    const held = found.at(-1);
    if (held && Math.abs(last - at) <= TOGETHER) held.push(one);
    else found.push([one]);
    last = at;
  }
  return found;
}

/** "27 alarms of 9 indices: LAYER1, TOP3 and 7 more" */
export function eventWords(event: readonly Fired[]): string {
  const names = [...new Set(event.map((one) => one.index))].sort();
  const told = names.slice(0, NAMED).join(", ");
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : "";
  const of = names.length === 1 ? names[0] : `${names.length} indices: ${told}${more}`;
  return `${event.length} alarms of ${of}`;
}
const NAMED = 4;

/** The most urgent severity of an event. */
export const worstOf = (event: readonly Fired[]): string | null =>
  event.reduce<string | null>(
    (worst, { severity }) => (urgency(severity) < urgency(worst) ? severity : worst),
    null,
  );
