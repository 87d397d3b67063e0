// What fired before: as far back as the gateway keeps it, page by page.

import { useState } from "preact/hooks";
import { get } from "@/api/client";
import type { Episode } from "@/api/types";
import { duration, percent } from "@/format/numbers";
import { moment } from "@/format/time";
import { ruleName } from "@/format/words";
import { ErrorNote } from "@/parts/ErrorNote";
import { Empty, Loading, Panel } from "@/parts/parts";
import { Severity } from "@/parts/Severity";
import { href, parameter, parameters } from "@/router/router";
import type { SeverityName } from "@/store/episodes";
import { useResource } from "@/store/resource";
import { zone } from "@/store/settings";
import { isWanted } from "./Alerts";
import { subject, valueText } from "./words";

const PAGE = 200;

export function PastList({ chosen }: { chosen: string }) {
  const severity = parameter("severity") as "" | SeverityName;
  const [older, setOlder] = useState<{ of: string; episodes: Episode[]; next: string | null }>();
  const name = `past ${severity}`;
  const query = { open: false, limit: PAGE, ...(severity ? { severity } : {}) };
  const { data, error, again } = useResource(
    name,
    (signal) => get("/v1/alerts", { query, signal }),
    10_000,
  );
  if (error && !data) return <ErrorNote error={error} again={again} />;
  if (!data) return <Loading height={260} label="loading past alarms" />;
  const mine = older?.of === name ? older : null;
  const next = mine ? mine.next : data.next;
  const found = [...data.episodes, ...(mine?.episodes ?? [])].filter(isWanted);
  const more = async () => {
    if (!next) return;
    const page = await get("/v1/alerts", { query: { ...query, cursor: next } });
    setOlder({
      of: name,
      episodes: [...(mine?.episodes ?? []), ...page.episodes],
      next: page.next,
    });
  };
  if (!found.length) {
    return (
      <section class="card">
        <Empty title="No past alarm is like that">
          {data.since && <>Those before {moment(data.since, zone.value)} are in the log alone.</>}
        </Empty>
      </section>
    );
  }
  return (
    <div class="alerts-list">
      <Panel
        title="Past alarms"
        aside={
          data.since ? (
            <span class="muted">
              since {moment(data.since, zone.value)}; older ones are in the log
            </span>
          ) : (
            <span class="muted">all that there were</span>
          )
        }
      >
        <div class="scroll">
          <table class="table past">
            <thead>
              <tr>
                <th>Severity</th>
                <th>Index</th>
                <th>About</th>
                <th>Fired</th>
                <th class="number">For</th>
                <th class="number">At firing</th>
                <th class="number">Deepest</th>
                <th>Ended</th>
              </tr>
            </thead>
            <tbody>
              {found.map((one) => (
                <Row key={one.episode} episode={one} isChosen={one.episode === chosen} />
              ))}
            </tbody>
          </table>
        </div>
        {next && (
          <div class="card-body">
            <button type="button" class="button" onClick={() => void more()}>
              Show older ones
            </button>
          </div>
        )}
      </Panel>
    </div>
  );
}

function Row({ episode, isChosen }: { episode: Episode; isChosen: boolean }) {
  const { from, to } = episode;
  const seconds = to ? (Date.parse(to) - Date.parse(from)) / 1000 : null;
  const asked = Object.fromEntries(parameters.value);
  const reason = episode.resolved?.reason;
  return (
    <tr aria-selected={isChosen}>
      <td>
        <Severity of={episode.severity} />
      </td>
      <th scope="row">
        <a
          href={href("alerts", {
            ...asked,
            view: null,
            episode: isChosen ? null : episode.episode,
          })}
        >
          {episode.index}
        </a>
      </th>
      <td>
        {subject(episode)} <span class="muted">{ruleName(episode.rule)}</span>
      </td>
      <td>{moment(from, zone.value, true)}</td>
      <td class="number" data-head="for">
        {duration(seconds)}
      </td>
      <td class="number" data-head="at firing">
        {valueText(episode.figure, episode.then)}
      </td>
      <td class="number" data-head="deepest">
        {episode.kind === "drawdown" && percent(episode.deepest)}
      </td>
      <td>{reason ? reason.replaceAll("_", " ") : "cleared"}</td>
    </tr>
  );
}
