// Returns of months and years; of the index or over a benchmark.

import { useState } from "preact/hooks";
import type { Snapshot } from "@/api/types";
import { benchmarksOf, MonthsTable, type Calendar } from "@/parts/MonthsTable";
import { Choices, Panel } from "@/parts/parts";

export function HeatMap({ snapshot }: { snapshot: Snapshot | null }) {
  const [over, setOver] = useState("");
  const found = snapshot as Calendar | null;
  if (!found?.calendar?.months?.length && !found?.calendar?.years?.length) return null;
  const benchmarks = benchmarksOf(found);
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
            chosen={over}
            choose={setOver}
          />
        )
      }
    >
      <div class="scroll" tabIndex={0}>
        <MonthsTable snapshot={found} over={over} />
      </div>
    </Panel>
  );
}
