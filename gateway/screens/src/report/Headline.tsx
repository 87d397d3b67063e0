// The few figures that a report begins with, each with its error where it has one.

import { figureAt, label } from "@/api/definitions";
import { FigureName, FigureValue } from "@/parts/Figure";
import { Panel } from "@/parts/parts";
import { headline, pathsOf, type Report, type ReportIndex } from "./data";

interface Row {
  path: string;
  error: string;
  name: string;
}

/** The headline's paths in a snapshot, of the first benchmark only. */
function rows(one: ReportIndex): Row[] {
  const first = Object.keys(one.snapshot?.benchmarks ?? {})[0];
  return headline().flatMap(({ path, error }) => {
    const pattern = first ? path.replace("benchmarks.*", `benchmarks.${first}`) : path;
    return pathsOf(one.snapshot, pattern).map((found) => ({
      path: found,
      error,
      name: found.startsWith("benchmarks.")
        ? `${label(found)} to ${first}`
        : nameOf(found, one.since_start !== null),
    }));
  });
}

/** A label stands below its group elsewhere: "1y" says nothing beside "Volatility". */
const nameOf = (path: string, isPeriod: boolean): string => {
  const text = path.endsWith(".inception") && isPeriod ? "the period" : label(path);
  if (/^(returns|annualised)\./.test(path)) return `Return, ${text.toLowerCase()}`;
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
      {rows(one).map(({ path, error, name }) => (
        <div class="tile" key={path}>
          <span class="tile-name">
            <FigureName path={path} text={name} />
          </span>
          <b class="tile-value">
            <FigureValue
              path={path}
              value={figureAt(one.snapshot, path)}
              reasons={one.snapshot?.undefined}
              error={error ? figureAt(one.snapshot, error) : undefined}
            />
          </b>
          {since && (
            <span class="tile-more">
              since start <FigureValue path={path} value={since[path] ?? null} />
            </span>
          )}
        </div>
      ))}
    </section>
  );
}

function Beside({ indices }: { indices: ReportIndex[] }) {
  const all = new Map(indices.flatMap((one) => rows(one).map((row) => [row.path, row])));
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
            {[...all.values()].map(({ path, error, name }) => (
              <tr key={path}>
                <th>
                  <FigureName path={path} text={name} />
                </th>
                {indices.map(({ index, snapshot }) => (
                  <td class="number" key={index}>
                    <FigureValue
                      path={path}
                      value={figureAt(snapshot, path) ?? null}
                      reasons={snapshot?.undefined}
                      error={error ? figureAt(snapshot, error) : undefined}
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
