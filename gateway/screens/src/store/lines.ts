// Small lines of how indices went, asked for as rows come into sight, few at a time, and kept.

import { signal } from "@preact/signals";
import { ApiError, get } from "@/api/client";
import { knownUntil } from "./market";

const AT_ONCE = 3; // questions about the past; the first one alone, which tells whether there is any
const POINTS = 60;
const FRESH = 60_000; // ms for which a line stands; its end follows the level anyway
const BEAT = 10_000; // ms between two looks at which of the lines that are kept are no longer fresh
const REST = 120; // ms that the rows in sight stay the same before lines are asked for
const TOGETHER = 200; // ms over which lines that come are shown at once
const AGAIN = 5_000; // ms until one that did not come is asked for again

/** Counts lines that came. */
export const linesChanged = signal(0);

interface Line {
  values: (number | null)[];
  /** Of its period the share that it covers. */
  share: number;
  /** When the step of the last value ends (ms), if it had not when the line came. */
  openUntil: number;
  at: number;
}

type Past = Omit<Line, "at">;

const NO_LINE: Past = { values: [], share: 1, openUntil: 0 };
const lines = new Map<string, Line>();
const waiting = new Map<string, { index: string; period: string }>();
let asking = 0;
let rest: ReturnType<typeof setTimeout> | undefined;
let hasPast: boolean | null = null;

const HOUR = 3600;
const DAY = 24 * HOUR;
/** Seconds of a period that has a fixed length. */
const LENGTHS: Record<string, number> = {
  "1h": HOUR,
  "1d": DAY,
  "7d": 7 * DAY,
  "30d": 30 * DAY,
  "90d": 90 * DAY,
  "1y": 365 * DAY,
  "3y": 3 * 365 * DAY,
  "5y": 5 * 365 * DAY,
};

/** Since when (ms) a period is, null for all that there is. */
export function periodStart(period: string, now: number): number | null {
  const at = new Date(now);
  const [year, month] = [at.getUTCFullYear(), at.getUTCMonth()];
  if (period === "mtd") return Date.UTC(year, month);
  if (period === "qtd") return Date.UTC(year, month - (month % 3));
  if (period === "ytd") return Date.UTC(year, 0);
  const length = LENGTHS[period];
  return length === undefined ? null : now - length * 1000;
}

/** A step of which `points` make a time of so many seconds, as the history takes it. */
export function stepFor(seconds: number, points: number): string {
  const wanted = seconds / points;
  if (wanted < HOUR) return `${Math.max(Math.ceil(wanted / 60), 1)}m`;
  if (wanted < DAY) return `${Math.ceil(wanted / HOUR)}h`;
  return `${Math.min(Math.ceil(wanted / DAY), 99_999)}d`;
}

/** The line of an index over a period, as far as it is here, up to its level now. */
export function lineOf(index: string, period: string, level: number | null): (number | null)[] {
  const { values, openUntil } = lines.get(`${period} ${index}`) ?? NO_LINE;
  return upTo(values, level, knownUntil(index) < openUntil);
}

/** A line that goes on to the level now: in the step of its last value, while that lasts, so that
 * its end stays where it is when the line comes again. */
export const upTo = (
  values: readonly (number | null)[],
  level: number | null,
  isOpen: boolean,
): (number | null)[] => [...(isOpen && level !== null ? values.slice(0, -1) : values), level];

/** What share of its period the line covers: less than 1 for an index that is younger. */
export const shareOf = (index: string, period: string): number =>
  lines.get(`${period} ${index}`)?.share ?? 1;

/** These are in sight: ask for the lines that they lack. What waited and is no longer seen is left. */
export function wantLines(indices: readonly string[], period: string): void {
  waiting.clear();
  const now = Date.now();
  for (const index of indices) {
    const name = `${period} ${index}`;
    const held = lines.get(name);
    if (!held || held.at < now - FRESH) waiting.set(name, { index, period });
  }
  clearTimeout(rest);
  rest = setTimeout(pump, REST);
}

/** Ask for the lines of these, and again as they grow old, until what is returned is called. */
export function keepLines(indices: readonly string[], period: string): () => void {
  wantLines(indices, period);
  const beat = setInterval(() => document.hidden || wantLines(indices, period), BEAT);
  return () => clearInterval(beat);
}

function pump(): void {
  for (const [name, wanted] of waiting) {
    if (asking >= (hasPast === null ? 1 : AT_ONCE)) return;
    waiting.delete(name);
    asking++;
    void ask(name, wanted).finally(() => {
      asking--;
      pump();
    });
  }
}

let isDue = false;

function later(): void {
  if (isDue) return;
  isDue = true;
  setTimeout(() => {
    isDue = false;
    linesChanged.value++;
  }, TOGETHER);
}

async function ask(
  name: string,
  { index, period }: { index: string; period: string },
): Promise<void> {
  let found: Past = lines.get(name) ?? NO_LINE;
  let at = Date.now();
  try {
    if (hasPast === false) found = { ...NO_LINE, values: await recent(index) };
    else found = await history(index, period);
    hasPast ??= true;
  } catch (error) {
    if (error instanceof ApiError && error.kind === "no-history") {
      hasPast = false;
      waiting.set(name, { index, period });
      return;
    }
    at += AGAIN - FRESH;
  }
  lines.set(name, { ...found, at });
  later();
}

/** Of the time from `start` to `now` the share from `begin` on (ms); `start` null: all there is. */
export const shareSince = (begin: number, start: number | null, now: number): number =>
  start === null || Number.isNaN(begin) || now <= start
    ? 1
    : Math.min(Math.max((now - begin) / (now - start), 0), 1);

async function history(index: string, period: string): Promise<Past> {
  const now = knownUntil(index);
  const start = periodStart(period, now);
  const query =
    start === null
      ? { step: "7d" }
      : { from: new Date(start).toISOString(), step: stepFor((now - start) / 1000, POINTS) };
  const found = await get("/v1/indices/{index}/history", { at: { index }, query });
  if (!("close" in found.columns)) return NO_LINE;
  const { at, close } = found.columns;
  const openUntil = found.open_from === null ? 0 : Date.parse(at.at(-1) ?? "") + found.step * 1000;
  return {
    values: close as number[],
    share: shareSince(Date.parse(at[0] ?? ""), start, now),
    openUntil,
  };
}

/** Without tables there is the last quarter of an hour. */
async function recent(index: string): Promise<number[]> {
  return (await get("/v1/indices/{index}", { at: { index } })).line.level;
}
