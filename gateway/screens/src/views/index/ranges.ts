// The ranges of the level chart, and the steps that fit them.

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export type Range = "1h" | "1d" | "7d" | "30d" | "90d" | "1y" | "3y" | "all";

interface Fitting {
  label: string;
  /** Length in seconds; null: all there is. */
  seconds: number | null;
  /** Steps of lines (some hundreds of points) and of candles (some more than a hundred). */
  line: string;
  candles: string;
}

export const RANGES: Record<Range, Fitting> = {
  "1h": { label: "1h", seconds: HOUR, line: "10s", candles: "30s" },
  "1d": { label: "1d", seconds: DAY, line: "2m", candles: "10m" },
  "7d": { label: "7d", seconds: 7 * DAY, line: "15m", candles: "1h" },
  "30d": { label: "30d", seconds: 30 * DAY, line: "1h", candles: "4h" },
  "90d": { label: "90d", seconds: 90 * DAY, line: "3h", candles: "12h" },
  "1y": { label: "1y", seconds: 365 * DAY, line: "1d", candles: "3d" },
  "3y": { label: "3y", seconds: 3 * 365 * DAY, line: "1d", candles: "1w" },
  all: { label: "All", seconds: null, line: "1d", candles: "2w" },
};

export const rangeNames = Object.keys(RANGES) as Range[];

export const isRange = (text: string): text is Range => text in RANGES;

/** The shortest range that an index is no older than, by the returns that it has not yet. */
export const ageOf = (returns: Readonly<Record<string, number | null>> | undefined): Range =>
  rangeNames.find((name) => returns?.[name] === null) ?? "all";

/** What to ask the history for. `now` is floored to the minute, so that asking again asks the same. */
export function asked(
  range: Range,
  form: "line" | "candles",
  now: number,
  age: Range = "all",
): { from?: string; step: string } {
  const { seconds } = RANGES[range];
  // What is younger than the range is drawn with the steps that fit its age.
  const isYounger = rangeNames.indexOf(age) < rangeNames.indexOf(range);
  const step = RANGES[isYounger ? age : range][form];
  if (seconds === null) return { from: "1970-01-01", step };
  const from = Math.floor((now - seconds * 1000) / 60_000) * 60_000;
  return { from: new Date(from).toISOString(), step };
}
