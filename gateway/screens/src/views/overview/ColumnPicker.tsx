// Chooses the columns of the overview among all figures that are one number.

import { useState } from "preact/hooks";
import { figureAt } from "@/api/definitions";
import { get } from "@/api/client";
import { Menu } from "@/parts/Menu";
import { ErrorNote } from "@/parts/ErrorNote";
import { Loading } from "@/parts/parts";
import { rows } from "@/store/market";
import { useResource } from "@/store/resource";
import { choosable, columnText } from "./columns";

const MOST = 24; // beside that a table is read no more, and each is sent for every index

export function ColumnPicker(props: {
  chosen: readonly string[];
  choose: (paths: string[] | null) => void;
}) {
  return (
    <Menu label="Columns" class="picker">
      {() => <Choices {...props} />}
    </Menu>
  );
}

function Choices({
  chosen,
  choose,
}: {
  chosen: readonly string[];
  choose: (paths: string[] | null) => void;
}) {
  const [search, setSearch] = useState("");
  const sample = sampleIndex();
  const { data, error } = useResource(sample && `sample ${sample}`, (signal) =>
    get("/v1/indices/{index}", { at: { index: sample ?? "" }, signal }),
  );
  if (error) return <ErrorNote error={error} />;
  if (!data) return <Loading />;
  const wanted = search.toLowerCase();
  const groups = [...choosable(data.snapshot ?? figureAt(data, "row"))]
    .map(
      ([group, paths]) =>
        [
          group,
          paths.filter((path) => `${columnText(path)} ${path}`.toLowerCase().includes(wanted)),
        ] as const,
    )
    .filter(([, paths]) => paths.length);
  const toggle = (path: string) =>
    choose(
      chosen.includes(path)
        ? chosen.filter((one) => one !== path)
        : [...chosen, path].slice(0, MOST),
    );
  return (
    <>
      <div class="picker-head">
        <input
          class="field"
          type="search"
          placeholder="Find a figure"
          aria-label="Find a figure"
          value={search}
          onInput={(event) => setSearch(event.currentTarget.value)}
        />
        <button type="button" class="button" onClick={() => choose(null)}>
          Usual ones
        </button>
      </div>
      {groups.map(([group, paths]) => (
        <fieldset key={group}>
          <legend>{group}</legend>
          {paths.map((path) => (
            <label key={path}>
              <input
                type="checkbox"
                checked={chosen.includes(path)}
                onChange={() => toggle(path)}
              />
              {columnText(path)}
            </label>
          ))}
        </fieldset>
      ))}
      {!groups.length && <p class="muted">No figure is called so.</p>}
    </>
  );
}

/** An index whose snapshot shows which figures there are: the one with the most behind it. */
function sampleIndex(): string | null {
  let found: string | null = null;
  for (const row of rows.values()) {
    if (row.seq === null) continue;
    found ??= row.index;
    if (row.status === "live") return row.index;
  }
  return found ?? rows.keys().next().value ?? null;
}
