// When a rule would have rung: how often, when, how far it went, and what came after.

import { useState } from "preact/hooks";
import { send } from "@/api/client";
import type { components } from "@/api/rest";
import { change as signed, duration, money } from "@/format/numbers";
import { moment, shortMoment, type Zone } from "@/format/time";
import { ErrorNote } from "@/parts/ErrorNote";
import { Empty } from "@/parts/parts";
import { gatewayNow } from "@/store/clock";
import { zone } from "@/store/settings";
import { useAction } from "./action";
import { Working } from "./Working";
import { lineOf, type Draft } from "./draft";
import { valueText } from "./words";

export type Trial = components["schemas"]["BacktestAnswer"];
const MOST = 50;
const DAY = 86_400_000; // ms
const AGES = 3_600_000; // ms: what ended within an hour was tried up to now
const LEAST = 0.003; // of the strip: what is narrower is not seen

export function Backtest(props: { trial: Trial; draft: Draft; isOld: boolean }) {
  const { trial, draft, isOld } = props;
  const figure = draft.isDepth ? "drawdown.current" : draft.figure;
  const found = trial.episodes;
  return (
    <section
      class={`card-body backtest ${isOld ? "is-old" : ""}`}
      aria-label="The rule over the log"
    >
      <h3>
        {howOften(trial, zone.value, gatewayNow())}
        {isOld && <span class="muted"> (as it was before the last change)</span>}
      </h3>
      {!found.length && (
        <Empty title="Nothing in the kept log">
          Its level, figures and venues never came to that.
        </Empty>
      )}
      {found.length > 0 && (
        <>
          <Strip trial={trial} />
          <div class="scroll">
            <table class="table">
              <thead>
                <tr>
                  <th>Fired</th>
                  <th class="number">For</th>
                  <th class="number">At firing</th>
                  <th class="number">Furthest</th>
                  <th class="number">Level</th>
                  {after(found).map((span) => (
                    <th class="number" key={span}>
                      {span} after
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {found.slice(-MOST).map((one) => (
                  <tr key={`${one.index} ${one.at}`}>
                    <td>{moment(one.at, zone.value, true)}</td>
                    <td class="number">{one.to ? duration(one.seconds) : "still"}</td>
                    <td class="number">{valueText(figure, one.value)}</td>
                    <td class="number">{valueText(figure, one.worst)}</td>
                    <td class="number">{money(one.level)}</td>
                    {after(found).map((span) => (
                      <td class="number" key={span}>
                        {signed(one.after[span])}
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          {found.length > MOST && (
            <p class="muted">
              the last {MOST} of {found.length}
            </p>
          )}
        </>
      )}
      <AtMost draft={draft} figure={figure} />
    </section>
  );
}

const after = (found: Trial["episodes"]): string[] => Object.keys(found[0]?.after ?? {});

/** "It would have rung 3 times in 732 days, 25 Nov 2024 to now" */
export function howOften(trial: Trial, zone_: Zone, now: number): string {
  const { fired, since, until } = trial;
  const often = fired
    ? `It would have rung ${fired} ${fired === 1 ? "time" : "times"}`
    : "It would not have rung";
  if (!since || !until) return often;
  const [from, to] = [Date.parse(since), Date.parse(until)];
  const days = Math.floor((to - from) / DAY);
  const long = days > 1 ? `${days} days` : duration((to - from) / 1000);
  const end = now - to < AGES ? "now" : shortMoment(to, zone_, now);
  return `${often} in ${long}, ${shortMoment(from, zone_, now)} to ${end}`;
}

/** Where each episode lies on the time that was tried, as shares of it: its begin and its width. */
export function strip(trial: Trial, now: number): { from: number; to: number; marks: Mark[] } {
  const { episodes, since, until } = trial;
  const from = Date.parse(since ?? episodes[0]?.at ?? "");
  const ends = episodes.map((one) => Date.parse(one.to ?? one.at));
  const to = Math.max(until ? Date.parse(until) : now, ...ends);
  const range = to - from || 1;
  const marks = episodes.map((one) => {
    const at = Date.parse(one.at);
    const width = ((one.to ? Date.parse(one.to) : to) - at) / range;
    return { at: Math.min((at - from) / range, 1 - LEAST), width: Math.max(width, LEAST) };
  });
  return { from, to, marks };
}

interface Mark {
  at: number;
  width: number;
}

/** The episodes on a line of time: a mark each, as wide as it lasted. */
function Strip({ trial }: { trial: Trial }) {
  const now = gatewayNow();
  const { from, to, marks } = strip(trial, now);
  return (
    <figure class="strip">
      <svg
        viewBox="0 0 1000 20"
        preserveAspectRatio="none"
        role="img"
        aria-label="When it would have rung"
      >
        <line x1="0" y1="19.5" x2="1000" y2="19.5" />
        {marks.map(({ at, width }, i) => (
          <rect key={i} x={at * 1000} y="2" width={width * 1000} height="17" />
        ))}
      </svg>
      <figcaption class="muted">
        <span>{shortMoment(from, zone.value, now)}</span>
        <span>{shortMoment(to, zone.value, now)}</span>
      </figcaption>
    </figure>
  );
}

/** The limit that would have rung so many times at most. */
function AtMost({ draft, figure }: { draft: Draft; figure: string }) {
  const [most, setMost] = useState("3");
  const [limit, setLimit] = useState<number | null | undefined>(undefined);
  const action = useAction();
  if (!draft.isDepth && draft.side !== "above" && draft.side !== "below") return null;
  const find = () =>
    action.run(async () => {
      const asked = { rule: lineOf(draft), index: [draft.index], at_most: Number(most) };
      setLimit((await send("post", "/v1/rules/backtest", asked)).threshold);
    });
  return (
    <p class="form-actions">
      <label>
        Which limit would have rung at most{" "}
        <input
          class="field few"
          type="number"
          min="0"
          max="1000"
          value={most}
          onInput={(event) => setMost(event.currentTarget.value)}
        />{" "}
        times?
      </label>
      <button type="button" class="button" disabled={action.isBusy} onClick={() => void find()}>
        {action.isBusy ? <Working text="Looking" /> : "Find it"}
      </button>
      {limit !== undefined && (
        <b role="status">{limit === null ? "none" : valueText(figure, limit)}</b>
      )}
      {action.error && <ErrorNote error={action.error} />}
    </p>
  );
}
