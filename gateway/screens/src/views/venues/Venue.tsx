// A venue at a glance: how it is heard, what it prices, what is missing of it.

import { duration } from "@/format/numbers";
import { words } from "@/format/words";
import { Pill, type PillTone } from "@/parts/parts";
import { href } from "@/router/router";
import { now } from "@/store/clock";
import type { VenueTold } from "./Venues";

const TONES: Record<string, PillTone> = {
  live: "gain",
  silent: "warn",
  waiting: "loss",
  stopped: "loss",
  connecting: "accent",
  subscribing: "accent",
};
const MEANINGS: Record<string, string> = {
  live: "trades come",
  silent: "connected, and no trade for half a minute",
  waiting: "not connected; it is tried again soon",
  stopped: "not connected, and not tried again",
  connecting: "on the way",
  subscribing: "connected, symbols are asked for",
};
const count = (n: number): string => n.toLocaleString("en");

export function Venue({ venue, isChosen }: { venue: VenueTold; isChosen: boolean }) {
  const { feed } = venue;
  const silence = feed?.last ? Math.max(now.value - Date.parse(feed.last), 0) / 1000 : null;
  const state = feed?.state ?? null;
  return (
    <li class="card venue-card" data-state={state ?? "unheard"}>
      <div class="card-head">
        <h2>{words(venue.venue)}</h2>
        {state && (
          <Pill
            tone={TONES[state] ?? ""}
            title={MEANINGS[state]}
            hasDot
            isBusy={state === "connecting"}
          >
            {state}
          </Pill>
        )}
        {feed && (
          <a
            class="button is-plain aside"
            href={href("venues", { venue: isChosen ? null : venue.venue })}
            aria-current={isChosen ? "true" : undefined}
          >
            {feed.symbols.length} symbols
          </a>
        )}
      </div>
      <dl class="venue-facts">
        <div>
          <dt>last trade</dt>
          <dd class={state === "live" ? "" : "loss"}>
            {feed ? (silence === null ? "none yet" : `${duration(silence)} ago`) : "–"}
          </dd>
        </div>
        <div>
          <dt>prices</dt>
          <dd>{plural(venue.used.length, "asset")}</dd>
        </div>
        <div>
          <dt>left out</dt>
          <dd title={venue.excluded.map((one) => `${one.source}: ${words(one.reason)}`).join("\n")}>
            {venue.excluded.length || "none"}
          </dd>
        </div>
        {feed && (
          <>
            <div>
              <dt>trades</dt>
              <dd>{count(feed.trades)}</dd>
            </div>
            <div>
              <dt>open gaps</dt>
              <dd>{count(feed.gaps)}</dd>
            </div>
            <div>
              <dt>filled</dt>
              <dd>{filled(feed.backfill)}</dd>
            </div>
            <div>
              <dt>reconnects</dt>
              <dd>{count(feed.reconnects)}</dd>
            </div>
            <div>
              <dt>stalls</dt>
              <dd>{count(feed.stalls)}</dd>
            </div>
            <div>
              <dt>unreadable</dt>
              <dd>{count(feed.malformed)}</dd>
            </div>
          </>
        )}
      </dl>
      {feed?.last_error && <p class="venue-error loss">{feed.last_error}</p>}
    </li>
  );
}

const plural = (n: number, word: string): string => `${n} ${word}${n === 1 ? "" : "s"}`;

function filled(backfill: NonNullable<VenueTold["feed"]>["backfill"]): string {
  if (!backfill) return "no history";
  const { filled: done, gaps, waiting, failed } = backfill;
  const rest = [waiting && `${waiting} waiting`, failed && `${failed} failed`].filter(Boolean);
  return [`${done} of ${gaps}`, ...rest].join(", ");
}
