// The whole report, in the order in which it is read.

import { moment } from "@/format/time";
import { Status } from "@/parts/Status";
import { zone } from "@/store/settings";
import { Alarms } from "./Alarms";
import { Benchmarks } from "./Benchmarks";
import { Composition } from "./Composition";
import { AllFigures, DefinitionCards } from "./Figures";
import { Headline } from "./Headline";
import { Levels } from "./Levels";
import { following, isOver, report } from "./live";
import { Months } from "./Months";
import { periodText } from "./paper";
import { Quality } from "./Quality";
import { Regimes } from "./Regimes";
import { Falls } from "./Falls";
import { Rolling } from "./Rolling";
import { Tail } from "./Tail";
import type { Report } from "./data";

function Standing({ found }: { found: Report }) {
  const state = following.value;
  const statuses = [...new Set(found.indices.map(({ status }) => status))];
  return (
    <p class="report-standing">
      {state === null ? (
        <>
          It stands still: figures as of <b>{moment(found.as_of, zone.value)}</b>
        </>
      ) : (
        <>
          {state === "live" ? "It follows the gateway" : `The gateway: ${state.replace("_", " ")}`};
          figures as of <b>{moment(found.as_of, zone.value)}</b>
        </>
      )}{" "}
      {state === "live"
        ? statuses.map((status) => <Status key={status} status={status} />)
        : !isOver(found) &&
          `(was ${statuses.map((status) => status ?? "without figures").join(", ")})`}
    </p>
  );
}

export function ReportPage() {
  const found = report.value;
  if (!found) return null;
  const { indices } = found;
  const names = indices.map(({ name }) => name).join(", ");
  return (
    <main class="report">
      <header class="report-head">
        <div>
          <p class="report-kind">Performance report</p>
          <h1>{names}</h1>
          <p class="muted">
            {indices.map(({ index }) => index).join(", ")} · {periodText(found)}
          </p>
        </div>
        <Standing found={found} />
      </header>
      <Headline found={found} />
      <Levels indices={indices} />
      <Months indices={indices} />
      <Rolling indices={indices} />
      <Tail indices={indices} />
      <Falls indices={indices} />
      <Regimes indices={indices} />
      <Benchmarks found={found} />
      <Composition indices={indices} />
      <Alarms indices={indices} />
      <Quality indices={indices} />
      <AllFigures found={found} />
      <DefinitionCards found={found} />
      <footer class="report-foot">
        <p>
          Losses are positive numbers; a dash is a figure that is not defined yet, and why stands
          behind it. Each figure is that of <code>/v1/indices/{"{id}"}</code>
          {found.period.from || found.period.to
            ? " for the whole history; those of the period are made by the same engine from the daily closes of the level"
            : ""}
          .
        </p>
        {indices.map(({ index, sha256 }) => (
          <p key={index} class="mono">
            {index}: definition {sha256 ?? "unknown"}
          </p>
        ))}
        <p class="mono">
          figures: cards {found.cards}, numbers {found.numbers}; tidegauge {found.program}
        </p>
      </footer>
    </main>
  );
}
