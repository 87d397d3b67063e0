// What fires now: what must wake somebody first, the worst on top; warning signs apart.

import { duration } from "@/format/numbers";
import { shortMoment } from "@/format/time";
import { alertWords, ruleName, signsText } from "@/format/words";
import { Empty, Loading, Panel } from "@/parts/parts";
import { Severity } from "@/parts/Severity";
import { href, parameter, parameters } from "@/router/router";
import { gatewayNow, now } from "@/store/clock";
import { byUrgency, countsOf, isUnattended, type Firing } from "@/store/episodes";
import { zone } from "@/store/settings";
import { isWanted } from "./Alerts";
import { subject, valueText } from "./words";

const MOST = 100;

export function OpenList(props: { firing: ReadonlyMap<string, Firing> | null; chosen: string }) {
  const { firing, chosen } = props;
  if (!firing) return <Loading height={260} label="loading what fires" />;
  const isOnly = parameter("attended") === "no";
  const found = [...firing.values()]
    .filter((one) => isWanted(one) && (!isOnly || isUnattended(one)))
    .sort(byUrgency);
  const urgent = found.filter((one) => !one.slow);
  const slow = found.filter((one) => one.slow);
  if (!found.length) {
    return (
      <section class="card">
        <Empty title={firing.size ? "None of the open alarms is like that" : "Nothing fires"}>
          {firing.size ? (
            <a class="button" href={href("alerts")}>
              Show all {firing.size}
            </a>
          ) : (
            <>
              What rings is under <a href={href("alerts", { tab: "rules" })}>rules</a>.
            </>
          )}
        </Empty>
      </section>
    );
  }
  return (
    <div class="alerts-list">
      {urgent.length > 0 && (
        <Panel title={`${urgent.length} open`} aside={<Summary of={urgent} />}>
          <Episodes of={urgent} chosen={chosen} label="Open alarms" />
        </Panel>
      )}
      {slow.length > 0 && (
        <Panel
          title={signsText(slow.length)}
          aside={<span class="muted">judged once a day: no reason to wake anybody</span>}
        >
          <Episodes of={slow} chosen={chosen} label="Warning signs and missed targets" />
        </Panel>
      )}
    </div>
  );
}

/** How many of which severity, and how many nobody has taken on. */
function Summary({ of }: { of: Firing[] }) {
  const left = of.filter(isUnattended).length;
  return (
    <span class="muted">
      {countsOf(of)
        .map(([n, name]) => `${n} ${name}`)
        .join(" · ")}{" "}
      · {left ? `${left} unattended` : "all seen to"}
    </span>
  );
}

function Episodes({ of, chosen, label }: { of: Firing[]; chosen: string; label: string }) {
  return (
    <>
      <ul class="episodes" aria-label={label}>
        {of.slice(0, MOST).map((one) => (
          <Row key={one.episode} episode={one} isChosen={one.episode === chosen} />
        ))}
      </ul>
      {of.length > MOST && (
        <p class="card-body muted">
          and {of.length - MOST} more; narrow the list by severity, index or rule
        </p>
      )}
    </>
  );
}

function Row({ episode, isChosen }: { episode: Firing; isChosen: boolean }) {
  const seconds = Math.max((now.value - Date.parse(episode.from)) / 1000, 0);
  const asked = Object.fromEntries(parameters.value);
  return (
    <li class={isUnattended(episode) ? "" : "is-quiet"}>
      <a
        href={href("alerts", { ...asked, view: null, episode: isChosen ? null : episode.episode })}
        aria-current={isChosen ? "true" : undefined}
      >
        <Severity of={episode.severity} />
        <span class="what">
          <b>{episode.index}</b> {subject(episode)}
          {episode.rule !== episode.kind && <span class="muted"> {ruleName(episode.rule)}</span>}
          {episode.words && <span class="why muted">{alertWords(episode.words)}</span>}
        </span>
        <Then episode={episode} />
        <span class="when muted" title={shortMoment(episode.from, zone.value, gatewayNow())}>
          {duration(seconds)}
        </span>
        <Attended episode={episode} />
      </a>
    </li>
  );
}

/** The figure at the firing and now. */
function Then({ episode }: { episode: Firing }) {
  const { figure, then, now: is } = episode;
  if (then === null && is.value === null) return <span class="then" />;
  return (
    <span class="then" title="at the firing, and now">
      <span class="muted">{valueText(figure, then)}</span>
      <span aria-hidden="true"> → </span>
      <span class="hidden"> at the firing, now </span>
      <b>{valueText(figure, is.value)}</b>
    </span>
  );
}

function Attended({ episode }: { episode: Firing }) {
  const { acknowledged, silenced } = episode;
  return (
    <span class="attended">
      {acknowledged && <span title={acknowledged.comment}>✓ {acknowledged.who}</span>}
      {silenced && (
        <span class="muted" title={silenced.comment}>
          silenced until {shortMoment(silenced.until, zone.value, gatewayNow())}
        </span>
      )}
    </span>
  );
}
