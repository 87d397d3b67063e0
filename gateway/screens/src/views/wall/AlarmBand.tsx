// What rings, in colour and in words; they take turns where there are several.

import { duration } from "@/format/numbers";
import { ruleName, signsText } from "@/format/words";
import { now } from "@/store/clock";
import { byUrgency, countsOf, isUnattended, type Firing } from "@/store/episodes";
import { subject, valueText } from "../alerts/words";

const TURN = 8000; // ms that each of several is told

/** `isOld`: what fires now is not known, only what fired when the gateway was last heard. */
export function AlarmBand(props: { firing: ReadonlyMap<string, Firing> | null; isOld: boolean }) {
  const { firing, isOld } = props;
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
      <div class="wall-band" data-severity={isOld ? "old" : "none"} role="status">
        <b class="wall-counts">{isOld ? "ALARMS NOT KNOWN" : "ALL QUIET"}</b>
        {signs > 0 && !isOld && <span class="wall-what">{signsText(signs)}</span>}
      </div>
    );
  }
  const seconds = Math.max(now.value - Date.parse(shown.from), 0) / 1000;
  return (
    <div
      class="wall-band"
      data-severity={isOld ? "old" : unattended.length ? shown.severity : "seen"}
    >
      <b class="wall-counts">
        {countsOf(found).map(([n, name]) => (
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
      <span class="hidden" role={unattended.length ? "alert" : "status"}>
        {announced(told)}
      </span>
    </div>
  );
}

/** What is read out: nothing in it moves with time, so that only other episodes are read anew. */
export const announced = (told: readonly Firing[]): string =>
  `${countsOf(told)
    .map(([n, name]) => `${n} ${name}`)
    .join(", ")}: ${told.map((one) => `${one.index} ${subject(one)}`).join(", ")}`;
