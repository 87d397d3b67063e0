// Months by years, each coloured by its return; beside a year what it was over benchmarks.

import { reasonAt } from "@/api/definitions";
import { figureText } from "@/format/figure";
import { isNumber, NONE } from "@/format/numbers";
import { monthNames } from "@/format/time";

const STEPS = [0.02, 0.05, 0.1, 0.2]; // from which return on a cell is a shade stronger

interface Period {
  period: string;
  return?: number | null;
  excess?: Record<string, number | null> | null;
}
/** What is read here of a snapshot. */
export interface Calendar {
  calendar?: {
    months?: readonly (Period | null)[] | null;
    years?: readonly (Period | null)[] | null;
  } | null;
  undefined?: Record<string, string> | null;
}

const periods = (found: readonly (Period | null)[] | null | undefined): Period[] =>
  (found ?? []).filter((one) => one !== null);

/** The benchmarks that its periods are held against. */
export const benchmarksOf = (snapshot: Calendar | null): string[] => [
  ...new Set(
    [...periods(snapshot?.calendar?.months), ...periods(snapshot?.calendar?.years)].flatMap((one) =>
      Object.keys(one.excess ?? {}),
    ),
  ),
];

const shade = (value: number): string => {
  if (value === 0) return "heat";
  const size = STEPS.filter((step) => Math.abs(value) >= step).length;
  return `heat ${value > 0 ? "up" : "down"}-${size}`;
};

export function MonthsTable(props: {
  snapshot: Calendar | null;
  /** The benchmark over which the returns are; none where they are the index's own. */
  over?: string;
  /** Benchmarks over which the years stand in columns of their own. */
  against?: readonly string[];
}) {
  const { snapshot, over = "", against = [] } = props;
  const months = new Map(periods(snapshot?.calendar?.months).map((one) => [one.period, one]));
  const years = new Map(periods(snapshot?.calendar?.years).map((one) => [one.period, one]));
  const shownYears = [
    ...new Set([...months.keys(), ...years.keys()].map((period) => period.slice(0, 4))),
  ].sort();
  const cell = (kind: "months" | "years", one: Period | undefined, key: string, of = over) => {
    if (!one) return <td key={key} />;
    const value = of ? one.excess?.[of] : one.return;
    const path = `calendar.${kind}.${one.period}.${of ? `excess.${of}` : "return"}`;
    const isKnown = isNumber(value);
    const text = isKnown ? figureText(path, value) : NONE;
    return (
      <td
        key={key}
        class={`number ${isKnown ? shade(value) : ""} ${kind === "years" ? "is-year" : ""}`}
        title={isKnown ? `${one.period}: ${text}` : reasonAt(snapshot?.undefined, path)}
      >
        {text}
      </td>
    );
  };
  return (
    <table class="table heat-map">
      <thead>
        <tr>
          <th scope="col">Year</th>
          {[...monthNames(), "Year", ...against.map((name) => `over ${name}`)].map((name) => (
            <th scope="col" class="number" key={name}>
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {shownYears.map((year) => (
          <tr key={year}>
            <th scope="row">{year}</th>
            {monthNames().map((name, i) =>
              cell("months", months.get(`${year}-${String(i + 1).padStart(2, "0")}`), name),
            )}
            {cell("years", years.get(year), "year")}
            {against.map((name) => cell("years", years.get(year), name, name))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
