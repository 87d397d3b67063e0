// The open alarms, the most urgent first, and how many warning signs there are besides.

import { figureAt } from "@/api/definitions";
import { percent } from "@/format/numbers";
import { shortMoment } from "@/format/time";
import { alertWords, ruleName, signsText } from "@/format/words";
import { Severity } from "@/parts/Severity";
import { href } from "@/router/router";
import { gatewayNow } from "@/store/clock";
import { alarms, byUrgency, signs, type Firing } from "@/store/episodes";
import { changed, rows, type Row } from "@/store/market";
import { zone } from "@/store/settings";
import { figureName, subject, valueText } from "../alerts/words";
import { columnText } from "./columns";

const MOST = 12;

export function Alarms() {
  const found = [...alarms.value].sort(byUrgency);
  if (!found.length) return <Signs />;
  return (
    <section class="card alarms" aria-label="Open alarms">
      <h2>
        {found.length} open {found.length === 1 ? "alarm" : "alarms"}
      </h2>
      <ol tabIndex={0}>
        {found.slice(0, MOST).map((one) => (
          <Alarm key={one.episode} alarm={one} />
        ))}
        {found.length > MOST && (
          <li>
            <a href={href("alerts")}>and {found.length - MOST} more</a>
          </li>
        )}
      </ol>
    </section>
  );
}

/** What is judged once a day wakes nobody: one quiet line of it. */
function Signs() {
  const count = signs.value.length;
  if (!count) return null;
  return (
    <p class="signs muted">
      No open alarm. <a href={href("alerts")}>{signsText(count)}</a>, judged once a day.
    </p>
  );
}

function Alarm({ alarm }: { alarm: Firing }) {
  changed.value; // eslint-disable-line @typescript-eslint/no-unused-expressions -- its drawdown moves
  return (
    <li>
      <Severity of={alarm.severity} />
      <a href={href("index", { id: alarm.index })}>
        <b>{alarm.index}</b> {alarmText(alarm, rows.get(alarm.index))}
      </a>
      <span class="muted" title={alarm.words ? alertWords(alarm.words) : ruleName(alarm.rule)}>
        {ruleName(alarm.rule)} · since {shortMoment(alarm.from, zone.value, gatewayNow())}
      </span>
    </li>
  );
}

/** What it is about and how that stands now: "Return 1h −4.33%". */
export function alarmText(alarm: Firing, row: Row | undefined): string {
  const { figure, kind, now, then } = alarm;
  if (!figure) return kind === "drawdown" ? `Drawdown ${percent(now.drawdown)}` : subject(alarm);
  const value = figureAt(row, figure) ?? now.value ?? then;
  const name = figure.startsWith("returns.") ? columnText(figure) : figureName(figure);
  return value === null ? name : `${name} ${valueText(figure, value)}`;
}
