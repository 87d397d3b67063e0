// The labels of an axis of time: as short as they can be without being mistaken.

import { clock, date, monthNames, type Zone } from "@/format/time";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** One label for each instant (ms); the first of a day, a month or a year says which. */
export function timeLabels(at: readonly number[], zone: Zone): string[] {
  const step = (at[1] ?? 0) - (at[0] ?? 0) || DAY;
  return at.map((time, i) => {
    const day = date(time, zone);
    const before = i ? date(at[i - 1] ?? 0, zone) : "";
    const [year = "", month = "1"] = day.split("-");
    const name = monthNames()[Number(month) - 1] ?? "";
    if (step >= 27 * DAY)
      return before.slice(0, 4) === year && i
        ? name
        : step >= 360 * DAY
          ? year
          : `${name}\n${year}`;
    if (step >= DAY)
      return `${Number(day.slice(8))} ${name}${i && before.slice(0, 4) === year ? "" : `\n${year}`}`;
    const text = step >= 60_000 ? clock(time, zone).slice(0, 5) : clock(time, zone);
    return before === day ? text : `${text}\n${Number(day.slice(8))} ${name}`;
  });
}
