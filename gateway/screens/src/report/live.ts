// The report that is shown; served by a gateway, and of the whole history, it follows the stream.

import { signal } from "@preact/signals";
import { Stream, type StreamState } from "@/stream/stream";
import type { Snapshot } from "@/api/types";
import type { Report } from "./data";

export const report = signal<Report | null>(null);

/** How the stream stands; null where a report stands still. */
export const following = signal<StreamState | null>(null);

const isServed = (): boolean => location.protocol.startsWith("http");
/** Whether it is of a period, and not of all the time up to now. */
export const isOver = (found: Report): boolean =>
  found.period.from !== null || found.period.to !== null;

/** Keep up with the gateway that the page came from. */
export function follow(found: Report): void {
  if (!isServed() || isOver(found)) return;
  const indices = found.indices.map(({ index }) => index);
  new Stream(
    { view: "snapshots", indices, every: 1 },
    {
      message: (message) => {
        if (message.type === "snapshots")
          for (const one of message.snapshots) take(one.index, () => one as unknown as Snapshot);
        else if (message.type === "changes")
          for (const { index, seq, sections } of message.changes)
            take(index, (before) => ({ ...before, ...sections, seq }) as Snapshot);
      },
      state: (state) => {
        following.value = state;
      },
    },
  );
}

/** A newer snapshot of an index: its figures, and the end of its level. */
function take(index: string, make: (before: Snapshot) => Snapshot): void {
  const held = report.value;
  if (!held) return;
  const indices = held.indices.map((one) => {
    if (one.index !== index || !one.snapshot) return one;
    const snapshot = make(one.snapshot);
    const { as_of: to, level } = snapshot;
    if (typeof level !== "number" || Date.parse(to) < Date.parse(one.to))
      return { ...one, snapshot };
    return { ...one, snapshot, status: snapshot.status, to, series: grown(one.series, to, level) };
  });
  const newest =
    indices
      .map(({ to }) => to)
      .sort((a, b) => Date.parse(a) - Date.parse(b))
      .at(-1) ?? held.as_of;
  report.value = { ...held, indices, as_of: newest };
}

type Series = Report["indices"][number]["series"];

/** The level with its last point moved, or one more where a step is over. */
function grown(series: Series, to: string, level: number): Series {
  const { at, close, peak } = series.level;
  const last = Date.parse(at.at(-1) ?? to);
  const step = series.step * 1000;
  const start = Math.floor((Date.parse(to) - 1) / step) * step;
  const top = Math.max(level, peak.at(-1) ?? level);
  const isMore = start > last;
  const keep = isMore ? at.length : at.length - 1;
  return {
    ...series,
    level: {
      at: isMore ? [...at, new Date(start).toISOString()] : at,
      close: [...close.slice(0, keep), level],
      peak: [...peak.slice(0, keep), top],
    },
    benchmarks: Object.fromEntries(
      Object.entries(series.benchmarks).map(([name, closes]) => [
        name,
        isMore ? [...closes, null] : closes,
      ]),
    ),
  };
}
