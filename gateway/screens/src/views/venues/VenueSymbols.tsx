// How each symbol of a venue is heard.

import { duration } from "@/format/numbers";
import { moment, shortMoment } from "@/format/time";
import { words } from "@/format/words";
import { Panel, Pill } from "@/parts/parts";
import { change } from "@/router/router";
import { gatewayNow, now } from "@/store/clock";
import { zone } from "@/store/settings";
import type { VenueTold } from "./Venues";

const TONES = { accepted: "gain", asked: "accent", refused: "loss" } as const;

export function VenueSymbols({ venue }: { venue: VenueTold }) {
  const symbols = venue.feed?.symbols ?? [];
  return (
    <Panel
      title={`Symbols of ${words(venue.venue)}`}
      aside={
        <button type="button" class="button is-plain aside" onClick={() => change({ venue: null })}>
          ✕<span class="hidden"> close</span>
        </button>
      }
    >
      <div class="scroll">
        <table class="table">
          <thead>
            <tr>
              <th>Symbol</th>
              <th>Prices</th>
              <th>Subscription</th>
              <th class="number">Last trade</th>
              <th class="number">Trades</th>
              <th>Stalls</th>
              <th>Open gaps of the last day</th>
            </tr>
          </thead>
          <tbody>
            {symbols.map((one) => (
              <tr key={one.symbol}>
                <th scope="row">{one.symbol}</th>
                <td>{one.asset ? `${one.asset} in ${one.quote}` : "–"}</td>
                <td>
                  <Pill tone={TONES[one.state]} hasDot>
                    {one.state}
                  </Pill>{" "}
                  {one.reason}
                </td>
                <td class="number">
                  {one.last
                    ? `${duration(Math.max(now.value - Date.parse(one.last), 0) / 1000)} ago`
                    : "none yet"}
                </td>
                <td class="number">{one.trades.toLocaleString("en")}</td>
                <td>{one.last_stall ?? (one.stalls || "none")}</td>
                <td>
                  {one.gaps_open ? (
                    <span
                      title={one.gaps
                        .map((gap) => `${moment(gap.from, zone.value)}: ${duration(gap.seconds)}`)
                        .join("\n")}
                    >
                      {one.gaps_open}, the last at{" "}
                      {shortMoment(one.gaps.at(-1)?.from, zone.value, gatewayNow())} for{" "}
                      {duration(one.gaps.at(-1)?.seconds)}
                    </span>
                  ) : (
                    "none"
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
