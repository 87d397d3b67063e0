// The stream of the gateway: connects for ever, goes on from where it was, says how it stands.

import { visits } from "@/api/key";
import type { Message } from "@/api/types";
import { openSocket } from "./socket";

const FIRST_DELAY = 500; // ms
const LONGEST_DELAY = 15_000;
const SILENCE = 8_000; // health comes every 2 s: after four that are missing, nobody is there

/** `catching_up`: connected, and what was missed is on its way. `refused`: a key is needed. */
export type StreamState = "connecting" | "catching_up" | "live" | "reconnecting" | "refused";

export interface StreamQuery {
  /** snapshots, rows, levels, figures, alerts, or summary for rows, levels and alerts. */
  view: string;
  indices?: string[];
  /** Paths of a snapshot, with the view `figures`. */
  figures?: string[];
  /** Seconds between two updates. */
  every?: number;
}

export interface StreamHandlers {
  message(message: Message): void;
  state?(state: StreamState): void;
}

/** A connection to the gateway: `received` is called for each message, `ended` once, when it is over. */
export interface Link {
  close(): void;
}
export interface LinkHandlers {
  received(message: Message): void;
  ended(why: "lost" | "refused" | "unfit"): void;
}

/** Follow the stream until `close()`. */
export class Stream {
  private link: Link | null = null;
  private retry: ReturnType<typeof setTimeout> | null = null;
  private watchdog: ReturnType<typeof setTimeout> | null = null;
  private delay = FIRST_DELAY;
  private cursor: string | null = null;
  private heard = false;
  private state: StreamState | null = null;
  private readonly stops: (() => void)[] = [];

  constructor(
    private readonly query: StreamQuery,
    private readonly on: StreamHandlers,
  ) {
    this.tell("connecting");
    this.connect();
    const hurry = () => document.hidden || this.hurry();
    addEventListener("online", hurry);
    document.addEventListener("visibilitychange", hurry);
    let isFirst = true;
    const unfollow = visits.subscribe(() => {
      if (!isFirst) this.again(); // another key: another right to look
      isFirst = false;
    });
    this.stops.push(
      () => removeEventListener("online", hurry),
      () => document.removeEventListener("visibilitychange", hurry),
      unfollow,
    );
  }

  /** Leave. */
  close(): void {
    for (const stop of this.stops) stop();
    this.end();
  }

  private address(): string {
    const { view, indices, figures, every } = this.query;
    const asked = new URLSearchParams({ view });
    if (indices) asked.set("indices", indices.join(","));
    if (figures?.length) asked.set("figures", figures.join(","));
    if (every) asked.set("every", String(every));
    if (this.cursor) asked.set("cursor", this.cursor);
    return asked.toString();
  }

  private connect(): void {
    this.retry = null;
    this.heard = false;
    this.watch();
    this.link = openSocket(this.address(), {
      received: (message) => this.take(message),
      ended: (why) => this.lost(why),
    });
  }

  private take(message: Message): void {
    this.watch();
    this.delay = FIRST_DELAY; // only data proves that the server is well
    this.heard = true;
    if ("cursor" in message && message.cursor) this.cursor = message.cursor;
    if (message.type === "resync") this.tell("catching_up");
    else if (this.isCaughtUp(message)) this.tell("live");
    else if (this.state !== "live") this.tell("catching_up");
    this.on.message(message);
  }

  /** Whether what comes behind this message is of now: the beat, or the last part of a whole. */
  private isCaughtUp(message: Message): boolean {
    if (message.type === "health" || message.type === "levels") return true;
    return message.type === "rows" && (!message.whole || message.part === message.parts);
  }

  private watch(): void {
    if (this.watchdog !== null) clearTimeout(this.watchdog);
    // A half-open connection closes by itself only after minutes.
    this.watchdog = setTimeout(() => this.lost("lost"), SILENCE);
  }

  private lost(why: "lost" | "refused" | "unfit"): void {
    this.end();
    // What is refused before a word came may be refused for its cursor: the whole always comes.
    if (why === "unfit" || !this.heard) this.cursor = null;
    if (why === "refused") {
      this.tell("refused");
      return;
    }
    this.tell("reconnecting");
    // Full jitter: a thousand pages do not come back in the same instant.
    this.retry = setTimeout(() => this.connect(), this.delay * (0.2 + 0.8 * Math.random()));
    this.delay = Math.min(this.delay * 2, LONGEST_DELAY);
  }

  private end(): void {
    if (this.watchdog !== null) clearTimeout(this.watchdog);
    if (this.retry !== null) clearTimeout(this.retry);
    this.watchdog = this.retry = null;
    this.link?.close();
    this.link = null;
  }

  private again(): void {
    this.end();
    this.cursor = null;
    this.delay = FIRST_DELAY;
    this.tell("connecting");
    this.connect();
  }

  /** Try now, if waiting: the network or the reader is back. */
  private hurry(): void {
    if (this.retry === null) return;
    clearTimeout(this.retry);
    this.connect();
  }

  private tell(state: StreamState): void {
    if (state === this.state) return;
    this.state = state;
    this.on.state?.(state);
  }
}
