// Returns of months and years of each index, with what its years were over the benchmarks.

import { benchmarksOf, MonthsTable, type Calendar } from "@/parts/MonthsTable";
import { Panel } from "@/parts/parts";
import type { ReportIndex } from "./data";

export function Months({ indices }: { indices: ReportIndex[] }) {
  return (
    <>
      {indices.map((one) => {
        const snapshot = one.snapshot as Calendar | null;
        return (
          <Panel
            key={one.index}
            title={indices.length > 1 ? `Returns by month: ${one.name}` : "Returns by month"}
          >
            <div class="scroll" tabIndex={0}>
              <MonthsTable snapshot={snapshot} against={benchmarksOf(snapshot)} />
            </div>
          </Panel>
        );
      })}
    </>
  );
}
