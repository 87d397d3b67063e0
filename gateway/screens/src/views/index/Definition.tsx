// How an index is made, and what proves what was published of it.

import { definitions } from "@/api/definitions";
import type { IndexWhole, Snapshot } from "@/api/types";
import { duration, percent } from "@/format/numbers";
import { moment } from "@/format/time";
import { Panel } from "@/parts/parts";
import { zone } from "@/store/settings";

/** These have a form or a place of their own. */
const SHOWN = ["name", "weights", "weighting", "change"];

/** Settings whose names say that they are lengths in ns. */
const isLength = (name: string): boolean => /interval|half_life|window|age/.test(name);

export function Definition({
  whole,
  snapshot,
}: {
  whole: IndexWhole | null;
  snapshot: Snapshot | null;
}) {
  const definition = whole?.definition;
  if (!definition) return null;
  const { weights = {}, weighting, change: changes = [] } = definition;
  const settings = Object.entries(definition).filter(
    ([name, value]) => !SHOWN.includes(name) && !isEmpty(value),
  );
  const method = definitions.value?.methods[weighting ?? ""]?.words ?? weighting ?? "";
  const receipt = snapshot?.receipt;
  return (
    <Panel
      title="How it is made"
      aside={<span class="muted">in force since {moment(whole?.since, zone.value)}</span>}
    >
      <div class="card-body">
        <dl class="figures">
          <div>
            <dt>Weighting</dt>
            <dd>{method}</dd>
          </div>
          {Object.entries(weights).map(([asset, weight]) => (
            <div key={asset}>
              <dt>{asset}</dt>
              <dd>{percent(weight)}</dd>
            </div>
          ))}
          {settings.map(([setting, value]) => (
            <div key={setting}>
              <dt>{setting.replaceAll("_", " ")}</dt>
              <dd>
                {typeof value === "number" && isLength(setting)
                  ? duration(value / 1e9)
                  : told(value)}
              </dd>
            </div>
          ))}
          {changes.map((one) => (
            <div key={one.at}>
              <dt>change at {moment(one.at, zone.value)}</dt>
              <dd>
                {[
                  ...one.add.map((asset) => `+${asset}`),
                  ...one.remove.map((asset) => `−${asset}`),
                ].join(" ")}
              </dd>
            </div>
          ))}
        </dl>
        {receipt && (
          <p class="muted receipt">
            Receipt: {receipt.topic} {receipt.partition}@{receipt.offset}, engine {receipt.engine},
            definition <code>{whole?.sha256?.slice(0, 16)}</code>
          </p>
        )}
      </div>
    </Panel>
  );
}

const isEmpty = (value: unknown): boolean =>
  value === null ||
  value === undefined ||
  (Array.isArray(value) && !value.length) ||
  (typeof value === "object" && value !== null && !Object.keys(value).length);

function told(value: unknown): string {
  if (Array.isArray(value)) return value.map(told).join(", ");
  if (typeof value === "object" && value !== null) {
    return Object.entries(value)
      .map(([name, one]) => `${name.replaceAll("_", " ")} ${told(one)}`)
      .join(" · ");
  }
  return String(value);
}
