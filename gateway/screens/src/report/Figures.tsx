// Every other figure by its group, and what each of them means.

import { figureAt, label, reasonAt } from "@/api/definitions";
import type { Card } from "@/api/types";
import { FigureName, FigureValue } from "@/parts/Figure";
import { Panel } from "@/parts/parts";
import { groups, pathsOf, type Report, type ReportIndex } from "./data";

const SHOWN_ABOVE =
  /^(calendar|benchmarks|composition|quality|regime|drawdown\.episodes|targets|flags)\b/;

/** The paths of a group that any of the indices has, in the order of their cards. */
const paths = (indices: ReportIndex[], of: Card[]): string[] => [
  ...new Set(of.flatMap(({ path }) => indices.flatMap(({ snapshot }) => pathsOf(snapshot, path)))),
];

/** What stands before the last name where that alone would not tell: the window, the period. */
function nameOf(path: string): string {
  const steps = path.split(".");
  const within = steps.slice(1, -1).filter((step) => step !== "benchmarks");
  const card = label(path);
  return within.length ? `${card}, ${within.join(", ").replaceAll("_", " ")}` : card;
}

/** Whether any of the indices has a value there, now or in the whole history. */
const isKnown = (indices: ReportIndex[], path: string): boolean =>
  indices.some(
    ({ snapshot, since_start }) =>
      (figureAt(snapshot, path) ?? null) !== null || (since_start?.figures[path] ?? null) !== null,
  );

/** What no index has, told by its reason. */
function NotDefined({ indices, of }: { indices: ReportIndex[]; of: string[] }) {
  const why = new Map<string, string[]>();
  for (const path of of) {
    const reason = reasonAt(indices[0]?.snapshot?.undefined, path);
    why.set(reason, [...(why.get(reason) ?? []), nameOf(path)]);
  }
  return (
    <>
      {[...why].map(([reason, names]) => (
        <p key={reason} class="muted not-defined">
          Not defined, {reason}: {names.join("; ")}
        </p>
      ))}
    </>
  );
}

export function AllFigures({ found }: { found: Report }) {
  const { indices } = found;
  const shown = groups()
    .map(([group, of]): [string, string[]] => [
      group,
      paths(indices, of).filter((path) => !SHOWN_ABOVE.test(path)),
    ])
    .filter(([, of]) => of.length);
  const hasSince = indices.some(({ since_start }) => since_start);
  return (
    <Panel title="All figures" class="all-figures">
      <div
        class={`card-body columns ${indices.length > 1 ? "is-single" : hasSince ? "is-wide" : ""}`}
      >
        {shown.map(([group, of]) => (
          <section key={group} class="group">
            <h3>{group}</h3>
            <table class="table figures">
              {(indices.length > 1 || hasSince) && (
                <thead>
                  <tr>
                    <th />
                    {indices.flatMap(({ index, since_start }) => [
                      <th class="number" key={index}>
                        {indices.length > 1 ? index : "Period"}
                      </th>,
                      ...(since_start
                        ? [
                            <th class="number" key={`${index} all`}>
                              Whole history
                            </th>,
                          ]
                        : []),
                    ])}
                  </tr>
                </thead>
              )}
              <tbody>
                {of
                  .filter((path) => isKnown(indices, path))
                  .map((path) => (
                    <tr key={path}>
                      <th>
                        <FigureName path={path} text={nameOf(path)} />
                      </th>
                      {indices.flatMap(({ index, snapshot, since_start }) => [
                        <td class="number" key={index}>
                          <FigureValue
                            path={path}
                            value={figureAt(snapshot, path) ?? null}
                            reasons={snapshot?.undefined}
                            isDay
                          />
                        </td>,
                        ...(since_start
                          ? [
                              <td class="number" key={`${index} all`}>
                                <FigureValue
                                  path={path}
                                  value={since_start.figures[path] ?? null}
                                  isDay
                                />
                              </td>,
                            ]
                          : []),
                      ])}
                    </tr>
                  ))}
              </tbody>
            </table>
            <NotDefined indices={indices} of={of.filter((path) => !isKnown(indices, path))} />
          </section>
        ))}
      </div>
    </Panel>
  );
}

export function DefinitionCards({ found }: { found: Report }) {
  const used = groups()
    .map(([group, of]): [string, Card[]] => [
      group,
      of.filter(
        ({ path }) =>
          paths(found.indices, [{ path } as Card]).length || path.startsWith("calendar"),
      ),
    ])
    .filter(([, of]) => of.length);
  return (
    <Panel title="Definitions" class="definitions">
      <div class="card-body columns is-wide">
        {used.map(([group, of]) => (
          <section key={group} class="group">
            <h3>{group}</h3>
            <dl>
              {of.map((card) => (
                <div key={card.path}>
                  <dt>
                    {card.label === "*" ? card.path : card.label} <code>{card.path}</code>
                  </dt>
                  <dd>
                    {[
                      card.formula,
                      card.unit,
                      card.sign,
                      card.annualisation,
                      card.undefined && `undefined: ${card.undefined}`,
                    ]
                      .filter(Boolean)
                      .join("; ")}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Panel>
  );
}
