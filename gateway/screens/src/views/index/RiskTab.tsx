// Risk: figures that roll, the distribution of returns and its tail, falls, regimes.

import { useMemo, useState } from "preact/hooks";
import { cardAt, cards, figureAt, label } from "@/api/definitions";
import type { Snapshot } from "@/api/types";
import { Chart } from "@/chart/Chart";
import { toneOf, type ChartSpec, type Rule } from "@/chart/spec";
import type { Display } from "@/format/figure";
import { duration, NONE, percent } from "@/format/numbers";
import { moment } from "@/format/time";
import { ErrorNote } from "@/parts/ErrorNote";
import { Choices, Empty, Loading, Panel } from "@/parts/parts";
import { gatewayNow } from "@/store/clock";
import { zone } from "@/store/settings";
import { FigureTable } from "./FigureTable";
import type { IndexProps } from "./IndexView";
import { candlesOf, figuresOf, histogram, returnsOf } from "./series";
import { useFigures } from "./usePast";
import { useReturns } from "./useReturns";

const DAY = 86_400_000; // ms

export function RiskTab({ index, whole, snapshot }: IndexProps) {
  return (
    <>
      <div class="two">
        <Rolling index={index} snapshot={snapshot} />
        <Distribution
          index={index}
          snapshot={snapshot}
          interval={whole?.definition?.return_interval ?? null}
        />
      </div>
      <div class="two">
        <Episodes snapshot={snapshot} />
        <FigureTable title="By regime" section="regime" snapshot={snapshot} />
      </div>
      <div class="two">
        <FigureTable
          title="Trailing windows, by closes"
          aside={lastDay(snapshot)}
          section="windows"
          of={{ text: "Returns of", words: (name) => barOf(name, cardAt("windows.1d.n")?.formula) }}
          snapshot={snapshot}
        />
        <FigureTable title="Rolling returns" section="rolling" snapshot={snapshot} />
      </div>
      <FigureTable title="Against benchmarks" section="benchmarks" snapshot={snapshot} />
    </>
  );
}

const BARS: Record<string, string> = { minutes: "1 min", hours: "1 h", days: "1 d" };

/** Of what bars the returns of a window are, as the card of their number says it. */
export function barOf(window_: string, formula = ""): string {
  for (const [, unit = "", names = ""] of formula.matchAll(/(\w+) \(([^()]+)\)/g))
    if (names.split(", ").includes(window_) && BARS[unit]) return BARS[unit];
  return NONE;
}

/** Until when windows of days are: the last 00:00 UTC. */
function lastDay(snapshot: Snapshot | null): string {
  const at = snapshot?.as_of ? Date.parse(snapshot.as_of) : NaN;
  return at ? `those of days to the last close, ${moment(at - (at % DAY), zone.value)}` : "";
}

