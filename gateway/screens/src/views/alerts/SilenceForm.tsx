// Keep alerts quiet for a time: from an episode with one press, or by patterns.

import { useState } from "preact/hooks";
import { send } from "@/api/client";
import type { Episode } from "@/api/types";
import { duration } from "@/format/numbers";
import { moment } from "@/format/time";
import { ErrorNote } from "@/parts/ErrorNote";
import { Menu } from "@/parts/Menu";
import { Panel } from "@/parts/parts";
import { zone } from "@/store/settings";
import { useAction } from "./action";

const HOUR = 3600;
export const LENGTHS: readonly (readonly [number, string])[] = [
  [HOUR / 2, "30 min"],
  [HOUR, "1 h"],
  [4 * HOUR, "4 h"],
  [24 * HOUR, "1 day"],
  [7 * 24 * HOUR, "1 week"],
];
const FIELDS = ["index", "rule", "kind", "severity"] as const;
type Match = Record<(typeof FIELDS)[number], string[]>;
const ALL: Match = { index: [], rule: [], kind: [], severity: [] };

/** Silence what an episode is about, for one of some lengths. */
export function SilenceButtons({ episode, done }: { episode: Episode; done: () => void }) {
  const action = useAction();
  const { silenced } = episode;
  const silence = async (match: Match, seconds: number) => {
    if (
      await action.run(() =>
        send("post", "/v1/silences", { match, seconds, all: false, comment: "" }),
      )
    )
      done();
  };
  const end = async (id: string) => {
    const at = { silence: id };
    if (await action.run(() => send("delete", "/v1/silences/{silence}", undefined, { at }))) done();
  };
  const scopes: [string, Match][] = [
    ["This rule of this index", { ...ALL, index: [episode.index], rule: [episode.rule] }],
    [`All of ${episode.index}`, { ...ALL, index: [episode.index] }],
    [`This rule of all indices`, { ...ALL, rule: [episode.rule] }],
  ];
  return (
    <>
      {silenced && (
        <p>
          Silenced until {moment(silenced.until, zone.value)} by <b>{silenced.who}</b>
          {silenced.comment && <>: “{silenced.comment}”</>}{" "}
          <button
            type="button"
            class="button"
            disabled={action.isBusy}
            onClick={() => void end(silenced.id)}
          >
            End it now
          </button>
        </p>
      )}
      {!silenced && (
        <Menu label="Silence…" class="silence-menu">
          {() =>
            scopes.map(([text, match]) => (
              <div key={text}>
                {text}
                <span class="choices">
                  {LENGTHS.map(([seconds, name]) => (
                    <button
                      key={name}
                      type="button"
                      disabled={action.isBusy}
                      onClick={() => void silence(match, seconds)}
                    >
                      {name}
                    </button>
                  ))}
                </span>
              </div>
            ))
          }
        </Menu>
      )}
      {action.error && <ErrorNote error={action.error} />}
    </>
  );
}

/** A silence by patterns. */
export function SilenceForm({ done }: { done: () => void }) {
  const action = useAction();
  const [texts, setTexts] = useState<Record<string, string>>({});
  const [seconds, setSeconds] = useState(2 * HOUR);
  const [comment, setComment] = useState("");
  const match = { ...ALL };
  for (const field of FIELDS) {
    match[field] = (texts[field] ?? "").split(/[\s,]+/).filter(Boolean);
  }
  const isEmpty = FIELDS.every((field) => !match[field].length);
  const [isAll, setAll] = useState(false);
  const all = isEmpty && isAll;
  const submit = async () => {
    const body = { match, all, seconds, comment: comment.trim() };
    if (!(await action.run(() => send("post", "/v1/silences", body)))) return;
    setTexts({});
    setAll(false);
    setComment("");
    done();
  };
  const examples = {
    index: "TOP*, DEFI",
    rule: "drawdown>=0.05",
    kind: "drawdown, flag",
    severity: "info",
  };
  return (
    <Panel title="New silence">
      <form
        class="card-body form"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        {FIELDS.map((field) => (
          <label key={field}>
            {field.replace(/^[a-z]/, (c) => c.toUpperCase())}
            <input
              class="field"
              value={texts[field] ?? ""}
              placeholder={examples[field]}
              onInput={(event) => setTexts({ ...texts, [field]: event.currentTarget.value })}
            />
          </label>
        ))}
        <label>
          For
          <select
            class="field"
            value={String(seconds)}
            onChange={(event) => setSeconds(Number(event.currentTarget.value))}
          >
            {[...LENGTHS, [2 * HOUR, "2 h"] as const]
              .sort(([a], [b]) => a - b)
              .map(([length, name]) => (
                <option key={length} value={String(length)}>
                  {name}
                </option>
              ))}
          </select>
        </label>
        <label>
          Why
          <input
            class="field"
            value={comment}
            maxLength={200}
            onInput={(event) => setComment(event.currentTarget.value)}
          />
        </label>
        <p class="muted">
          {isEmpty && !all ? (
            "Say what to silence: an index, a rule, a kind, a severity, or all of them."
          ) : (
            <>
              {all ? "Every alert" : "Alerts that fit all of these"} will be quiet for{" "}
              {duration(seconds)}.
            </>
          )}{" "}
          <code>*</code> stands for anything. What still fires then is told then; screens show it
          all the while.
        </p>
        <div class="form-actions">
          {isEmpty && (
            <label class="check">
              <input type="checkbox" checked={isAll} onChange={() => setAll(!isAll)} /> every alert
            </label>
          )}
          <button
            type="submit"
            class="button is-main"
            disabled={action.isBusy || (isEmpty && !all)}
          >
            {all ? "Silence every alert" : "Silence"}
          </button>
        </div>
        {action.error && <ErrorNote error={action.error} />}
      </form>
    </Panel>
  );
}
