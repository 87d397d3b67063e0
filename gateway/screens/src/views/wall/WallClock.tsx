// What time it is, large.

import { clock, date, zoneName } from "@/format/time";
import { now } from "@/store/clock";
import { zone } from "@/store/settings";

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

export function WallClock() {
  const at = now.value;
  const day = new Date(at)[zone.value === "utc" ? "getUTCDay" : "getDay"]();
  return (
    <time class="wall-clock" dateTime={new Date(at).toISOString()}>
      <b>{clock(at, zone.value)}</b>
      <span>
        {DAYS[day]} {date(at, zone.value)} {zoneName(zone.value)}
      </span>
    </time>
  );
}
