// The few figures that a report begins with, each with its error where it has one.

import { figureAt, label } from "@/api/definitions";
import { FigureName, FigureValue } from "@/parts/Figure";
import { Panel } from "@/parts/parts";
import { headline, pathsOf, type Report, type ReportIndex } from "./data";

interface Row {
  path: string;
  error: string;
  name: string;
  /** It is that of the whole history until the end: the period is too short for it. */
  isWhole: boolean;
}

/** The returns of times of their own, whatever the period: as of its end. */
const OWN_TIME = /^(returns|annualised)\.(?!inception$)/;

/** The headline's paths in a snapshot, of the first benchmark only. */
function rows(one: ReportIndex): Row[] {
  const first = Object.keys(one.snapshot?.benchmarks ?? {})[0];
  return headline().flatMap(({ path, error }) => {
    const pattern = first ? path.replace("benchmarks.*", `benchmarks.${first}`) : path;
    return pathsOf(one.snapshot, pattern).map((found): Row => {
      const name = found.startsWith("benchmarks.")
        ? `${label(found)} to ${first}`
        : nameOf(found, one.since_start !== null);
      const isWhole =
        one.since_start !== null && (OWN_TIME.test(found) || ownOf(one, found) === null);
      const more = !isWhole ? "" : OWN_TIME.test(found) ? "to the end" : "whole history";
      return { path: found, error, isWhole, name: more ? `${name}, ${more}` : name };
    });
  });
}

const ownOf = (one: ReportIndex, path: string): unknown => figureAt(one.snapshot, path) ?? null;

/** What a row shows of an index. */
export const valueOf = (one: ReportIndex, { path, isWhole }: Pick<Row, "path" | "isWhole">) =>
  isWhole ? (one.since_start?.figures[path] ?? null) : ownOf(one, path);

/** The rows of some indices: those of the period first, and none that none of them has. */
export function headlineRows(indices: ReportIndex[]): Row[] {
  const found = new Map<string, Row>();
  for (const row of indices.flatMap(rows)) {
    const held = found.get(row.path);
    if (!held || (held.isWhole && !row.isWhole)) found.set(row.path, row);
  }
  const all = [...found.values()].filter(
    (row) => !row.isWhole || indices.some((one) => valueOf(one, row) !== null),
  );
  return [...all.filter(({ isWhole }) => !isWhole), ...all.filter(({ isWhole }) => isWhole)];
}

const OF_PEAK = "below the period's peak";

/** A label stands below its group elsewhere: "1y" says nothing beside "Volatility". */
const nameOf = (path: string, isPeriod: boolean): string => {
  const text = path.endsWith(".inception") && isPeriod ? "the period" : label(path);
  if (/^(returns|annualised)\./.test(path)) return `Return, ${text.toLowerCase()}`;
  if (path === "drawdown.current" && isPeriod) return `Drawdown, ${text.toLowerCase()}, ${OF_PEAK}`;
  return /^drawdown\./.test(path) && !/drawdown/i.test(text)
    ? `Drawdown, ${text.toLowerCase()}`
    : text;
};

export function Headline({ found }: { found: Report }) {
  const { indices } = found;
  const [one] = indices;
  if (!one) return null;
  return indices.length === 1 ? <Tiles one={one} /> : <Beside indices={indices} />;
}

function Tiles({ one }: { one: ReportIndex }) {
  const since = one.since_start?.figures;
  return (
    <section class="tiles" aria-label="Headline figures">
      {headlineRows([one]).map(({ path, error, name, isWhole }) => (
        <div class="tile" key={path}>
          <span class="tile-name">
            <FigureName path={path} text={name} />
          </span>
          <b class="tile-value">
            <FigureValue
              path={path}
              value={valueOf(one, { path, isWhole })}
              reasons={one.snapshot?.undefined}
              error={error ? valueOf(one, { path: error, isWhole }) : undefined}
            />
          </b>
          {since && !isWhole && (
            <span class="tile-more">
              whole history until then <FigureValue path={path} value={since[path] ?? null} />
            </span>
          )}
        </div>
      ))}
    </section>
  );
}

function Beside({ indices }: { indices: ReportIndex[] }) {
  return (
    <Panel title="Headline">
      <div class="scroll">
        <table class="table">
          <thead>
            <tr>
              <th />
              {indices.map(({ index, name }) => (
                <th class="number" key={index}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {headlineRows(indices).map(({ path, error, name, isWhole }) => (
              <tr key={path}>
                <th>
                  <FigureName path={path} text={name} />
                </th>
                {indices.map((one) => (
                  <td class="number" key={one.index}>
                    <FigureValue
                      path={path}
                      value={valueOf(one, { path, isWhole })}
                      reasons={one.snapshot?.undefined}
                      error={error ? valueOf(one, { path: error, isWhole }) : undefined}
                    />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
