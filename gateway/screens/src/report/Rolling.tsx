// Figures over time: those whose cards say that they are drawn, of all indices on one axis.

import { useMemo } from "preact/hooks";
import { cardAt, cards } from "@/api/definitions";
import { Chart } from "@/chart/Chart";
import { toneOf, type ChartSpec, type Series } from "@/chart/spec";
import type { Display } from "@/format/figure";
import { FigureName } from "@/parts/Figure";
import { Panel } from "@/parts/parts";
import { benchmarksOf, figurePoints, together, type Points, type ReportIndex } from "./data";

const ELSEWHERE = /^(drawdown|quality|composition)\./; // drawn in parts of their own

/** "Beta" of a window of 90 days is "Beta, 90d". */
const windowOf = (path: string): string => /^windows\.([^.]+)\./.exec(path)?.[1] ?? "";

export function Rolling({ indices }: { indices: ReportIndex[] }) {
  const drawn = cards()
    .filter(({ drawn }) => drawn && !ELSEWHERE.test(drawn))
    .filter(({ drawn }) => indices.some((one) => lines(one, drawn).length));
  if (!drawn.length) return null;
  return (
    <Panel title="Over time" class="rolling">
      <div class="rolling-charts">
        {drawn.map(({ path, drawn }) => (
          <OverTime key={path} path={path} pattern={drawn} indices={indices} />
        ))}
      </div>
    </Panel>
  );
}

function lines(one: ReportIndex, pattern: string): [string, string, Points][] {
  const names = pattern.includes("*") ? benchmarksOf(one) : [""];
  return names.flatMap((name) => {
    const found = figurePoints(one, pattern.replace("*", name));
    return found ? [[name, pattern.replace("*", name), found] as [string, string, Points]] : [];
  });
}

function OverTime(props: { path: string; pattern: string; indices: ReportIndex[] }) {
  const { path, pattern, indices } = props;
  const label = cardAt(path)?.label ?? path;
  const isReturn = path.startsWith("returns.");
  const title = [isReturn ? "Return" : label, isReturn ? label : windowOf(pattern)]
    .filter(Boolean)
    .join(", ");
  const drawn = useMemo(() => {
    const points: Record<string, Points> = {};
    const series: Series[] = [];
    for (const one of indices)
      for (const [name, , found] of lines(one, pattern)) {
        const column = `${one.index} ${name}`;
        const words = [indices.length > 1 ? one.name : "", name && `to ${name}`].filter(Boolean);
        points[column] = found;
        series.push({
          kind: "line",
          column,
          label: words.join(" ") || title,
          tone: toneOf(series.length),
        });
      }
    const display = (cardAt(path)?.display ?? "ratio") as Display;
    const spec: ChartSpec = {
      title,
      x: { kind: "time", zone: "utc" },
      y: { display, include: [0] },
      series,
      height: 150,
      together: "report",
    };
    return { spec, data: together(points) };
  }, [indices, path, pattern]);
  return (
    <figure class="small-chart">
      <figcaption>
        <FigureName path={path} text={title} />
      </figcaption>
      <Chart spec={drawn.spec} data={drawn.data} />
    </figure>
  );
}
