// The deepest drawdowns: from the peak to the trough, and back.

import { figureText } from "@/format/figure";
import { date } from "@/format/time";
import { duration } from "@/format/numbers";
import { Panel } from "@/parts/parts";
import { zone } from "@/store/settings";
import type { ReportIndex } from "./data";

type Episode = {
  peak_at: string | null;
  trough_at: string | null;
  recovered_at: string | null;
  depth: number | null;
};

const seconds = (from: string | null, to: string | null): string =>
  from && to ? duration((Date.parse(to) - Date.parse(from)) / 1000) : "–";

export function Falls({ indices }: { indices: ReportIndex[] }) {
  return (
    <Panel title="Deepest drawdowns">
      <div class="scroll">
        <table class="table">
          <thead>
            <tr>
              {indices.length > 1 && <th>Index</th>}
              <th class="number">Depth</th>
              <th>Peak</th>
              <th>Trough</th>
              <th>Recovered</th>
              <th class="number">Fell for</th>
              <th class="number">Recovered in</th>
              <th class="number">Under water</th>
            </tr>
          </thead>
          <tbody>
            {indices.flatMap((one) =>
              ((one.snapshot?.drawdown?.episodes ?? []) as Episode[]).map((episode) => (
                <tr key={`${one.index} ${episode.peak_at}`}>
                  {indices.length > 1 && <th>{one.name}</th>}
                  <td class="number">{figureText("drawdown.episodes.0.depth", episode.depth)}</td>
                  <td>{date(episode.peak_at, zone.value)}</td>
                  <td>{date(episode.trough_at, zone.value)}</td>
                  <td>
                    {episode.recovered_at ? date(episode.recovered_at, zone.value) : "not yet"}
                  </td>
                  <td class="number">{seconds(episode.peak_at, episode.trough_at)}</td>
                  <td class="number">{seconds(episode.trough_at, episode.recovered_at)}</td>
                  <td class="number">{seconds(episode.peak_at, episode.recovered_at ?? one.to)}</td>
                </tr>
              )),
            )}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
