// Over which time series are compared, and over how many bars their figures roll.

const DAY = 24 * 3600; // s

export type Range = "7d" | "30d" | "90d" | "1y" | "3y" | "all";

/** Length in seconds (null: all that they have in common) and the bars that fit it. */
export const RANGES: Record<Range, { seconds: number | null; window: number; label: string }> = {
  "7d": { seconds: 7 * DAY, window: 24, label: "7d" },
  "30d": { seconds: 30 * DAY, window: 72, label: "30d" },
  "90d": { seconds: 90 * DAY, window: 30, label: "90d" },
  "1y": { seconds: 365 * DAY, window: 60, label: "1y" },
  "3y": { seconds: 3 * 365 * DAY, window: 90, label: "3y" },
  all: { seconds: null, window: 90, label: "All" },
};

export const rangeNames = Object.keys(RANGES) as Range[];

export const isRange = (text: string): text is Range => text in RANGES;

const HOURLY = 60 * DAY; // up to so long a time the gateway compares closes of hours

/** Where the time begins (RFC 3339): so long before the last close of an hour or a day, of years at
 * the same date, as the trailing windows have it. */
export function beginOf(range: Range, now: number): string | undefined {
  const { seconds } = RANGES[range];
  if (seconds === null) return undefined;
  const bar = (seconds > HOURLY ? DAY : 3600) * 1000;
  const last = Math.floor(now / bar) * bar;
  const years = range.endsWith("y") ? Number(range.slice(0, -1)) : 0;
  if (!years) return new Date(last - seconds * 1000).toISOString();
  const at = new Date(last);
  const isLeapDay = at.getUTCMonth() === 1 && at.getUTCDate() === 29;
  at.setUTCFullYear(
    at.getUTCFullYear() - years,
    at.getUTCMonth(),
    isLeapDay ? 28 : at.getUTCDate(),
  );
  return at.toISOString();
}
