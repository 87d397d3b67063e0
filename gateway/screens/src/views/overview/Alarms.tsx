// The open alarms, the most urgent first.

import { labelNamed } from "@/api/definitions";
import { percent } from "@/format/numbers";
import { shortMoment } from "@/format/time";
import { ruleName, words } from "@/format/words";
import { Pill, type PillTone } from "@/parts/parts";
import { href } from "@/router/router";
import { gatewayNow } from "@/store/clock";
import { changed, open, rows, type Alert } from "@/store/market";
import { zone } from "@/store/settings";
import { urgency } from "./order";

const MOST = 12;
const TONES: Record<string, PillTone> = { critical: "loss", warning: "warn", info: "accent" };

export function Alarms() {
  const found = [...open.value.values()].sort(
    (a, b) =>
      urgency(a.severity) - urgency(b.severity) ||
      (b.drawdown ?? 0) - (a.drawdown ?? 0) ||
      (a.at < b.at ? 1 : -1),
  );
  if (!found.length) return null;
  return (
    <section class="card alarms" aria-label="Open alarms">
      <h2>
        {found.length} open {found.length === 1 ? "alarm" : "alarms"}
      </h2>
      <ol tabIndex={0}>
        {found.slice(0, MOST).map((alert) => (
          <Alarm key={alert.episode} alert={alert} />
        ))}
        {found.length > MOST && <li class="muted">and {found.length - MOST} more</li>}
      </ol>
    </section>
  );
}

function Alarm({ alert }: { alert: Alert }) {
  changed.value; // eslint-disable-line @typescript-eslint/no-unused-expressions -- its drawdown moves
  const figure = (alert["because"] as { figure?: string } | undefined)?.figure;
  const now = rows.get(alert.index)?.drawdown["current"];
  const isFall = alert.kind === "drawdown";
  const shown = isFall
    ? percent(now ?? alert.drawdown)
    : figure
      ? labelNamed(figure)
      : words(alert.kind);
  return (
    <li>
      <Pill tone={TONES[alert.severity] ?? ""} hasDot>
        {alert.severity}
      </Pill>
      <a href={href("index", { id: alert.index })}>
        <b>{alert.index}</b> {isFall ? `drawdown ${shown}` : shown}
      </a>
      <span class="muted" title={ruleName(alert.rule)}>
        {ruleName(alert.rule)} · since {shortMoment(alert.at, zone.value, gatewayNow())}
      </span>
    </li>
  );
}
