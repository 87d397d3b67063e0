// All indices as the stream tells them: rows, levels, alerts, health. One of it for the page.

import { batch, signal } from "@preact/signals";
import type { Health, IndexRow, Message } from "@/api/types";
import { clockCame, gatewayNow } from "./clock";
import { Stream, type StreamState } from "@/stream/stream";

/** A row, with what its figures were when it came: those that follow the level start there. */
export interface Row extends IndexRow {
  since: { level: number | null; returns: Record<string, number | null> };
}

export interface Alert {
  id: string;
  episode: string;
  index: string;
  kind: string;
  rule: string;
  state: string;
  severity: string;
  at: string;
  level: number | null;
  drawdown: number | null;
  [more: string]: unknown;
}

export const rows = new Map<string, Row>();
/** Counts changes of any row, once a frame at most. */
export const changed = signal(0);
/** Counts changes of which indices there are. */
export const roster = signal(0);
/** Whether the whole came at least once. */
export const isLoaded = signal(false);
/** Whether of the first whole some rows are here and some still on their way. */
export const isArriving = signal(false);
export const connection = signal<StreamState>("connecting");
export const health = signal<Health | null>(null);
/** When (ms) the gateway was last left without a word: null while it speaks. */
export const lostAt = signal<number | null>(null);
/** Counts how often the gateway came back after it was lost. */
export const revivals = signal(0);
/** The newest time of any figure, RFC 3339. */
export const newest = signal("");
/** What the stream had to say of itself: a gap, a resync, a warning. */
export const told = signal<{ text: string; at: number } | null>(null);
/** Every alert as it arrives, for those who ring a bell. */
export const arrived = signal<readonly Alert[]>([]);
let isDue = false;
let newestSeen = { text: "", at: -Infinity };
/** When (ms, by the browser) a figure came that was newer than those before; 0: only the first. */
export const moved = { at: 0 };

/** Of more rows than this the gateway tells once a second, in several messages. */
const MANY = 500;
const TOGETHER = 100; // ms over which these messages are shown at once, and sorted once

function later(): void {
  if (isDue) return;
  isDue = true;
  // A page out of sight gets no frames, but must not grow old: a timer does for it.
  if (document.hidden) setTimeout(publish, 1000);
  else if (rows.size > MANY) setTimeout(() => requestAnimationFrame(publish), TOGETHER);
  else requestAnimationFrame(publish);
}

function publish(): void {
  isDue = false;
  batch(() => {
    newest.value = newestSeen.text;
    changed.value++;
  });
}

function saw(time: string | null): void {
  if (!time || time === newestSeen.text) return;
  // As texts "00:00:00Z" would come behind "00:00:00.5Z".
  const at = Date.parse(time);
  if (!(at > newestSeen.at)) return;
  if (isLoaded.peek()) moved.at = Date.now();
  newestSeen = { text: time, at };
}

/** Until when (ms) an index is known: now, or the time of its last figure where nothing comes. */
export function knownUntil(index: string): number {
  const at = rows.get(index)?.as_of;
  return at ? Math.min(Date.parse(at), gatewayNow()) : gatewayNow();
}

/** Take a row as it stands in the list of indices. */
function take(row: IndexRow): boolean {
  const isNew = !rows.has(row.index);
  const since = { level: row.level, returns: { ...row.returns } };
  rows.set(row.index, Object.assign(row, { since }));
  saw(row.as_of);
  return isNew;
}

/** A level is newer than the snapshot: returns and drawdown follow it, as in the gateway's rows. */
export function follow(row: Row, at: string, level: number, peak: number): void {
  const { since } = row;
  const move = since.level ? level / since.level : null;
  for (const period of Object.keys(since.returns)) {
    const base = since.returns[period] ?? null;
    if (base !== null && move !== null) row.returns[period] = (1 + base) * move - 1;
  }
  row.as_of = at;
  row.level = level;
  row.peak = peak;
  const depth = peak ? (peak - level) / peak : 0;
  row.drawdown["current"] = depth;
  const deepest = row.drawdown["max"];
  if (deepest !== null && deepest !== undefined) row.drawdown["max"] = Math.max(deepest, depth);
}

const BETWEEN = 200; // ms between two looks at rows that are on their way
let shownAt = 0;
let parts: IndexRow[] = []; // of all rows, as long as some are to come

/** A part of all rows. The first time each shows at once; later what is shown stays meanwhile. */
function takePart(found: IndexRow[], isFirst: boolean, isLast: boolean): void {
  if (isFirst) parts = [];
  for (const row of found) parts.push(row);
  const isNews = !isLoaded.peek();
  if (isNews) for (const row of found) take(row);
  if (isLast) {
    const ids = new Set(parts.map((row) => row.index));
    for (const index of rows.keys()) if (!ids.has(index)) rows.delete(index);
    if (!isNews) for (const row of parts) take(row);
    parts = [];
  }
  const isDull = !isFirst && performance.now() < shownAt + BETWEEN;
  if (!isLast && (!isNews || isDull)) return;
  shownAt = performance.now();
  batch(() => {
    isLoaded.value ||= isLast;
    isArriving.value = !isLast;
    roster.value++;
  });
}

const SPOKEN = {
  restarted: "the gateway was restarted: everything was read anew",
  other_log: "the gateway reads another log now: everything was read anew",
  too_old: "the connection was away for too long to go on: everything was read anew",
};

/** Take a message of the stream. */
export function receive(message: Message): void {
  switch (message.type) {
    case "rows": {
      if (message.whole) {
        takePart(message.rows, message.part === 1, message.part === message.parts);
      } else {
        let isNew = false;
        for (const row of message.rows) isNew = take(row) || isNew;
        if (isNew) roster.value++;
      }
      later();
      break;
    }
    case "levels": {
      for (const [index, , at, level, peak] of message.levels) {
        const row = rows.get(index);
        if (row) follow(row, at, level, peak);
        saw(at);
      }
      later();
      break;
    }
    case "retired":
      for (const index of message.indices) rows.delete(index);
      roster.value++;
      later();
      break;
    case "alerts":
      if (!message.whole) arrived.value = message.alerts as unknown as Alert[];
      break;
    case "health":
      clockCame((message as Health & { now?: string }).now);
      health.value = message;
      break;
    case "gap":
      told.value = {
        text: `the gateway left out ${message.gaps.length} updates: it was behind`,
        at: Date.now(),
      };
      break;
    case "resync":
      told.value = { text: SPOKEN[message.reason], at: Date.now() };
      break;
    case "warning":
      told.value = { text: message.detail, at: Date.now() };
      break;
  }
}

/** Follow all indices for as long as the page lives. */
export function followMarket(): void {
  new Stream(
    { view: "summary" },
    {
      message: receive,
      state: (state) => {
        batch(() => {
          connection.value = state;
          if (state === "reconnecting" || state === "refused") lostAt.value ??= Date.now();
          else if (state === "live" && lostAt.value !== null) {
            lostAt.value = null;
            revivals.value++;
          }
        });
      },
    },
  );
}
