// Which series are compared: indices, and the assets that they hold or are measured against.

import { toneOf } from "@/chart/spec";
import { useEffect, useId, useState } from "preact/hooks";
import { definedIndices, wantIndices } from "@/api/definitions";
import { roster, rows } from "@/store/market";
import { choose, MOST } from "./asked";
import { nameOf } from "./charts";

/** All that can be compared, indices first. */
export function candidates(): string[] {
  const indices = [...rows.keys()].sort();
  const assets = new Set<string>();
  for (const { definition } of Object.values(definedIndices.value ?? {})) {
    const names = [...Object.keys(definition?.weights ?? {}), ...(definition?.benchmarks ?? [])];
    for (const name of names) if (!rows.has(name)) assets.add(`asset:${name}`);
  }
  return [...indices, ...[...assets].sort()];
}

/** What to begin with: the first indices, or one and what it is measured against. */
export function firstChoice(): string[] {
  const all = candidates();
  const indices = all.filter((name) => rows.has(name)).slice(0, 4);
  return indices.length >= 2 ? indices : all.slice(0, 2);
}

export function Chooser({ chosen }: { chosen: readonly string[] }) {
  roster.value; // eslint-disable-line @typescript-eslint/no-unused-expressions -- follows it
  useEffect(wantIndices, [roster.value]);
  const [text, setText] = useState("");
  const id = useId();
  const all = candidates();
  const left = all.filter((name) => !chosen.includes(name));
  const add = (typed: string) => {
    const wanted = typed.trim().toUpperCase();
    const found = left.find((name) => name.toUpperCase() === wanted || nameOf(name) === wanted);
    if (!found) return false;
    choose([...chosen, found].slice(0, MOST));
    setText("");
    return true;
  };
  return (
    <div class="compare-chooser">
      <ul class="compare-chosen" aria-label="compared">
        {chosen.map((name, k) => (
          <li key={name} class="pill" data-tone={toneOf(k)}>
            <span class="compare-key" aria-hidden="true" />
            {nameOf(name)}
            {chosen.length > 2 && (
              <button
                type="button"
                class="button is-plain"
                aria-label={`without ${nameOf(name)}`}
                onClick={() => choose(chosen.filter((one) => one !== name))}
              >
                ×
              </button>
            )}
          </li>
        ))}
      </ul>
      {chosen.length < MOST && (
        <>
          <input
            class="field"
            size={22}
            list={id}
            value={text}
            placeholder="Add index or asset"
            aria-label="add an index or an asset"
            onInput={(event) => {
              const typed = event.currentTarget.value;
              // A choice from the list is whole at once; what is typed is taken with Enter.
              const isChoice =
                event instanceof InputEvent && event.inputType === "insertReplacementText";
              if (!(isChoice || !("inputType" in event)) || !add(typed)) setText(typed);
            }}
            onChange={(event) => add(event.currentTarget.value)}
            onKeyDown={(event) => event.key === "Enter" && add(event.currentTarget.value)}
          />
          <datalist id={id}>
            {left.map((name) => (
              <option key={name} value={nameOf(name)}>
                {rows.get(name)?.name ?? "asset"}
              </option>
            ))}
          </datalist>
        </>
      )}
    </div>
  );
}
