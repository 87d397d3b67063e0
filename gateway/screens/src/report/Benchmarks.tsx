// Against the benchmarks: all over their common time, and each figure that a benchmark has a part in.

import { cards } from "@/api/definitions";
import { figureText, shown } from "@/format/figure";
import { duration } from "@/format/numbers";
import { date } from "@/format/time";
import { FigureName, FigureValue } from "@/parts/Figure";
import { Panel } from "@/parts/parts";
import { ratesText } from "@/views/compare/charts";
import { pathsOf, plainName, type Report, type ReportIndex } from "./data";

export function Benchmarks({ found }: { found: Report }) {
  const { comparison, not_compared, indices } = found;
  return (
    <>
      {comparison && <Common comparison={comparison} />}
      {not_compared.length > 0 && (
        <p class="muted note">
          Not compared:{" "}
          {not_compared.map(({ series, why }) => `${plainName(series)} (${why})`).join("; ")}.
        </p>
      )}
      {indices.map((one) => (
        <Against key={one.index} one={one} isNamed={indices.length > 1} />
      ))}
    </>
  );
}

type Comparison = NonNullable<Report["comparison"]>;

/** The stronger the correlation, the stronger the shade. */
const shade = (value: number | null) => ({
  style: { "--share": `${Math.round(Math.abs(value ?? 0) * 34)}%` },
});

function Common({ comparison }: { comparison: Comparison }) {
  const { series, pairs } = comparison;
  const correlation = (a: string, b: string): number | null =>
    a === b
      ? 1
      : (pairs.find((pair) => (pair.a === a && pair.b === b) || (pair.a === b && pair.b === a))
          ?.correlation ?? null);
  return (
    <Panel title={`Side by side, ${date(comparison.from, "utc")} to ${date(comparison.to, "utc")}`}>
      <div class="scroll">
        <table class="table">
          <thead>
            <tr>
              <th />
              <th class="number">Return</th>
              <th class="number">A year</th>
              <th class="number">Volatility</th>
              <th class="number">Sharpe</th>
              <th class="number">Deepest</th>
              <th class="number">Now under water</th>
            </tr>
          </thead>
          <tbody>
            {series.map((one) => (
              <tr key={one.series}>
                <th>{plainName(one.series)}</th>
                <td class="number">{figureText("returns.inception", one.return)}</td>
                <td class="number">{figureText("cagr", one.annualised)}</td>
                <td class="number">{figureText("risk.volatility", one.volatility)}</td>
                <td class="number">{figureText("risk.sharpe", one.sharpe)}</td>
                <td class="number">{figureText("drawdown.max", one.max_drawdown)}</td>
                <td class="number">{figureText("drawdown.current", one.drawdown)}</td>
              </tr>
            ))}
          </tbody>
        </table>
        <table class="table matrix">
          <thead>
            <tr>
              <th>Correlation</th>
              {series.map((one) => (
                <th class="number" key={one.series}>
                  {plainName(one.series)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {series.map((one) => (
              <tr key={one.series}>
                <th>{plainName(one.series)}</th>
                {series.map((other) => (
                  <td
                    class="number"
                    key={other.series}
                    {...shade(correlation(one.series, other.series))}
                  >
                    {shown("ratio", correlation(one.series, other.series))}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="muted note">
        By the closes of bars of {duration(comparison.step)} over the time that all have.{" "}
        {ratesText(series)}
      </p>
    </Panel>
  );
}

function Against({ one, isNamed }: { one: ReportIndex; isNamed: boolean }) {
  const names = Object.keys(one.snapshot?.benchmarks ?? {});
  const rows = cards().filter(({ path }) => path.startsWith("benchmarks.*."));
  const paths = rows.flatMap(({ path }) => {
    const first = pathsOf(one.snapshot, path.replace("benchmarks.*", `benchmarks.${names[0]}`));
    return first.map((found) => found.split(".").slice(2).join("."));
  });
  if (!names.length) return null;
  return (
    <Panel title={isNamed ? `Against benchmarks: ${one.name}` : "Against benchmarks"}>
      <div class="card-body">
        <div class="columns">
          <table class="table figures">
            <thead>
              <tr>
                <th />
                {names.map((name) => (
                  <th class="number" key={name}>
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {paths.map((path) => (
                <tr key={path}>
                  <th>
                    <FigureName
                      path={`benchmarks.${names[0]}.${path}`}
                      {...(path.startsWith("excess.") ? { text: `Ahead, ${path.slice(7)}` } : {})}
                    />
                  </th>
                  {names.map((name) => (
                    <td class="number" key={name}>
                      <Value one={one} path={`benchmarks.${name}.${path}`} />
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </div>
    </Panel>
  );
}

function Value({ one, path }: { one: ReportIndex; path: string }) {
  const [, name = "", ...rest] = path.split(".");
  let value: unknown = one.snapshot?.benchmarks?.[name];
  for (const step of rest) value = (value as Record<string, unknown> | null)?.[step];
  return <FigureValue path={path} value={value ?? null} reasons={one.snapshot?.undefined} />;
}
