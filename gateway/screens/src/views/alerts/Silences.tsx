// What is quiet, until when, who wanted it and why.

import { useState } from "preact/hooks";
import { get, send } from "@/api/client";
import { duration } from "@/format/numbers";
import { moment } from "@/format/time";
import { ErrorNote } from "@/parts/ErrorNote";
import { Empty, Loading, Panel, Pill } from "@/parts/parts";
import { now } from "@/store/clock";
import type { Silence } from "@/store/episodes";
import { useResource } from "@/store/resource";
import { zone } from "@/store/settings";
import { useAction } from "./action";
import { SilenceForm } from "./SilenceForm";

const TONES = { active: "accent", pending: "", over: "" } as const;

export function Silences() {
  const [past, setPast] = useState(false);
  const { data, error, again } = useResource(
    `silences ${past}`,
    (signal) => get("/v1/silences", { query: { past }, signal }),
    5000,
  );
  return (
    <div class="alerts-list two">
      <Panel
        title="Silences"
        aside={
          <label class="check aside">
            <input type="checkbox" checked={past} onChange={() => setPast(!past)} /> past ones too
          </label>
        }
      >
        {error && !data && <ErrorNote error={error} again={again} />}
        {!data && !error && <Loading />}
        {data && !data.silences.length && (
          <Empty title="Nothing is silenced">Every alert is told to whom its route says.</Empty>
        )}
        {data && data.silences.length > 0 && (
          <ul class="silences">
            {data.silences.map((one) => (
              <Row key={one.id} silence={one} done={again} />
            ))}
          </ul>
        )}
      </Panel>
      <SilenceForm done={again} />
    </div>
  );
}

/** "index TOP*, DEFI · severity info" */
export function meant(match: Silence["match"]): string {
  const found = (["index", "rule", "kind", "severity"] as const)
    .map((field) => [field, match[field] ?? []] as const)
    .filter(([, patterns]) => patterns.length)
    .map(([field, patterns]) => `${field} ${patterns.join(", ")}`);
  return found.join(" · ") || "every alert";
}

function Row({ silence, done }: { silence: Silence; done: () => void }) {
  const action = useAction();
  const left = (Date.parse(silence.until) - now.value) / 1000;
  const end = async () => {
    const at = { silence: silence.id };
    if (await action.run(() => send("delete", "/v1/silences/{silence}", undefined, { at }))) done();
  };
  return (
    <li>
      <Pill tone={TONES[silence.state]}>{silence.state}</Pill>
      <span class="what">
        <b>{meant(silence.match)}</b>
        {silence.comment && <span> “{silence.comment}”</span>}
        <span class="muted">
          {" "}
          {silence.who}, {moment(silence.from, zone.value, true)} to{" "}
          {moment(silence.until, zone.value, true)}
          {silence.ended_by && `, ended by ${silence.ended_by}`}
        </span>
      </span>
      {silence.state !== "over" && (
        <>
          <span class="muted">
            {silence.open} open · {duration(Math.max(left, 0))} left
          </span>
          <button type="button" class="button" disabled={action.isBusy} onClick={() => void end()}>
            End
          </button>
        </>
      )}
      {action.error && <ErrorNote error={action.error} />}
    </li>
  );
}
