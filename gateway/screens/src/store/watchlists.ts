// Lists of indices that the reader keeps an eye on. The browser keeps them.

import { effect, signal } from "@preact/signals";
import { keep, kept } from "./settings";

export type Watchlists = Readonly<Record<string, readonly string[]>>;

/** By name; the first one takes what is starred while none is shown. */
export const watchlists = signal<Watchlists>(kept<Watchlists>("watchlists", { Watchlist: [] }));
effect(() => keep("watchlists", watchlists.value));

const target = (shown: string): string =>
  shown in watchlists.value ? shown : (Object.keys(watchlists.value)[0] ?? "Watchlist");

/** Whether an index is on the list that is shown, or would be starred into. */
export const isWatched = (index: string, shown: string): boolean =>
  watchlists.value[target(shown)]?.includes(index) ?? false;

/** Put an index on a list, or take it off. */
export function toggleWatched(index: string, shown: string): void {
  const name = target(shown);
  const held = watchlists.value[name] ?? [];
  const next = held.includes(index) ? held.filter((one) => one !== index) : [...held, index];
  watchlists.value = { ...watchlists.value, [name]: next };
}

export function addWatchlist(name: string): void {
  if (name && !(name in watchlists.value)) watchlists.value = { ...watchlists.value, [name]: [] };
}

export function removeWatchlist(name: string): void {
  const rest = Object.entries(watchlists.value).filter(([list]) => list !== name);
  watchlists.value = rest.length ? Object.fromEntries(rest) : { Watchlist: [] };
}
