// When a rule would have rung: how often, when, how far it went, and what came after.

import { useState } from "preact/hooks";
import { send } from "@/api/client";
import type { components } from "@/api/rest";
import { change as signed, duration, money } from "@/format/numbers";
import { moment, shortMoment } from "@/format/time";
import { ErrorNote } from "@/parts/ErrorNote";
import { Empty } from "@/parts/parts";
import { gatewayNow } from "@/store/clock";
import { zone } from "@/store/settings";
import { useAction } from "./action";
import { lineOf, type Draft } from "./draft";
import { valueText } from "./words";

export type Trial = components["schemas"]["BacktestAnswer"];
const MOST = 50;

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
        {trial.fired
          ? `It would have rung ${trial.fired} ${trial.fired === 1 ? "time" : "times"}`
          : "It would not have rung"}
        {isOld && <span class="muted"> (as it was before the last change)</span>}
      </h3>
      {!found.length && (
        <Empty title="Nothing in the kept log">
          Its level, figures and venues never came to that.
        </Empty>
      )}
      {found.length > 0 && (
        <>
          <Strip episodes={found} />
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

/** The episodes on a line of time: a mark each, as wide as it lasted. */
function Strip({ episodes }: { episodes: Trial["episodes"] }) {
  const first = Date.parse(episodes[0]?.at ?? "");
  const end = gatewayNow();
  const last = Math.max(end, ...episodes.map((one) => Date.parse(one.to ?? one.at)));
  const range = last - first || 1;
  return (
    <figure class="strip">
      <svg
        viewBox="0 0 1000 20"
        preserveAspectRatio="none"
        role="img"
        aria-label="When it would have rung"
      >
        <line x1="0" y1="19.5" x2="1000" y2="19.5" />
        {episodes.map((one) => {
          const x = ((Date.parse(one.at) - first) / range) * 1000;
          const to = one.to ? Date.parse(one.to) : last;
          const width = Math.max(((to - Date.parse(one.at)) / range) * 1000, 3);
          return <rect key={one.at} x={Math.min(x, 997)} y="2" width={width} height="17" />;
        })}
      </svg>
      <figcaption class="muted">
        <span>{shortMoment(first, zone.value, end)}</span>
        <span>{shortMoment(last, zone.value, end)}</span>
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
        {action.isBusy ? "looking…" : "Find it"}
      </button>
      {limit !== undefined && (
        <b role="status">{limit === null ? "none" : valueText(figure, limit)}</b>
      )}
      {action.error && <ErrorNote error={action.error} />}
    </p>
  );
}
