// Which tiles are on the wall, and when.

import { isUnattended, urgency, type Firing } from "@/store/episodes";

const LEAST_WIDTH = 0.24; // of the screen's width: narrower tiles cannot be read from five metres
const MOST = 30;
const ROOM = 0.8; // of the height is for tiles
const SHAPE = 1.7; // a tile is so much wider than high

/** How many tiles are shown at once: as asked for, else as many as can be read. */
export function tilesFor(asked: number, width: number, height: number): number {
  if (asked >= 1) return Math.min(Math.floor(asked), MOST);
  return width < height ? 6 : Math.floor(1 / LEAST_WIDTH) * 3;
}

/** In how many columns so many tiles stand best: of a good shape, and with few empty places. */
export function columnsFor(tiles: number, width: number, height: number): number {
  let [best, least] = [1, Infinity];
  for (let columns = 1; columns <= tiles; columns++) {
    const lines = Math.ceil(tiles / columns);
    const shape = width / columns / ((height * ROOM) / lines);
    const cost = Math.abs(Math.log(shape / SHAPE)) + (columns * lines - tiles) / tiles;
    if (cost < least) [best, least] = [columns, cost];
  }
  return best;
}

/** By index the worst severity that fires there; warning signs and what somebody has taken on or
 * silenced colour nothing. */
export function worstByIndex(firing: Iterable<Firing>): Map<string, string> {
  const found = new Map<string, string>();
  for (const episode of firing) {
    const { index, severity, slow } = episode;
    if (slow || !severity || !isUnattended(episode)) continue;
    const held = found.get(index);
    if (held === undefined || urgency(severity) < urgency(held)) found.set(index, severity);
  }
  return found;
}

/**
 * Pages of tiles. Where all fit, each index keeps its place. Else those with an alarm worth a look
 * stand on every page, half of it at most, and the others take turns.
 */
export function arrange(
  indices: readonly string[],
  worst: ReadonlyMap<string, string>,
  most: number,
): string[][] {
  if (indices.length <= most) return indices.length ? [[...indices]] : [];
  const alarmed = indices
    .filter((index) => urgency(worst.get(index) ?? null) < 2)
    .sort((a, b) => urgency(worst.get(a) ?? null) - urgency(worst.get(b) ?? null));
  const kept = alarmed.slice(0, Math.floor(most / 2));
  const rest = indices.filter((index) => !kept.includes(index));
  const room = most - kept.length;
  const pages: string[][] = [];
  for (let at = 0; at < rest.length; at += room)
    pages.push([...kept, ...rest.slice(at, at + room)]);
  return pages;
}

/** The page of this time: by the clock, so that two walls show the same and sleep changes nothing. */
export const pageAt = (pages: number, now: number, every: number): number =>
  pages ? Math.floor(now / every) % pages : 0;