/** A figure of trailing windows over time, of one window and of each benchmark. */
function Rolling({ index, snapshot }: { index: string; snapshot: Snapshot | null }) {
  const windows = Object.keys(snapshot?.windows ?? {});
  const own = cards().filter(
    (card) => /^windows\.\*\.[^.*]+$/.test(card.path) && card.display !== "count",
  );
  const paired = cards().filter(
    (card) => card.path.startsWith("windows.*.benchmarks.*.") && card.display !== "count",
  );
  const benchmarks = Object.keys(snapshot?.benchmarks ?? {});
  const figures = [...own, ...(benchmarks.length ? paired : [])].map(
    (card) => card.path.split(".").at(-1) ?? "",
  );
  const [window_, setWindow] = useState("");
  const [figure, setFigure] = useState("");
  const chosenWindow = windows.includes(window_) ? window_ : (windows.at(-2) ?? windows[0] ?? "");
  const chosen = figures.includes(figure)
    ? figure
    : (figures.find((name) => name === "volatility") ?? figures[0] ?? "");
  const isPaired =
    paired.some((card) => card.path.endsWith(`.${chosen}`)) &&
    !own.some((card) => card.path.endsWith(`.${chosen}`));
  const paths = !chosenWindow
    ? []
    : isPaired
      ? benchmarks.map((name) => `windows.${chosenWindow}.benchmarks.${name}.${chosen}`)
      : [`windows.${chosenWindow}.${chosen}`];
  const past = useFigures(index, paths);
  const data = useMemo(() => (past.data ? figuresOf(past.data) : null), [past.data]);
  const spec = useMemo<ChartSpec>(
    () => ({
      title: `${label(paths[0] ?? "")} over ${chosenWindow}`,
      x: { kind: "time", zone: zone.value },
      y: { display: (cardAt(paths[0] ?? "")?.display ?? "ratio") as Display },
      series: paths.map((path, i) => ({
        kind: "line",
        column: path,
        label: isPaired ? (benchmarks[i] ?? "") : `${label(path)} over ${chosenWindow}`,
        tone: toneOf(i),
      })),
      height: 250,
    }),
    [paths.join(), zone.value],
  );
  return (
    <Panel
      title="Over time"
      aside={
        <div class="chart-controls">
          <select
            class="field"
            aria-label="Figure"
            value={chosen}
            onChange={(event) => setFigure(event.currentTarget.value)}
          >
            {figures.map((name) => (
              <option key={name} value={name}>
                {label(
                  own.some((card) => card.path.endsWith(`.${name}`))
                    ? `windows.1d.${name}`
                    : `windows.1d.benchmarks.X.${name}`,
                )}
              </option>
            ))}
          </select>
          <Choices
            label="Window"
            of={windows.map((name) => [name, name] as const)}
            chosen={chosenWindow}
            choose={setWindow}
          />
        </div>
      }
    >
      <div class="card-body">
        {past.error ? (
          <ErrorNote error={past.error} again={past.again} />
        ) : !data ? (
          <Loading height={250} />
        ) : data.x.length < 2 ? (
          <Empty title="No days yet">
            Figures are kept at the ends of days; the first two make a line.
          </Empty>
        ) : (
          <Chart spec={spec} data={data} />
        )}
      </div>
    </Panel>
  );
}

/** How returns are spread, and where VaR and CVaR lie. */
function Distribution({
  index,
  snapshot,
  interval,
}: {
  index: string;
  snapshot: Snapshot | null;
  interval: number | null;
}) {
  const past = useReturns(index, interval);
  const bins = useMemo(
    () => (past.data ? histogram(returnsOf(candlesOf(past.data, gatewayNow()).close)) : null),
    [past.data],
  );
  const rules = useMemo<Rule[]>(
    () =>
      cards()
        .filter((card) => /^risk\.c?var_\d+$/.test(card.path))
        .flatMap((card) => {
          const value = figureAt(snapshot, card.path);
          if (typeof value !== "number") return [];
          const isMean = card.path.includes("cvar");
          return [
            {
              at: -value,
              label: `${card.label} ${percent(value)}`,
              tone: isMean ? ("loss" as const) : ("warn" as const),
              axis: "x" as const,
            },
          ];
        }),
    [snapshot?.risk],
  );
  const spec = useMemo<ChartSpec>(
    () => ({
      title: "How returns are spread",
      x: { kind: "number", display: "change" },
      y: { display: "count", include: [0] },
      series: [
        { kind: "bars", column: "counts", label: "returns", tone: "series-1", below: "series-2" },
      ],
      rules,
      height: 250,
    }),
    [rules],
  );
  const length = past.data ? duration(past.data.step) : "";
  return (
    <Panel
      title="Distribution and tail"
      aside={<span class="muted">{length && `returns of ${length}`}</span>}
    >
      <div class="card-body">
        {past.error ? (
          <ErrorNote error={past.error} again={past.again} />
        ) : !bins ? (
          <Loading height={250} />
        ) : bins.x.length === 0 ? (
          <Empty title="Too few returns yet" />
        ) : (
          <Chart spec={spec} data={{ x: bins.x, columns: { counts: bins.counts } }} />
        )}
      </div>
    </Panel>
  );
}

/** The deepest falls, deepest first, as the snapshot tells them. */
function Episodes({ snapshot }: { snapshot: Snapshot | null }) {
  return (
    <FigureTable title="Deepest falls" section="drawdown.episodes" snapshot={snapshot} isRows />
  );
}
