// A rule is written, tried over the kept log, and saved: into the log, with who and when.

import { useMemo, useState } from "preact/hooks";
import { get, send } from "@/api/client";
import { cardAt, cards, label } from "@/api/definitions";
import { figureText } from "@/format/figure";
import { ErrorNote } from "@/parts/ErrorNote";
import { Choices, Panel } from "@/parts/parts";
import { SEVERITIES } from "@/store/episodes";
import { rows } from "@/store/market";
import { useResource } from "@/store/resource";
import { useAction } from "./action";
import { Backtest, type Trial } from "./Backtest";
import {
  bodyOf,
  draftOf,
  lineOf,
  numberOf,
  problemOf,
  sideOf,
  sidesOf,
  type Draft,
  type Side,
} from "./draft";
import type { Rule } from "./Rules";
import { Working } from "./Working";
import { figureName } from "./words";

const SIDES: Record<Side, string> = {
  above: "at or above",
  below: "at or below",
  equals: "is",
  has: "has",
};

export function RuleEditor(props: { rule: Rule | null; close: () => void; done: () => void }) {
  const { rule, close, done } = props;
  const [written, setWritten] = useState<Draft>(() =>
    draftOf(rule, [...rows.keys()].sort()[0] ?? ""),
  );
  const draft = { ...written, side: sideOf(written) };
  const [trial, setTrial] = useState<{ line: string; found: Trial } | null>(null);
  const [isDone, setDone] = useState(false);
  const trying = useAction();
  const saving = useAction();
  const problem = problemOf(draft);
  const line = lineOf(draft);
  const isTried = trial?.line === `${draft.index} ${line}`;
  const set = (changes: Partial<Draft>) => {
    setDone(false);
    setWritten({ ...written, ...changes });
  };

  const attempt = () =>
    trying.run(async () => {
      const found = await send("post", "/v1/rules/backtest", { rule: line, index: [draft.index] });
      setTrial({ line: `${draft.index} ${line}`, found });
    });
  const save = async () => {
    const body = bodyOf(draft);
    const work = () =>
      rule
        ? send("put", "/v1/rules/{index}/{rule}", body, {
            at: { index: rule.index, rule: rule.rule },
            ifMatch: rule.etag,
          })
        : send("post", "/v1/rules", { ...body, index: draft.index });
    if (!(await saving.run(work))) return;
    setDone(true);
    done();
    if (rule) close();
  };

  return (
    <Panel
      title={rule ? `Change ${rule.rule} of ${rule.index}` : "New rule"}
      class="rule-editor"
      aside={
        <button type="button" class="button is-plain aside" onClick={close}>
          ✕<span class="hidden"> close</span>
        </button>
      }
    >
      <form
        class="card-body form"
        onSubmit={(event) => {
          event.preventDefault();
          void (isTried ? save() : attempt());
        }}
      >
        <Fields draft={draft} set={set} isNew={rule === null} />
        {problem && <p class="muted">{problem}</p>}
        <p class="form-actions">
          <button
            type="submit"
            class={isTried ? "button" : "button is-main"}
            disabled={Boolean(problem) || trying.isBusy}
            onClick={(event) => {
              event.preventDefault();
              void attempt();
            }}
          >
            {trying.isBusy ? (
              <Working text="Trying it over the log" />
            ) : isTried ? (
              "Try it again"
            ) : (
              "Try it first"
            )}
          </button>
          <button
            type="button"
            class={isTried ? "button is-main" : "button"}
            disabled={Boolean(problem) || saving.isBusy}
            onClick={() => void save()}
          >
            {isTried ? "Save" : "Save untried"}
          </button>
          {isDone && <span role="status">✓ saved; it rings from now on</span>}
        </p>
        {saving.error && <ErrorNote error={saving.error} />}
        {trying.error && <ErrorNote error={trying.error} />}
      </form>
      {trial && <Backtest trial={trial.found} draft={draft} isOld={!isTried} />}
    </Panel>
  );
}

