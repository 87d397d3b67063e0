// Why it rang: one sentence, what each asset brought to it as bars, and whose prices these were.

import type { Episode } from "@/api/types";
import { shown } from "@/format/figure";
import { change, money, percent } from "@/format/numbers";
import { alertWords, leftOut, words } from "@/format/words";
import { labelNamed } from "@/api/definitions";
import { zone } from "@/store/settings";
import { figureName, valueText } from "./words";

type Alert = NonNullable<Episode["firing"]>;
type Reasons = NonNullable<Alert["because"]>;

export function Because({ episode }: { episode: Episode }) {
  const alert = episode.firing ?? episode.resolved;
  if (!alert) return null;
  const because = alert.because;
  return (
    <section class="because" aria-label="Why it rang">
      <h3>Why it rang</h3>
      {because?.words && <p class="alert-words">{alertWords(because.words)}</p>}
      {alert.disputed && (
        <p class="notice" data-tone="">
          The venues disagreed about it when it rang.
        </p>
      )}
      {because?.contributions && <Contributions of={because.contributions} />}
      {because?.drawdown_bounds && <Bounds of={because.drawdown_bounds} />}
      {because?.figure && because.value !== undefined && <Limit because={because} />}
      {alert.evidence && alert.kind === "target" && (
        <Limit
          because={{
            figure: episode.figure,
            value: alert.evidence["value"] as number,
            limit: alert.evidence["target"] as number,
          }}
        />
      )}
      {alert.evidence && alert.kind !== "target" && <Evidence of={alert.evidence} />}
      {because?.clusters && <Clusters of={because.clusters} />}
      {because?.sources && <Sources of={because.sources} />}
      {!because && !alert.evidence && <p class="muted">The alarm says nothing more.</p>}
    </section>
  );
}

/** What each asset brought to the fall; the bars share one scale, zero in its place. */
function Contributions({ of }: { of: Record<string, number> }) {
  const found = Object.entries(of).sort(([, a], [, b]) => a - b);
  const low = Math.min(0, ...found.map(([, part]) => part));
  const high = Math.max(0, ...found.map(([, part]) => part));
  const range = high - low || 1;
  const sum = found.reduce((total, [, part]) => total + part, 0);
  return (
    <table class="bars">
      <caption class="muted">What each asset brought to it, since the peak</caption>
      <tbody>
        {found.map(([asset, part]) => (
          <tr key={asset}>
            <th scope="row">{asset}</th>
            <td class="bar" aria-hidden="true">
              <i
                class={part < 0 ? "is-loss" : "is-gain"}
                style={{
                  left: `${((Math.min(part, 0) - low) / range) * 100}%`,
                  width: `${(Math.abs(part) / range) * 100}%`,
                }}
              />
            </td>
            <td class="number">{change(part)}</td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">together</th>
          <td />
          <td class="number">
            <b>{change(sum)}</b>
          </td>
        </tr>
      </tfoot>
    </table>
  );
}

function Bounds({ of }: { of: { low: number | null; high: number | null } }) {
  const said =
    of.high === null
      ? "Trades are missing: how deep it truly was is not known."
      : `Trades are missing: truly it was between ${percent(of.low)} and ${percent(of.high)} deep.`;
  return <p class="muted">{said}</p>;
}

/** A figure against its limit, on one scale from zero. */
function Limit({ because }: { because: Reasons }) {
  const { figure, value, limit } = because;
  const path = figure ?? "";
  const numbers = typeof value === "number" && typeof limit === "number";
  const most = numbers ? Math.max(Math.abs(value), Math.abs(limit)) || 1 : 1;
  const rows = [
    ["value", value],
    ["limit", limit],
  ] as const;
  return (
    <table class="bars">
      <caption class="muted">{figureName(path)}</caption>
      <tbody>
        {rows.map(([name, found]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td class="bar" aria-hidden="true">
              {numbers && typeof found === "number" && (
                <i
                  class={name === "value" ? "is-loss" : "is-limit"}
                  style={{ left: "0", width: `${(Math.abs(found) / most) * 100}%` }}
                />
              )}
            </td>
            <td class="number">{valueText(path, found)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Evidence({ of }: { of: Record<string, unknown> }) {
  const found = Object.entries(of);
  if (!found.length) return null;
  return (
    <dl class="facts">
      {found.map(([name, value]) => [
        <dt key={name}>{labelNamed(name)}</dt>,
        <dd key={`${name}:`}>{text(name, value)}</dd>,
      ])}
    </dl>
  );
}

const SHARES = /weight|target$|off$|volatility|return|share|alpha/;

const text = (name: string, value: unknown): string =>
  typeof value === "number" && SHARES.test(name)
    ? percent(value)
    : shown(undefined, value, zone.value);

function Clusters({ of }: { of: NonNullable<Reasons["clusters"]> }) {
  return (
    <table class="table">
      <caption class="muted">Where the venues disagreed</caption>
      <thead>
        <tr>
          <th>Asset</th>
          <th>Sources</th>
          <th class="number">Price</th>
          <th class="number">Volume</th>
          <th class="number">Level by it</th>
        </tr>
      </thead>
      <tbody>
        {Object.entries(of).flatMap(([asset, clusters]) =>
          clusters.map((one, n) => (
            <tr key={`${asset} ${n}`}>
              <th scope="row">{n ? "" : asset}</th>
              <td>{one.sources?.join(", ")}</td>
              <td class="number">{money(one.price)}</td>
              <td class="number">{percent(one.share)}</td>
              <td class="number">{money(one.level)}</td>
            </tr>
          )),
        )}
      </tbody>
    </table>
  );
}

function Sources({ of }: { of: NonNullable<Reasons["sources"]> }) {
  return (
    <details>
      <summary>Whose prices these were</summary>
      <div class="scroll">
        <table class="table">
          <thead>
            <tr>
              <th>Asset</th>
              <th class="number">Price</th>
              <th class="number">Weight</th>
              <th>Used</th>
              <th>Left out</th>
            </tr>
          </thead>
          <tbody>
            {Object.entries(of).map(([asset, one]) => (
              <tr key={asset}>
                <th scope="row">{asset}</th>
                <td class="number">{money(one.price)}</td>
                <td class="number">{percent(one.weight)}</td>
                <td>{one.used?.join(", ") || "–"}</td>
                <td>
                  {Object.entries(one.left_out ?? {}).map(([source, why]) => (
                    <div key={source} title={leftOut(why)}>
                      {source} <span class="muted">{words(why)}</span>
                    </div>
                  ))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
