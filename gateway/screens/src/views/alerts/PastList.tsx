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
import { change, href, parameter, parameters } from "@/router/router";
import type { SeverityName } from "@/store/episodes";
import { useResource } from "@/store/resource";
import { zone } from "@/store/settings";
import { isWanted } from "./Alerts";
import { eventsOf, eventWords, worstOf } from "./events";
import { subject, valueText } from "./words";

const PAGE = 200;
const FEW = 3; // alarms of one event that stand for themselves

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
                <th class="number">Furthest</th>
                <th>Ended</th>
              </tr>
            </thead>
            <tbody>
              {eventsOf(found).map((event) => (
                <Event key={event.at(-1)?.episode} event={event} chosen={chosen} />
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

/** What fired at once: some rows, or many under one that opens them. */
function Event({ event, chosen }: { event: Episode[]; chosen: string }) {
  const isMany = event.length > FEW;
  const hasChosen = event.some((one) => one.episode === chosen);
  const [isOpen, setOpen] = useState(hasChosen);
  const isShown = !isMany || isOpen || hasChosen;
  const rows = event.map((one) => (
    <Row key={one.episode} episode={one} isChosen={one.episode === chosen} />
  ));
  if (!isMany) return <>{rows}</>;
  return (
    <>
      <tr
        class="event"
        onClick={(event_) => {
          if (!(event_.target as Element).closest("button")) setOpen(!isOpen);
        }}
      >
        <td>
          <Severity of={worstOf(event)} />
        </td>
        <th scope="row" colSpan={2}>
          <button
            type="button"
            class="button is-plain"
            aria-expanded={isShown}
            onClick={() => setOpen(!isOpen)}
          >
            <span aria-hidden="true">{isShown ? "▾" : "▸"}</span> {eventWords(event)}
          </button>
        </th>
        <td colSpan={5}>{moment(event.at(-1)?.from, zone.value, true)}</td>
      </tr>
      {isShown && rows}
    </>
  );
}

function Row({ episode, isChosen }: { episode: Episode; isChosen: boolean }) {
  const { from, to } = episode;
  const seconds = to ? (Date.parse(to) - Date.parse(from)) / 1000 : null;
  const asked = Object.fromEntries(parameters.value);
  const reason = episode.resolved?.reason;
  const next = { episode: isChosen ? null : episode.episode };
  return (
    <tr
      aria-selected={isChosen}
      onClick={(event) => {
        if ((event.target as Element).closest("a") || getSelection()?.toString()) return;
        change(next);
      }}
    >
      <td>
        <Severity of={episode.severity} />
      </td>
      <th scope="row">
        <a
          href={href("alerts", {
            ...asked,
            view: null,
            ...next,
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
      <td class="number" data-head="furthest">
        {episode.kind === "drawdown"
          ? percent(episode.deepest)
          : episode.kind === "rule" && valueText(episode.figure, episode.furthest)}
      </td>
      <td>{reason ? reason.replaceAll("_", " ") : "cleared"}</td>
    </tr>
  );
}
