// Whose prices these are: how each venue is heard, who prices what, who is left out and why.

import { get } from "@/api/client";
import type { components } from "@/api/rest";
import { duration } from "@/format/numbers";
import { ErrorNote } from "@/parts/ErrorNote";
import { Empty, Loading, Panel } from "@/parts/parts";
import { href, parameter } from "@/router/router";
import { useResource } from "@/store/resource";
import { Matrix } from "./Matrix";
import { Venue } from "./Venue";
import { VenueSymbols } from "./VenueSymbols";
import "./venues.css";

export type Told = components["schemas"]["Venues"];
export type VenueTold = Told["venues"][number];

const EVERY = 2000; // ms

export default function Venues() {
  const { data, error, again } = useResource(
    "venues",
    (signal) => get("/v1/venues", { signal }),
    EVERY,
  );
  const chosen = parameter("venue");
  if (error && !data) return <ErrorNote error={error} again={again} />;
  if (!data) return <Loading height={320} label="loading the venues" />;
  if (!data.venues.length) {
    return (
      <Empty title="No venue prices anything yet">
        <code>tidegauge up --venues binance,kraken</code> hears two of them.
      </Empty>
    );
  }
  const venue = data.venues.find((one) => one.venue === chosen);
  return (
    <div class="venues">
      <h1 class="hidden">Venues</h1>
      {!data.heard_here && (
        <p class="notice" data-tone="accent" role="status">
          Another process hears the venues: silences, gaps and backfills are in its own figures (
          <code>tidegauge connect --port</code>). Who prices what is known here all the same.
        </p>
      )}
      <ul class="venue-cards" aria-label="Venues">
        {[...data.venues].sort(byTrouble).map((one) => (
          <Venue key={one.venue} venue={one} isChosen={one === venue} />
        ))}
      </ul>
      {venue?.feed && <VenueSymbols venue={venue} />}
      <Matrix told={data} />
      <Gaps of={data.gaps} />
    </div>
  );
}

const TROUBLE = ["stopped", "waiting", "silent", "connecting", "subscribing", "live"];

/** What is not well first, then by name. */
function byTrouble(a: VenueTold, b: VenueTold): number {
  const [x, y] = [
    TROUBLE.indexOf(a.feed?.state ?? "live"),
    TROUBLE.indexOf(b.feed?.state ?? "live"),
  ];
  return x - y || (a.venue < b.venue ? -1 : 1);
}

/** Of which indices trades are missing. */
function Gaps({ of }: { of: Told["gaps"] }) {
  return (
    <Panel title="Missing trades within a day">
      {of.length ? (
        <div class="scroll">
          <table class="table">
            <thead>
              <tr>
                <th>Index</th>
                <th class="number">Time with missing trades</th>
                <th class="number">Gaps filled afterwards</th>
                <th class="number">Trades filled in</th>
              </tr>
            </thead>
            <tbody>
              {of.map((one) => (
                <tr key={one.index}>
                  <th scope="row">
                    <a href={href("index", { id: one.index })}>{one.index}</a>
                  </th>
                  <td class="number">{duration(one.gap_seconds_24h)}</td>
                  <td class="number">{one.backfilled_gaps_24h}</td>
                  <td class="number">{one.backfilled_trades_24h.toLocaleString("en")}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : (
        <Empty title="None that is known" />
      )}
    </Panel>
  );
}
