// Months by years, each coloured by its return; beside a year what it was against the benchmark.

import { figureText } from "@/format/figure";
import { monthNames } from "@/format/time";
import { Panel } from "@/parts/parts";
import type { ReportIndex } from "./data";

type Entry = { period: string; return: number | null; excess?: Record<string, number | null> };

const STEPS = [0.02, 0.05, 0.1, 0.2]; // from which return on a cell is a shade stronger

const shade = (value: number | null | undefined): string => {
  if (value === null || value === undefined || value === 0) return "";
  const size = STEPS.filter((step) => Math.abs(value) >= step).length;
  return `heat ${value > 0 ? "up" : "down"}-${size}`;
};

const entries = (one: ReportIndex, kind: "months" | "years"): Entry[] =>
  (one.snapshot?.calendar?.[kind] ?? []) as Entry[];

export function Months({ indices }: { indices: ReportIndex[] }) {
  return (
    <>
      {indices.map((one) => (
        <Panel
          key={one.index}
          title={indices.length > 1 ? `Returns by month: ${one.name}` : "Returns by month"}
        >
          <div class="scroll">
            <HeatMap one={one} />
          </div>
        </Panel>
      ))}
    </>
  );
}

function HeatMap({ one }: { one: ReportIndex }) {
  const months = new Map(entries(one, "months").map((entry) => [entry.period, entry.return]));
  const years = entries(one, "years");
  const against = [...new Set(years.flatMap(({ excess }) => Object.keys(excess ?? {})))];
  const cell = (path: string, value: number | null | undefined, key: string) => (
    <td key={key} class={`number ${shade(value)}`}>
      {value === undefined ? "" : figureText(path, value)}
    </td>
  );
  return (
    <table class="table heat-map">
      <thead>
        <tr>
          <th>Year</th>
          {monthNames().map((name) => (
            <th class="number" key={name}>
              {name}
            </th>
          ))}
          <th class="number">Year</th>
          {against.map((name) => (
            <th class="number" key={name}>
              over {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {years.map(({ period: year, return: whole, excess }) => (
          <tr key={year}>
            <th>{year}</th>
            {monthNames().map((_, k) => {
              const period = `${year}-${String(k + 1).padStart(2, "0")}`;
              return cell(`calendar.months.${period}.return`, months.get(period), period);
            })}
            {cell(`calendar.years.${year}.return`, whole, "year")}
            {against.map((name) => (
              <td class="number" key={name}>
                {figureText(`calendar.years.${year}.excess.${name}`, excess?.[name] ?? null)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