function Fields(props: { draft: Draft; set: (changes: Partial<Draft>) => void; isNew: boolean }) {
  const { draft, set, isNew } = props;
  const sides = sidesOf(draft.figure);
  const { side } = draft;
  const text = (name: keyof Draft, words: string, example: string) => (
    <label key={name}>
      {words}
      <input
        class="field"
        value={String(draft[name])}
        placeholder={example}
        maxLength={60}
        onInput={(event) => set({ [name]: event.currentTarget.value })}
      />
    </label>
  );
  return (
    <>
      {isNew && (
        <label>
          Index
          <select
            class="field"
            value={draft.index}
            onChange={(event) => set({ index: event.currentTarget.value })}
          >
            {[...rows.keys()].sort().map((index) => (
              <option key={index}>{index}</option>
            ))}
          </select>
        </label>
      )}
      <div class="form-row">
        <Choices
          label="What it is about"
          of={[
            ["rule", "Any figure"],
            ["depth", "Depth of drawdown"],
          ]}
          chosen={draft.isDepth ? "depth" : "rule"}
          choose={(name) =>
            set(name === "depth" ? { isDepth: true, limit: "0.1" } : { isDepth: false })
          }
        />
      </div>
      {draft.isDepth ? (
        <>
          {text("limit", "Depth", "0.10 or 10%")}
          <Preview figure="drawdown.current" limit={draft.limit} />
        </>
      ) : (
        <>
          <FigureField draft={draft} set={set} />
          <label>
            Side
            <select
              class="field"
              value={side}
              onChange={(event) => set({ side: event.currentTarget.value as Side })}
            >
              {sides.map((name) => (
                <option key={name} value={name}>
                  {SIDES[name]}
                </option>
              ))}
            </select>
          </label>
          {text("limit", "Limit", side === "equals" ? "degraded" : "-0.05 or -5%")}
          <Preview figure={draft.figure} limit={draft.limit} />
          {(side === "above" || side === "below") &&
            text("clear", "Clears at", "the limit, if empty")}
          {text("for", "Holds for", "0s")}
          {text("clear_for", "Clear for", "0s")}
          {text("cooldown", "No second one within", "0s")}
          {text("no_data", "Without data for", "never")}
          <label>
            Severity
            <select
              class="field"
              value={draft.severity}
              onChange={(event) =>
                set({ severity: event.currentTarget.value as Draft["severity"] })
              }
            >
              {[...SEVERITIES].reverse().map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </label>
          {text("name", "Name", "made of the rest, if empty")}
        </>
      )}
    </>
  );
}

/** What a limit is in the figure's own unit. */
function Preview({ figure, limit }: { figure: string; limit: string }) {
  const value = numberOf(limit);
  if (value === null || cardAt(figure)?.display === "text") return null;
  return (
    <p class="muted form-row">
      {figureName(figure)} of <b>{figureText(figure, value)}</b>
    </p>
  );
}

/** The figure, out of those that the index has. */
function FigureField(props: { draft: Draft; set: (changes: Partial<Draft>) => void }) {
  const { draft, set } = props;
  const { data } = useResource(draft.index ? `figures ${draft.index}` : null, (signal) =>
    get("/v1/indices/{index}", { at: { index: draft.index }, signal }),
  );
  const paths = useMemo(() => [...leaves(data?.snapshot)], [data?.snapshot]);
  const card = cardAt(draft.figure);
  const value = paths.find(([path]) => path === draft.figure)?.[1];
  return (
    <>
      <label>
        Figure
        <input
          class="field"
          list="figures-of-index"
          value={draft.figure}
          onInput={(event) => set({ figure: event.currentTarget.value.trim() })}
        />
        <datalist id="figures-of-index">
          {(paths.length ? paths.map(([path]) => path) : cards().map((one) => one.path)).map(
            (path) => (
              <option key={path} value={path}>
                {label(path)}
              </option>
            ),
          )}
        </datalist>
      </label>
      <p class="muted form-row">
        {card ? (
          <>
            {figureName(draft.figure)}
            {value !== undefined && (
              <>
                , now <b>{figureText(draft.figure, value)}</b>
              </>
            )}
            . {card.formula}
          </>
        ) : (
          "A path of the snapshot; begin to type, and those that there are show."
        )}
      </p>
    </>
  );
}

const LISTS = ["calendar", "flags", "targets", "undefined", "receipt", "definition"];

/** Every figure of a snapshot that a rule can be about. */
function* leaves(value: unknown, above = ""): Generator<[string, unknown]> {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return;
  for (const [name, inner] of Object.entries(value)) {
    const path = above ? `${above}.${name}` : name;
    if (LISTS.includes(path)) continue;
    const card = cardAt(path);
    if (inner !== null && typeof inner === "object" && !Array.isArray(inner))
      yield* leaves(inner, path);
    else if (card && !["time", "date"].includes(card.display)) yield [path, inner];
  }
}
