// Level and underwater: of one index against its benchmarks, of several against each other.

import { useMemo } from "preact/hooks";
import { Chart } from "@/chart/Chart";
import {
  toneOf,
  type ChartData,
  type ChartSpec,
  type Mark,
  type Series,
  type Stretch,
} from "@/chart/spec";
import { Panel } from "@/parts/parts";
import { ruleName } from "@/format/words";
import { levelTimes, together, type Points, type ReportIndex } from "./data";

const REBASED = 100;
const SPREAD = 3; // from here on of highest to lowest a logarithm shows falls of one size alike

export function Levels({ indices }: { indices: ReportIndex[] }) {
  const level = useMemo(() => levels(indices), [indices]);
  const water = useMemo(() => underwater(indices), [indices]);
  return (
    <>
      <Panel title={level.title}>
        <div class="card-body">
          <Chart spec={level.spec} data={level.data} />
        </div>
      </Panel>
      <Panel
        title={`Under water: below the highest level so far${indices.some(({ since_start }) => since_start) ? ", of the whole history" : ""}`}
      >
        <div class="card-body">
          <Chart spec={water.spec} data={water.data} />
        </div>
      </Panel>
    </>
  );
}

interface Drawn {
  title: string;
  spec: ChartSpec;
  data: ChartData;
}

function levels(indices: ReportIndex[]): Drawn {
  const [one] = indices;
  const isAlone = indices.length === 1;
  const points: Record<string, Points> = {};
  const series: Series[] = [];
  indices.forEach((index, k) => {
    const at = levelTimes(index);
    const { close } = index.series.level;
    const scale = isAlone ? 1 : REBASED / (close[0] ?? 1);
    points[index.index] = { at, values: close.map((value) => value * scale) };
    series.push({
      kind: "line",
      column: index.index,
      label: index.name,
      tone: toneOf(k),
      width: isAlone ? 2 : 1.5,
    });
  });
  if (isAlone && one) {
    const at = levelTimes(one);
    Object.entries(one.series.benchmarks).forEach(([name, closes], k) => {
      const first = closes.findIndex((value) => value !== null);
      const base = closes[first];
      if (!base) return;
      const scale = (one.series.level.close[first] ?? 1) / base;
      const values = closes.map((value) => (value === null ? null : value * scale));
      points[`against ${name}`] = { at, values };
      series.push({
        kind: "line",
        column: `against ${name}`,
        label: `${name}, rebased`,
        tone: toneOf(k + 1),
        width: 1,
      });
    });
  }
  const data = together(points);
  const values = Object.values(data.columns)
    .flat()
    .filter((v): v is number => v !== null);
  const isLog = Math.max(...values) > SPREAD * Math.min(...values);
  const title = isAlone
    ? `Level${isLog ? ", logarithmic" : ""}`
    : `Levels, rebased to ${REBASED}${isLog ? ", logarithmic" : ""}`;
  const spec: ChartSpec = {
    title,
    x: { kind: "time", zone: "utc" },
    y: { display: "money", scale: isLog ? "log" : "linear" },
    series,
    ...(one && isAlone ? { stretches: regimes(one), marks: alarms(one) } : {}),
    height: 300,
    together: "report",
  };
  return { title, spec, data };
}

/** Falling markets are shaded. */
function regimes(one: ReportIndex): Stretch[] {
  return (one.series.words["regime.trend"] ?? [])
    .filter(({ value }) => value === "bear")
    .map(({ from, to, value }) => ({
      from: Date.parse(from),
      to: Date.parse(to),
      label: `${value} market`,
      tone: "loss",
    }));
}

function alarms(one: ReportIndex): Mark[] {
  return one.alerts.episodes
    .filter(({ kind }) => kind === "drawdown")
    .map(({ from, rule }) => ({
      at: Date.parse(from),
      label: `alarm ${ruleName(rule)}`,
      tone: "loss",
      form: "triangle",
    }));
}

function underwater(indices: ReportIndex[]): Drawn {
  const isAlone = indices.length === 1;
  const points: Record<string, Points> = {};
  const series: Series[] = indices.map(({ index, name }, k) => ({
    kind: isAlone ? "area" : "line",
    column: index,
    label: name,
    tone: isAlone ? "loss" : toneOf(k),
  }));
  for (const one of indices) {
    const { close, peak } = one.series.level;
    points[one.index] = {
      at: levelTimes(one),
      values: close.map((value, i) => {
        const top = peak[i];
        return top ? Math.max(1 - value / top, 0) : null;
      }),
    };
  }
  const title = "Under water";
  const spec: ChartSpec = {
    title,
    x: { kind: "time", zone: "utc" },
    y: { display: "percent", include: [0], isDown: true },
    series,
    height: 170,
    together: "report",
  };
  return { title, spec, data: together(points) };
}
