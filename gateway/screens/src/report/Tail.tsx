// How the returns are distributed, and the tail of losses.

import { useMemo } from "preact/hooks";
import { cards, figureAt } from "@/api/definitions";
import { Chart } from "@/chart/Chart";
import type { ChartData, ChartSpec, Rule } from "@/chart/spec";
import { duration } from "@/format/numbers";
import { Panel } from "@/parts/parts";
import type { ReportIndex } from "./data";
import { FigureRow } from "./FigureRow";

const LOSSES = /^risk\.c?var_\d+$/; // by what they are called: a loss that is not passed so often

const losses = () => cards().filter(({ path }) => LOSSES.test(path));

export function Tail({ indices }: { indices: ReportIndex[] }) {
  return (
    <>
      {indices.map((one) => (
        <Panel
          key={one.index}
          title={
            indices.length > 1 ? `Distribution of returns: ${one.name}` : "Distribution of returns"
          }
        >
          <div class="card-body tail">
            <Histogram one={one} />
            <TailFigures one={one} />
          </div>
        </Panel>
      ))}
    </>
  );
}

function Histogram({ one }: { one: ReportIndex }) {
  const { distribution } = one.series;
  const drawn = useMemo(() => histogram(one), [one]);
  if (!distribution.n) return <p class="muted">There is no return yet.</p>;
  return (
    <figure class="small-chart">
      <figcaption class="muted">
        {distribution.n} returns of {duration(distribution.step)}, counted
        {distribution.is_return_interval ? "" : "; the figures of risk are made of shorter bars"}
      </figcaption>
      <Chart spec={drawn.spec} data={drawn.data} />
    </figure>
  );
}

function histogram(one: ReportIndex): { spec: ChartSpec; data: ChartData } {
  const { edges, counts, is_return_interval: isSame } = one.series.distribution;
  const x = counts.map((_, i) => ((edges[i] ?? 0) + (edges[i + 1] ?? 0)) / 2);
  const rules: Rule[] = isSame
    ? losses().flatMap(({ path, label }): Rule[] => {
        const value = figureAt(one.snapshot, path);
        return typeof value === "number"
          ? [{ at: -value, label, tone: path.includes("cvar") ? "doubt" : "warn", axis: "x" }]
          : [];
      })
    : [];
  const spec: ChartSpec = {
    title: `Distribution of the returns of ${one.name}`,
    x: { kind: "number", display: "percent" },
    y: { display: "count", include: [0] },
    series: [
      {
        kind: "bars",
        column: "count",
        label: "returns",
        tone: "gain",
        below: "loss",
        display: "count",
      },
    ],
    rules,
    height: 260,
  };
  return { spec, data: { x, columns: { count: counts } } };
}

const TAIL = /^risk\.(c?var_\w+|skew|kurtosis|tail_ratio|worst_\w+|best_\w+)$/;

function TailFigures({ one }: { one: ReportIndex }) {
  const found = cards().filter(({ path }) => TAIL.test(path));
  return (
    <table class="table figures">
      <tbody>
        {found.map(({ path }) => (
          <FigureRow key={path} one={one} path={path} />
        ))}
      </tbody>
    </table>
  );
}
