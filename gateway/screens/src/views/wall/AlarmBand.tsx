// What rings, in colour and in words; they take turns where there are several.

import { duration } from "@/format/numbers";
import { now } from "@/store/clock";
import { byUrgency, isUnattended, type Firing } from "@/store/episodes";
import { ruleName, subject, valueText } from "../alerts/words";

const TURN = 8000; // ms that each of several is told
const SEVERITIES = ["critical", "warning", "info"] as const;

export function AlarmBand({ firing }: { firing: ReadonlyMap<string, Firing> | null }) {
  if (!firing) return <div class="wall-band" data-severity="none" />;
  const found = [...firing.values()].filter((one) => !one.slow && !one.silenced).sort(byUrgency);
  const signs = [...firing.values()].filter((one) => one.slow).length;
  const unattended = found.filter(isUnattended);
  const told = unattended.length ? unattended : found;
  // The worst ones take turns; milder ones are counted.
  const worst = told.filter((one) => one.severity === told[0]?.severity);
  const shown = worst[Math.floor(now.value / TURN) % Math.max(worst.length, 1)];
  if (!shown) {
    return (
      <div class="wall-band" data-severity="none" role="status">
        <b class="wall-counts">ALL QUIET</b>
        {signs > 0 && <span class="wall-what">{signs} judged once a day</span>}
      </div>
    );
  }
  const counts = SEVERITIES.map(
    (name) => [found.filter((one) => one.severity === name).length, name] as const,
  ).filter(([n]) => n > 0);
  const seconds = Math.max(now.value - Date.parse(shown.from), 0) / 1000;
  return (
    <div
      class="wall-band"
      data-severity={unattended.length ? shown.severity : "seen"}
      role={unattended.length ? "alert" : "status"}
    >
      <b class="wall-counts">
        {counts.map(([n, name]) => (
          <span key={name}>
            {n} {name.toUpperCase()}
          </span>
        ))}
      </b>
      <span class="wall-what">
        <b>{shown.index}</b> {subject(shown)}{" "}
        {valueText(shown.figure, shown.now.value ?? shown.then)} · {ruleName(shown.rule)} ·{" "}
        {duration(seconds)}
        {shown.acknowledged && ` · ✓ ${shown.acknowledged.who}`}
      </span>
    </div>
  );
}
