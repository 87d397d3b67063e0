// Two to ten indices or assets over the time that all have, and the order of all by a profile.

import { useEffect, useMemo } from "preact/hooks";
import { get } from "@/api/client";
import { definedIndices } from "@/api/definitions";
import type { Comparison } from "@/api/types";
import { Chart } from "@/chart/Chart";
import { duration } from "@/format/numbers";
import { date } from "@/format/time";
import { ErrorNote } from "@/parts/ErrorNote";
import { Choices, Empty, Loading, Panel } from "@/parts/parts";
import { change } from "@/router/router";
import { gatewayNow } from "@/store/clock";
import { isLoaded, newest, roster, rows } from "@/store/market";
import { useResource } from "@/store/resource";
import { zone } from "@/store/settings";
import { choose, chosenRange, chosenSeries, LEAST } from "./asked";
import { beginOf, RANGES, rangeNames } from "./ranges";
import { falls, growth, nameOf, riskAgainstReturn, rolling, type Drawn } from "./charts";
import { Chooser, firstChoice } from "./Chooser";
import "./compare.css";
import { CompareTable } from "./CompareTable";
import { Matrix } from "./Matrix";
import { Ranking } from "./Ranking";

const AGAIN = 60_000; // ms: closed bars change no sooner

export default function Compare() {
  roster.value; // eslint-disable-line @typescript-eslint/no-unused-expressions -- follows it
  const chosen = chosenSeries();
  const range = chosenRange();
  // One index alone is compared with what it is measured against, which its definition says.
  const isKnown = rows.size >= LEAST || definedIndices.value !== null;
  const isEmpty = isLoaded.value && isKnown && chosen.length < LEAST;
  useEffect(() => {
    if (isEmpty && rows.size) choose(firstChoice());
  }, [isEmpty]);
  const ids = chosen.join(",");
  // Of a log that stands still the last year is that before its end.
  const from = beginOf(range, Date.parse(newest.value) || gatewayNow());
  const { window } = RANGES[range];
  const asked = chosen.length >= LEAST ? `compare ${ids} ${from ?? ""} ${window}` : null;
  const { data, error, again } = useResource(
    asked,
    (signal) => get("/v1/compare", { query: { ids, window, ...(from ? { from } : {}) }, signal }),
    AGAIN,
  );
  const reports = chosen.filter((name) => rows.has(name));
  return (
    <div class="compare">
      <div class="compare-head">
        <Chooser chosen={chosen} />
        <Choices
          label="time"
          of={rangeNames.map((name) => [name, RANGES[name].label] as const)}
          chosen={range}
          choose={(name) => change({ range: name })}
        />
        {reports.length > 0 && (
          <a
            class="button"
            href={`/v1/reports/${reports.join(",")}`}
            target="_blank"
            rel="noopener"
          >
            Report
          </a>
        )}
      </div>
      {error && <ErrorNote error={error} again={again} />}
      {!data && !error && asked && <Loading height={420} label="comparing" />}
      {!asked && isLoaded.value && !rows.size && (
        <Empty title="There is nothing to compare yet">
          An index that is defined shows here, and so do the assets that it holds.
        </Empty>
      )}
      {data && <Compared comparison={data} />}
      <Ranking chosen={chosen} />
    </div>
  );
}

function Compared({ comparison }: { comparison: Comparison }) {
  const names = comparison.series.map(({ series }) => series);
  const zone_ = zone.value;
  const drawn = useMemo(() => {
    const over = comparison.over_time;
    if (!over) return null;
    return {
      growth: growth(names, over, zone_),
      falls: falls(names, over, zone_),
      rolling: (["beta", "correlation"] as const).map((name) => rolling(name, names, over, zone_)),
      risk: riskAgainstReturn(comparison),
    };
  }, [comparison, zone_]);
  return (
    <>
      <p class="muted">
        {date(comparison.from, zone_)} to {date(comparison.to, zone_)}, by closes of{" "}
        {duration(comparison.step)}
        <Bounds comparison={comparison} />
      </p>
      {drawn && (
        <>
          <Drawing drawn={drawn.growth} />
          <Drawing drawn={drawn.falls} />
        </>
      )}
      <CompareTable comparison={comparison} />
      {drawn && (
        <div class="compare-pair">
          <Drawing drawn={drawn.risk} note="volatility to the right, return upwards" />
          <Matrix comparison={comparison} />
        </div>
      )}
      {drawn && (
        <div class="compare-pair">
          {drawn.rolling.map((one) => (
            <Drawing key={one.spec.title} drawn={one} />
          ))}
        </div>
      )}
    </>
  );
}

/** Whose history is the shortest, where that bounds the time. */
function Bounds({ comparison }: { comparison: Comparison }) {
  const { from = [], to = [] } = comparison.limited_by;
  const parts = [
    from.length ? `${from.map(nameOf).join(", ")} began last` : "",
    to.length ? `${to.map(nameOf).join(", ")} ended first` : "",
  ].filter(Boolean);
  return parts.length ? <>; the time is bounded: {parts.join(", ")}</> : null;
}

function Drawing({ drawn, note }: { drawn: Drawn; note?: string }) {
  return (
    <Panel title={drawn.spec.title} aside={note && <span class="muted aside">{note}</span>}>
      <div class="card-body">
        <Chart spec={drawn.spec} data={drawn.data} />
      </div>
    </Panel>
  );
}
