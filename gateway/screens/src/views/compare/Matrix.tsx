// The correlation of each with each: the number, and a shade as strong.

import { reasonAt } from "@/api/definitions";
import type { Comparison } from "@/api/types";
import { shown } from "@/format/figure";
import { FigureName } from "@/parts/Figure";
import { Panel } from "@/parts/parts";
import { correlationOf, nameOf } from "./charts";

export function Matrix({ comparison }: { comparison: Comparison }) {
  const names = comparison.series.map(({ series }) => series);
  const why = (a: string, b: string): string => {
    const k = comparison.pairs.findIndex(
      (one) => (one.a === a && one.b === b) || (one.a === b && one.b === a),
    );
    return reasonAt(comparison.undefined, `pairs.${k}.correlation`);
  };
  return (
    <Panel title="Correlation of returns">
      <div class="scroll">
        <table class="table compare-matrix">
          <thead>
            <tr>
              <th>
                <FigureName path="benchmarks.X.correlation" />
              </th>
              {names.map((name) => (
                <th class="number" key={name}>
                  {nameOf(name)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {names.map((a) => (
              <tr key={a}>
                <th>{nameOf(a)}</th>
                {names.map((b) => {
                  const value = correlationOf(comparison, a, b);
                  return (
                    <td
                      class={`number ${value !== null && value < 0 ? "is-negative" : ""}`}
                      key={b}
                      title={value === null ? why(a, b) : undefined}
                      style={{ "--share": `${Math.round(Math.abs(value ?? 0) * 40)}%` }}
                    >
                      {shown("ratio", value)}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
