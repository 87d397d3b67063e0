// Instants as people read them, in UTC or in the reader's own zone.

import { NONE } from "./numbers";

export type Zone = "utc" | "local";

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

interface Parts {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
}

const two = (n: number): string => String(n).padStart(2, "0");

function parts(time: number, zone: Zone): Parts {
  const at = new Date(time);
  return zone === "utc"
    ? {
        year: at.getUTCFullYear(),
        month: at.getUTCMonth(),
        day: at.getUTCDate(),
        hour: at.getUTCHours(),
        minute: at.getUTCMinutes(),
        second: at.getUTCSeconds(),
      }
    : {
        year: at.getFullYear(),
        month: at.getMonth(),
        day: at.getDate(),
        hour: at.getHours(),
        minute: at.getMinutes(),
        second: at.getSeconds(),
      };
}

/** ms since 1970 of an RFC 3339 text, or of ms as they are; NaN for what is neither. */
export function instant(time: string | number | null | undefined): number {
  return typeof time === "number" ? time : time ? Date.parse(time) : NaN;
}

/** What the zone is called behind a time. */
export function zoneName(zone: Zone): string {
  if (zone === "utc") return "UTC";
  const found = new Intl.DateTimeFormat("en", { timeZoneName: "short" })
    .formatToParts(new Date())
    .find((part) => part.type === "timeZoneName");
  return found?.value ?? "local";
}

/** "23:06:14" */
export function clock(time: string | number | null | undefined, zone: Zone): string {
  const at = instant(time);
  if (Number.isNaN(at)) return NONE;
  const { hour, minute, second } = parts(at, zone);
  return `${two(hour)}:${two(minute)}:${two(second)}`;
}

/** "2026-11-22" */
export function date(time: string | number | null | undefined, zone: Zone): string {
  const at = instant(time);
  if (Number.isNaN(at)) return NONE;
  const { year, month, day } = parts(at, zone);
  return `${year}-${two(month + 1)}-${two(day)}`;
}

/** "2026-11-22 23:06:14 UTC"; without the zone where `bare`. */
export function moment(time: string | number | null | undefined, zone: Zone, bare = false): string {
  if (Number.isNaN(instant(time))) return NONE;
  const text = `${date(time, zone)} ${clock(time, zone)}`;
  return bare ? text : `${text} ${zoneName(zone)}`;
}

/** "23:06:14" for today, else "22 Nov 23:06", of another year "22 Nov 2024". */
export function shortMoment(
  time: string | number | null | undefined,
  zone: Zone,
  now: number,
): string {
  const at = instant(time);
  if (Number.isNaN(at)) return NONE;
  const [then, today] = [parts(at, zone), parts(now, zone)];
  if (date(at, zone) === date(now, zone)) return clock(at, zone);
  const day = `${then.day} ${MONTHS[then.month]}`;
  return then.year === today.year
    ? `${day} ${two(then.hour)}:${two(then.minute)}`
    : `${day} ${then.year}`;
}

/** The months' names, January first. */
export const monthNames = (): readonly string[] => MONTHS;
