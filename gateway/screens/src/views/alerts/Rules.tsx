// What rings, of which index; rules are added, changed and removed while all goes on.

import { useEffect, useState } from "preact/hooks";
import { get, send } from "@/api/client";
import type { components } from "@/api/rest";
import { shortMoment } from "@/format/time";
import { ruleName, words } from "@/format/words";
import { ErrorNote } from "@/parts/ErrorNote";
import { Empty, Loading, Panel, Pill, type PillTone } from "@/parts/parts";
import { Severity } from "@/parts/Severity";
import { change, href, parameter } from "@/router/router";
import { gatewayNow } from "@/store/clock";
import { useResource } from "@/store/resource";
import { zone } from "@/store/settings";
import { useAction } from "./action";
import { RuleEditor } from "./RuleEditor";
import { figureName, lasting, valueText } from "./words";
import "./rules.css";

export type Rule = components["schemas"]["RuleModel"];
const TONES: Record<string, PillTone> = { firing: "loss", no_data: "warn", ok: "gain" };
const MOST = 300;
const PROVISOS = ["for", "clear_for", "cooldown", "no_data"] as const;

export function Rules() {
  const search = parameter("search");
  const { data, error, again } = useResource(
    `rules ${search}`,
    (signal) => get("/v1/rules", { query: { search, limit: MOST }, signal }),
    5000,
  );
  const [edited, setEdited] = useState<Rule | "new" | null>(null);
  const found = data?.rules ?? [];
  // The form is at the top, the rule that it is of may be far below.
  useEffect(() => {
    if (edited) document.querySelector(".rule-editor")?.scrollIntoView({ block: "nearest" });
  }, [edited]);
  return (
    <div class={edited ? "alerts-list two" : "alerts-list"}>
      <Panel
        title="Rules"
        aside={
          <>
            <input
              class="field"
              type="search"
              placeholder="Index, rule or figure"
              aria-label="Search rules"
              value={parameter("search")}
              onInput={(event) => change({ search: event.currentTarget.value })}
            />
            <button type="button" class="button is-main aside" onClick={() => setEdited("new")}>
              New rule
            </button>
          </>
        }
      >
        {error && !data && <ErrorNote error={error} again={again} />}
        {!data && !error && <Loading height={260} />}
        {data && !found.length && (
          <Empty title={search ? "No rule is like that" : "Nothing rings yet"}>
            Warning signs ring of every index all the same.
          </Empty>
        )}
        {found.length > 0 && (
          <div class="scroll">
            <table class="table rules">
              <thead>
                <tr>
                  <th>Index</th>
                  <th>Rings when</th>
                  <th class="number">Now</th>
                  <th>State</th>
                  <th>Severity</th>
                  <th>Rang last</th>
                  <th>
                    <span class="hidden">What can be done</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {found.map((rule) => (
                  <Row
                    key={`${rule.index} ${rule.rule}`}
                    rule={rule}
                    edit={() => setEdited(rule)}
                    done={again}
                  />
                ))}
              </tbody>
            </table>
            {data?.next && <p class="card-body muted">and more; search for an index or a rule</p>}
          </div>
        )}
      </Panel>
      {edited && (
        <RuleEditor
          key={edited === "new" ? "new" : `${edited.index} ${edited.rule}`}
          rule={edited === "new" ? null : edited}
          close={() => setEdited(null)}
          done={again}
        />
      )}
    </div>
  );
}

/** "Volatility · 1d at or above 120.00%, for 10m, clears at 100.00%" */
export function ringsWhen(rule: Rule): string {
  const path = rule.figure ?? "";
  const side =
    rule.above !== null && rule.above !== undefined
      ? `at or above ${valueText(path, rule.above)}`
      : rule.below !== null && rule.below !== undefined
        ? `at or below ${valueText(path, rule.below)}`
        : rule.equals
          ? `is ${rule.equals}`
          : `has ${words(rule.has ?? "")}`;
  const clears =
    rule.kind !== "drawdown" && rule.clear !== null && rule.clear !== (rule.above ?? rule.below);
  const more = PROVISOS.filter((name) => rule[name]).map(
    (name) => `${words(name)} ${lasting(rule[name] ?? 0)}`,
  );
  return [
    `${figureName(path)} ${side}`,
    ...(clears ? [`clears at ${valueText(path, rule.clear)}`] : []),
    ...more,
  ].join(", ");
}

function Row(props: { rule: Rule; edit: () => void; done: () => void }) {
  const { rule, edit, done } = props;
  const action = useAction();
  const [isAsked, setAsked] = useState(false);
  const remove = async () => {
    const asked = { at: { index: rule.index, rule: rule.rule }, ifMatch: rule.etag };
    if (await action.run(() => send("delete", "/v1/rules/{index}/{rule}", undefined, asked)))
      done();
    setAsked(false);
  };
  return (
    <tr>
      <th scope="row">
        <a href={href("index", { id: rule.index })}>{rule.index}</a>
      </th>
      <td>
        {ringsWhen(rule)} <span class="muted">{ruleName(rule.rule)}</span>
        {action.error && <ErrorNote error={action.error} />}
      </td>
      <td class="number">{valueText(rule.figure, rule.value)}</td>
      <td>
        <Pill tone={TONES[rule.state] ?? ""} hasDot>
          {rule.state === "no_data" ? "no data" : rule.state}
        </Pill>
      </td>
      <td>
        <Severity of={rule.severity ?? null} />
      </td>
      <td>
        {rule.last ? (
          <a
            href={href("alerts", { tab: rule.firing ? null : "past", episode: rule.last.episode })}
          >
            {shortMoment(rule.last.from, zone.value, gatewayNow())}
          </a>
        ) : (
          <span class="muted">not lately</span>
        )}
      </td>
      <td class="rule-actions">
        {isAsked ? (
          <>
            <button
              type="button"
              class="button"
              disabled={action.isBusy}
              onClick={() => void remove()}
            >
              Remove {rule.rule}
            </button>
            <button type="button" class="button is-plain" onClick={() => setAsked(false)}>
              Keep
            </button>
          </>
        ) : (
          <>
            {rule.kind !== "target" && (
              <button type="button" class="button" onClick={edit}>
                Change
                <span class="hidden">
                  {" "}
                  {rule.rule} of {rule.index}
                </span>
              </button>
            )}
            <button
              type="button"
              class="button is-plain"
              title="remove"
              onClick={() => setAsked(true)}
            >
              ✕
              <span class="hidden">
                {" "}
                remove {rule.rule} of {rule.index}
              </span>
            </button>
          </>
        )}
      </td>
    </tr>
  );
}
