// Who prices what: a row for each asset, a column for each venue, a word where one is left out.

import { leftOut, words } from "@/format/words";
import { Panel } from "@/parts/parts";
import { change, parameter } from "@/router/router";
import type { Told } from "./Venues";

const MOST = 200;
const venueOf = (source: string): string => source.split(":")[0] ?? source;

export function Matrix({ told }: { told: Told }) {
  const venues = told.venues.map((one) => one.venue);
  const search = parameter("asset").toUpperCase();
  const found = told.assets.filter((one) => (one.asset ?? "").toUpperCase().includes(search));
  const thin = told.assets.filter((one) => one.asset && one.used.length === 1).length;
  return (
    <Panel
      title="Who prices what"
      aside={
        <>
          <input
            class="field"
            type="search"
            placeholder="Asset"
            aria-label="Search assets"
            value={parameter("asset")}
            onInput={(event) => change({ asset: event.currentTarget.value })}
          />
          <span class="muted aside">
            {told.assets.length} assets{thin > 0 && `, ${thin} of one source alone`}
          </span>
        </>
      }
    >
      <div class="scroll">
        <table class="table matrix">
          <thead>
            <tr>
              <th>Asset</th>
              {venues.map((venue) => (
                <th key={venue}>{words(venue)}</th>
              ))}
              <th class="number">Sources</th>
              <th class="number">Indices</th>
            </tr>
          </thead>
          <tbody>
            {found.slice(0, MOST).map((one) => (
              <tr key={one.asset ?? ""}>
                <th scope="row">{one.asset ?? "not known"}</th>
                {venues.map((venue) => (
                  <td key={venue}>
                    <Cell asset={one} venue={venue} />
                  </td>
                ))}
                <td class={one.used.length < 2 ? "number loss" : "number"}>
                  {one.used.length}
                  {one.used.length === 1 && " alone"}
                </td>
                <td class="number">{one.indices}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {found.length > MOST && (
        <p class="card-body muted">and {found.length - MOST} more; search for an asset</p>
      )}
    </Panel>
  );
}

function Cell({ asset, venue }: { asset: Told["assets"][number]; venue: string }) {
  const used = asset.used.filter((source) => venueOf(source) === venue);
  const excluded = asset.excluded.filter((one) => venueOf(one.source) === venue);
  if (!used.length && !excluded.length)
    return (
      <span class="none" aria-label="none">
        ·
      </span>
    );
  return (
    <>
      {used.length > 0 && (
        <span class="used" title={used.join(", ")}>
          <span aria-hidden="true">●</span> used{used.length > 1 && ` ×${used.length}`}
        </span>
      )}
      {excluded.map((one) => (
        <span class="left-out" key={one.source} title={`${one.source}: ${leftOut(one.reason)}`}>
          <span aria-hidden="true">○</span> {words(one.reason)}
        </span>
      ))}
    </>
  );
}
