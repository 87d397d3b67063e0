// What rang within the time.

import { figureText } from "@/format/figure";
import { duration } from "@/format/numbers";
import { date, moment } from "@/format/time";
import { ruleName, words } from "@/format/words";
import { Panel } from "@/parts/parts";
import { Severity } from "@/parts/Severity";
import { zone } from "@/store/settings";
import type { ReportIndex } from "./data";

export function Alarms({ indices }: { indices: ReportIndex[] }) {
  const all = indices
    .flatMap((one) => one.alerts.episodes.map((episode) => ({ one, episode })))
    .sort((a, b) => (a.episode.from < b.episode.from ? 1 : -1));
  const since = indices.map(({ alerts }) => alerts.since).filter((at) => at !== null);
  return (
    <Panel title={`Alarms: ${all.length}`}>
      {all.length === 0 ? (
        <p class="muted note">Nothing rang in this time.</p>
      ) : (
        <div class="scroll">
          <table class="table long">
            <thead>
              <tr>
                {indices.length > 1 && <th>Index</th>}
                <th>From</th>
                <th>To</th>
                <th class="number">Lasted</th>
                <th>Rule</th>
                <th>Kind</th>
                <th>Severity</th>
                <th class="number">Deepest</th>
              </tr>
            </thead>
            <tbody>
              {all.map(({ one, episode }) => (
                <tr key={episode.episode}>
                  {indices.length > 1 && <th>{one.name}</th>}
                  <td>{date(episode.from, zone.value)}</td>
                  <td>{episode.to ? date(episode.to, zone.value) : "rings still"}</td>
                  <td class="number">
                    {duration((Date.parse(episode.to ?? one.to) - Date.parse(episode.from)) / 1000)}
                  </td>
                  <td>{ruleName(episode.rule)}</td>
                  <td>{words(episode.kind)}</td>
                  <td>
                    <Severity of={episode.severity} />
                  </td>
                  <td class="number">
                    {episode.kind === "drawdown" && figureText("drawdown.max", episode.deepest)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {since[0] && (
        <p class="muted note">
          Only alarms since {moment(since[0], zone.value)} are kept here; the log has all.
        </p>
      )}
    </Panel>
  );
}
