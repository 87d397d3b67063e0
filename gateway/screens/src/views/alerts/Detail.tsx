// One episode: why it rang, how it stands now, and what can be said to it.

import { useEffect, useRef } from "preact/hooks";
import { get, send } from "@/api/client";
import type { Episode } from "@/api/types";
import { duration, percent } from "@/format/numbers";
import { moment } from "@/format/time";
import { ruleName } from "@/format/words";
import { ErrorNote } from "@/parts/ErrorNote";
import { Loading, Panel } from "@/parts/parts";
import { Severity } from "@/parts/Severity";
import { Status } from "@/parts/Status";
import { change, href } from "@/router/router";
import { now } from "@/store/clock";
import type { Firing } from "@/store/episodes";
import { useResource } from "@/store/resource";
import { zone } from "@/store/settings";
import { useAction } from "./action";
import { Because } from "./Because";
import { SilenceButtons } from "./SilenceForm";
import { figureName, subject, valueText } from "./words";

const EVERY = 5000; // ms

export function Detail(props: { episode: string; firing: ReadonlyMap<string, Firing> | null }) {
  const { episode, firing } = props;
  const live = firing?.get(episode);
  // What people say, and the end of it, are seen at once; the rest as often as `EVERY` says.
  const stand = `${live?.acknowledged?.at ?? ""} ${live?.silenced?.id ?? ""} ${Boolean(live)}`;
  const { data, error, again } = useResource(
    `${episode} ${stand}`,
    (signal) => get("/v1/alerts/{episode}", { at: { episode }, signal }),
    EVERY,
  );
  const held = useRef<Episode | null>(null);
  if (data) held.current = data;
  const shown = data ?? held.current;
  const close = (
    <button type="button" class="button is-plain aside" onClick={() => change({ episode: null })}>
      ✕<span class="hidden"> close</span>
    </button>
  );
  if (!shown) {
    return (
      <Panel title="Alarm" aside={close} class="alert-detail">
        {error ? <ErrorNote error={error} again={again} /> : <Loading height={300} />}
      </Panel>
    );
  }
  return (
    <Panel title={`${shown.index}: ${subject(shown)}`} aside={close} class="alert-detail">
      <div class="card-body">
        <Standing episode={shown} live={live} />
        {shown.open && <Actions episode={shown} again={again} />}
        <Because episode={shown} />
        <Places episode={shown} />
      </div>
    </Panel>
  );
}

/** Since when, how deep then and now. */
function Standing({ episode, live }: { episode: Episode; live: Firing | undefined }) {
  const { figure, then, from, to } = episode;
  const value = live ? live.now.value : episode.now.value;
  const end = to ? Date.parse(to) : now.value;
  return (
    <>
      <p class="alert-head">
        <Severity of={episode.severity} />
        <span class="muted">{ruleName(episode.rule)}</span>
        <span class="aside">
          {episode.open ? <b class="loss">fires</b> : <b>over</b>} ·{" "}
          {duration(Math.max(end - Date.parse(from), 0) / 1000)}
        </span>
      </p>
      <dl class="facts">
        {figure && (
          <>
            <dt>{figureName(figure)} at the firing</dt>
            <dd>{valueText(figure, then)}</dd>
            <dt>now</dt>
            <dd>
              <b>{valueText(figure, value)}</b>
            </dd>
          </>
        )}
        {episode.kind === "drawdown" && (
          <>
            <dt>deepest</dt>
            <dd>{percent(episode.deepest)}</dd>
          </>
        )}
        {episode.kind === "rule" && (
          <>
            <dt>furthest</dt>
            <dd>{valueText(figure, episode.furthest)}</dd>
          </>
        )}
        <dt>fired</dt>
        <dd>{moment(from, zone.value)}</dd>
        {to && (
          <>
            <dt>ended</dt>
            <dd>
              {moment(to, zone.value)}
              {episode.resolved?.reason && ` (${episode.resolved.reason.replaceAll("_", " ")})`}
            </dd>
          </>
        )}
        <dt>index now</dt>
        <dd>
          <Status status={episode.now.status} />
        </dd>
      </dl>
    </>
  );
}

/** Acknowledge, take back, silence. */
function Actions({ episode, again }: { episode: Episode; again: () => void }) {
  const action = useAction();
  const comment = useRef<HTMLInputElement>(null);
  const at = { episode: episode.episode };
  const said = episode.acknowledged;
  const path = "/v1/alerts/{episode}/acknowledgement";
  const box = useRef<HTMLDivElement>(null);
  const pressed = useRef<{ saidAt: string | undefined } | null>(null);
  // What was pressed gives its place to another button, which is where the focus goes on: once
  // the gateway has answered and the page shows it, whichever comes first.
  useEffect(() => {
    if (!pressed.current || pressed.current.saidAt === said?.at || action.isBusy) return;
    pressed.current = null;
    const at = document.activeElement;
    if (at === document.body || box.current?.contains(at))
      box.current?.querySelector("button")?.focus();
  }, [said?.at, action.isBusy]);
  const acknowledge = async () => {
    const body = { comment: comment.current?.value.trim() ?? "" };
    pressed.current = { saidAt: said?.at };
    if (await action.run(() => send("post", path, body, { at }))) again();
    else pressed.current = null;
  };
  const takeBack = async () => {
    pressed.current = { saidAt: said?.at };
    if (await action.run(() => send("delete", path, undefined, { at }))) again();
    else pressed.current = null;
  };
  return (
    <div class="alert-actions no-print" ref={box}>
      {said ? (
        <p>
          ✓ <b>{said.who}</b> sees to it since {moment(said.at, zone.value)}
          {said.comment && <>: “{said.comment}”</>}{" "}
          <button
            type="button"
            class="button"
            disabled={action.isBusy}
            onClick={() => void takeBack()}
          >
            Take it back
          </button>
        </p>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void acknowledge();
          }}
        >
          <button type="submit" class="button is-main" disabled={action.isBusy}>
            Acknowledge
          </button>
          <input
            ref={comment}
            class="field"
            maxLength={200}
            placeholder="what you do about it"
            aria-label="Comment"
          />
        </form>
      )}
      <SilenceButtons episode={episode} done={again} />
      {action.error && <ErrorNote error={action.error} />}
    </div>
  );
}

/** Where it stands in the log, and where to go on from here. */
function Places({ episode }: { episode: Episode }) {
  const alert = episode.firing ?? episode.resolved;
  const receipt = alert?.receipt;
  return (
    <p class="muted alert-places">
      <a href={href("index", { id: episode.index })}>The index</a>
      <a href={href("alerts", { tab: "rules", search: episode.index })}>Its rules</a>
      {receipt && (
        <span title="the record that it follows from">
          {receipt.topic}/{receipt.partition}@{receipt.offset}
        </span>
      )}
    </p>
  );
}
