// Every figure there is, under its heading: the main ones first, how the index is made last.

import { useState } from "preact/hooks";
import { figureAt, label } from "@/api/definitions";
import type { Snapshot } from "@/api/types";
import { Empty, Panel } from "@/parts/parts";
import { FigureName, FigureValue } from "@/parts/Figure";
import { arrangement, type Section } from "./arrangement";
import { Definition } from "./Definition";
import { FigureTableBody } from "./FigureTable";
import type { IndexProps } from "./IndexView";

export function FiguresTab({ snapshot, whole }: IndexProps) {
  const [search, setSearch] = useState("");
  if (!snapshot)
    return (
      <Empty title="No figures yet">
        The first snapshot comes as soon as every asset has a price.
      </Empty>
    );
  const wanted = search.trim().toLowerCase();
  const isWanted = (path: string) =>
    !wanted || `${label(path)} ${path}`.toLowerCase().includes(wanted);
  return (
    <>
      <input
        class="field no-print"
        type="search"
        placeholder="Find a figure"
        aria-label="Find a figure"
        value={search}
        onInput={(event) => setSearch(event.currentTarget.value)}
      />
      <div class="columns">
        {arrangement(snapshot).map(({ heading, sections }) => {
          const shown = wanted
            ? sections.filter((section) => section.single.some(isWanted) || isWanted(section.path))
            : sections;
          if (!shown.length) return null;
          return (
            <Panel
              title={heading}
              key={heading}
              class={sections.some((one) => one.hasGroups || one.tables.length) ? "is-wide" : ""}
            >
              {shown.map((section) => (
                <SectionBody
                  key={section.path}
                  section={section}
                  snapshot={snapshot}
                  isWanted={isWanted}
                  isAlone={shown.length === 1}
                />
              ))}
            </Panel>
          );
        })}
      </div>
      {!wanted && <Definition whole={whole} snapshot={snapshot} />}
    </>
  );
}

function SectionBody(props: {
  section: Section;
  snapshot: Snapshot;
  isWanted: (path: string) => boolean;
  isAlone: boolean;
}) {
  const { section, snapshot, isWanted } = props;
  const single = section.single.filter((path) => isWanted(path) && !isError(path, section.single));
  return (
    <div class="figure-section">
      {!props.isAlone && single.length > 1 && <h3>{section.title}</h3>}
      {single.length > 0 && (
        <dl class="figures">
          {single.map((path) => (
            <div key={path} data-path={path}>
              <dt>
                <FigureName path={path} />
              </dt>
              <dd>
                <FigureValue
                  path={path}
                  value={figureAt(snapshot, path)}
                  reasons={snapshot.undefined}
                  error={figureAt(snapshot, `${path}_se`)}
                />
              </dd>
            </div>
          ))}
        </dl>
      )}
      {section.hasGroups && (
        <FigureTableBody title={section.title} section={section.path} snapshot={snapshot} />
      )}
      {section.tables.map((path) => (
        <div key={path}>
          <h3>{label(path)}</h3>
          <FigureTableBody title={label(path)} section={path} snapshot={snapshot} isRows />
        </div>
      ))}
    </div>
  );
}

/** The standard error of a figure stands beside it, not for itself. */
const isError = (path: string, all: readonly string[]): boolean =>
  path.endsWith("_se") && all.includes(path.slice(0, -3));
