// The figures of each over the common time.

import { toneOf } from "@/chart/spec";
import { cardAt, reasonAt } from "@/api/definitions";
import type { Comparison } from "@/api/types";
import { shown } from "@/format/figure";
import { NONE } from "@/format/numbers";
import { date } from "@/format/time";
import { FigureName } from "@/parts/Figure";
import { Panel } from "@/parts/parts";
import { Explained } from "@/parts/Popover";
import { href } from "@/router/router";
import { rows } from "@/store/market";
import { zone } from "@/store/settings";
import { betaOf, hasOneRate, nameOf, ratesText } from "./charts";

type One = Comparison["series"][number];

/** Fields of a comparison, each with the figure whose card says how it is shown. */
const FIGURES: readonly (readonly [keyof One & string, string])[] = [
  ["return", "returns.inception"],
  ["annualised", "cagr"],
  ["volatility", "risk.volatility"],
  ["sharpe", "risk.sharpe"],
  ["max_drawdown", "drawdown.max"],
  ["drawdown", "drawdown.current"],
];
const NAMES: Partial<Record<string, string>> = { return: "Return", drawdown: "Drawdown now" };

export function CompareTable({ comparison }: { comparison: Comparison }) {
  const [first] = comparison.series;
  return (
    <Panel title="Figures over this time">
      <div class="scroll">
        <table class="table">
          <thead>
            <tr>
              <th />
              {FIGURES.map(([name, path]) => (
                <th class="number" key={name}>
                  <FigureName path={path} {...(NAMES[name] ? { text: NAMES[name] } : {})} />
                </th>
              ))}
              <th>Deepest, from</th>
              <th>to</th>
              <th class="number">
                <FigureName
                  path="benchmarks.X.beta"
                  text={`Beta to ${nameOf(first?.series ?? "")}`}
                />
              </th>
              <th class="number">Returns</th>
            </tr>
          </thead>
          <tbody>
            {comparison.series.map((one, k) => (
              <tr key={one.series}>
                <th data-tone={toneOf(k)}>
                  <span class="compare-key" aria-hidden="true" />
                  {rows.has(one.series) ? (
                    <a href={href("index", { id: one.series })}>{one.series}</a>
                  ) : (
                    nameOf(one.series)
                  )}
                </th>
                {FIGURES.map(([name, path]) => (
                  <td class="number" key={name}>
                    <Value
                      value={one[name]}
                      path={path}
                      why={reasonAt(comparison.undefined, `series.${k}.${name}`)}
                    />
                  </td>
                ))}
                <td>{date(one.peak_at, zone.value)}</td>
                <td>{date(one.trough_at, zone.value)}</td>
                <td class="number">
                  {shown("ratio", betaOf(comparison, one.series, first?.series ?? ""))}
                </td>
                <td class="number">{shown("count", one.n)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {hasOneRate(comparison.series) ? (
        <p class="muted compare-aim">{ratesText(comparison.series)}</p>
      ) : (
        <p class="notice">{ratesText(comparison.series)}</p>
      )}
    </Panel>
  );
}

function Value({ value, path, why }: { value: unknown; path: string; why: string }) {
  const display = cardAt(path)?.display;
  const text = shown(display, value);
  if (text === NONE)
    return (
      <Explained class="none" label={`undefined: ${why}`} more={() => why}>
        {NONE}
      </Explained>
    );
  const tone = display === "change" && typeof value === "number" && value !== 0;
  return <span class={tone ? (value > 0 ? "gain" : "loss") : ""}>{text}</span>;
}
