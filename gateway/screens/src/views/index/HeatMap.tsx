// Returns of months, a row for each year, and of years; of the index or over a benchmark.

import { useState } from "preact/hooks";
import { reasonAt } from "@/api/definitions";
import type { Snapshot } from "@/api/types";
import { change as changeText, isNumber, NONE } from "@/format/numbers";
import { monthNames } from "@/format/time";
import { Choices, Panel } from "@/parts/parts";

const DEEP = 0.3; // a return of so much has the full colour

interface Period {
  period: string;
  return?: number | null;
  excess?: Record<string, number | null> | null;
}

export function HeatMap({ snapshot }: { snapshot: Snapshot | null }) {
  const [of, setOf] = useState("");
  const months = (snapshot?.calendar?.months ?? []) as (Period | null)[];
  const years = (snapshot?.calendar?.years ?? []) as (Period | null)[];
  const found = new Map(
    [...months, ...years].flatMap((one) => (one ? [[one.period, one] as const] : [])),
  );
  if (!found.size) return null;
  const benchmarks = [
    ...new Set([...found.values()].flatMap((one) => Object.keys(one.excess ?? {}))),
  ];
  const shownYears = [...new Set([...found.keys()].map((period) => period.slice(0, 4)))].sort();
  const cell = (period: string, kind: "months" | "years") => {
    const one = found.get(period);
    if (!one) return <td key={period} />;
    const value = of ? one.excess?.[of] : one.return;
    const path = `calendar.${kind}.${period}.${of ? `excess.${of}` : "return"}`;
    const isKnown = isNumber(value);
    const depth = isKnown ? Math.min(Math.abs(value) / DEEP, 1) : 0;
    const colour = isKnown && value < 0 ? "var(--loss)" : "var(--gain)";
    return (
      <td
        key={period}
        class={kind === "years" ? "number heat is-year" : "number heat"}
        title={isKnown ? `${period}: ${changeText(value)}` : reasonAt(snapshot?.undefined, path)}
        style={{
          background: `color-mix(in srgb, ${colour} ${Math.round(depth * 38)}%, transparent)`,
        }}
      >
        {isKnown ? changeText(value) : NONE}
      </td>
    );
  };
  return (
    <Panel
      title="Months and years"
      aside={
        benchmarks.length > 0 && (
          <Choices
            label="Of the index, or over a benchmark"
            of={[
              ["", "Return"] as const,
              ...benchmarks.map((name) => [name, `Over ${name}`] as const),
            ]}
            chosen={of}
            choose={setOf}
          />
        )
      }
    >
      <div class="scroll" tabIndex={0}>
        <table class="table heatmap">
          <thead>
            <tr>
              <th scope="col">Year</th>
              {monthNames().map((name) => (
                <th scope="col" class="number" key={name}>
                  {name}
                </th>
              ))}
              <th scope="col" class="number">
                Year
              </th>
            </tr>
          </thead>
          <tbody>
            {shownYears.map((year) => (
              <tr key={year}>
                <th scope="row">{year}</th>
                {monthNames().map((_, i) =>
                  cell(`${year}-${String(i + 1).padStart(2, "0")}`, "months"),
                )}
                {cell(year, "years")}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
