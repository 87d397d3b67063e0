// What the gateway says of figures: which there are, what they are called, how they are shown, and
// why one is undefined. No list of figures stands anywhere in these screens.

import { signal } from "@preact/signals";
import { ApiError, get } from "./client";
import { visits } from "./key";
import type { Card, Definitions } from "./types";

const RETRY = 1000; // ms

/** Null until they are here. */
export const definitions = signal<Definitions | null>(null);
/** How each index is made, once a view wanted it: of ten thousand that is megabytes. */
export const definedIndices = signal<Definitions["indices"] | null>(null);
let isAsked = false;

/** A view needs to know how all indices are made: ask, again whenever other indices are there. */
export function wantIndices(): void {
  if (isAsked) return;
  isAsked = true;
  get("/v1/definitions")
    .then(
      ({ indices }) => (definedIndices.value = indices),
      () => undefined, // it is asked again with the next index that comes, or the next view
    )
    .finally(() => (isAsked = false));
}

let patterns: [RegExp, Card][] = [];
const known = new Map<string, Card | null>();

/** Take definitions: those of the gateway, or those that a report carries in itself. */
export function takeDefinitions(found: Definitions): void {
  patterns = cards(found).map((card) => [
    new RegExp(`^${card.path.replaceAll(".", "\\.").replaceAll("*", "[^.]+?")}$`),
    card,
  ]);
  known.clear();
  definitions.value = found;
}

/** Ask for the definitions until they come. */
export async function loadDefinitions(): Promise<void> {
  for (;;) {
    try {
      takeDefinitions(await get("/v1/definitions", { query: { indices: false } }));
      return;
    } catch (error) {
      const keyless = error instanceof ApiError && error.isKeyless;
      await (keyless ? keyChanged() : new Promise((later) => setTimeout(later, RETRY)));
    }
  }
}

function keyChanged(): Promise<void> {
  return new Promise((resolve) => {
    const before = visits.value;
    const stop = visits.subscribe((now) => {
      if (now === before) return;
      queueMicrotask(() => stop());
      resolve();
    });
  });
}

/** All cards of figures that stand at a path, in their order. */
export function cards(found: Definitions | null = definitions.value): Card[] {
  return Object.values(found?.metrics ?? {})
    .filter((card) => !card.path.includes(":"))
    .sort((a, b) => a.order - b.order);
}

/** The card of the figure at a path; null where there is none. */
export function cardAt(path: string): Card | null {
  const held = known.get(path);
  if (held !== undefined) return held;
  const found = patterns.find(([pattern]) => pattern.test(path))?.[1] ?? null;
  if (patterns.length) known.set(path, found);
  return found;
}

/** The card of the figure that a target, a rule or an alert names. */
export function cardNamed(name: string): Card | null {
  return (
    cardAt(name) ??
    patterns.find(
      ([, { path, target, better }]) => better && (target ?? path.split(".").at(-1)) === name,
    )?.[1] ??
    null
  );
}

const spoken = (name: string): string =>
  name.replaceAll("_", " ").replace(/^[a-z]/, (c) => c.toUpperCase());

/** A figure's name as people read it: that of its card, else its own in words. */
export function label(path: string): string {
  const card = cardAt(path);
  const last = path.split(".").at(-1) ?? path;
  if (!card) return spoken(last);
  return card.label === "*" ? last : card.label;
}

/** The name of the figure that a target, a rule or an alert names. */
export const labelNamed = (name: string): string => {
  const card = cardNamed(name);
  return card && card.label !== "*" ? card.label : spoken(name.split(".").at(-1) ?? name);
};

/** Why a figure is null, in words. */
export const reason = (code: string | null | undefined): string =>
  code ? (definitions.value?.reasons[code] ?? spoken(code).toLowerCase()) : "no figure yet";

/** Why the figure at a path is null: its own reason, or that of a group it stands in. */
export function reasonAt(
  undefinedPaths: Record<string, string> | null | undefined,
  path: string,
): string {
  for (let at = path; at; at = at.includes(".") ? at.slice(0, at.lastIndexOf(".")) : "") {
    const found = undefinedPaths?.[at];
    if (found) return reason(found);
  }
  return reason(null);
}

/** The figure of a snapshot, or of a row, at a path; undefined where nothing stands there. */
export function figureAt(found: unknown, path: string): unknown {
  let value = found;
  for (const name of path.split(".")) {
    if (value === null || typeof value !== "object") return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}
