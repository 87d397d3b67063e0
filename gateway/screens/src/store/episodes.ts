// What fires now, who sees to it, what is silenced: followed while some part of the screen looks.

import { computed, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { components as Rest } from "@/api/rest";
import type { components as Messages } from "@/api/stream";
import { Stream, type StreamState } from "@/stream/stream";

type Told = Messages["schemas"]["FiringEpisode"];
export type Acknowledgement = Rest["schemas"]["AcknowledgementModel"];
export type Silence = Rest["schemas"]["SilenceModel"];
export interface Firing extends Omit<Told, "acknowledged" | "silenced"> {
  acknowledged: Acknowledgement | null;
  silenced: Silence | null;
}

/** By episode, in no order that matters; null until the whole came. */
export const firing = signal<ReadonlyMap<string, Firing> | null>(null);

/** How the stream of what fires stands: unless it is live, `firing` is what was known last. */
export const hearing = signal<StreamState>("connecting");

/** What must wake somebody, in no order that matters. */
export const alarms = computed(() =>
  [...(firing.value?.values() ?? [])].filter((one) => !one.slow),
);
/** Warning signs and targets, which are judged once a day. */
export const signs = computed(() => [...(firing.value?.values() ?? [])].filter((one) => one.slow));

let stream: Stream | null = null;
let lookers = 0;

/** Follow what fires for as long as the part of the screen that calls it is there. */
export function useFiring(): ReadonlyMap<string, Firing> | null {
  useEffect(() => {
    lookers++;
    stream ??= new Stream(
      { view: "episodes" },
      { message: receive, state: (state) => (hearing.value = state) },
    );
    return () => {
      if (--lookers > 0) return;
      stream?.close();
      stream = null;
      firing.value = null; // what comes back is whole: better nothing than what is old
    };
  }, []);
  return firing.value;
}

/** Take a message of the stream. */
export function receive(message: { type: string }): void {
  if (message.type !== "episodes") return;
  const { episodes, closed, whole } = message as Messages["schemas"]["EpisodesMessage"];
  const next = new Map(whole ? [] : firing.value);
  for (const episode of episodes) next.set(episode.episode, episode as unknown as Firing);
  for (const episode of closed) next.delete(episode);
  firing.value = next;
}

/** The most urgent first. */
export const SEVERITIES = ["critical", "warning", "info"] as const;
export type SeverityName = (typeof SEVERITIES)[number];

/** How urgent a severity is: 0 is the most. */
export const urgency = (severity: string | null): number => {
  const found = SEVERITIES.findIndex((name) => name === severity);
  return found < 0 ? SEVERITIES.length : found;
};

/** How many there are of which severity, the most urgent first; of none that has none. */
export const countsOf = (
  episodes: readonly { severity: string | null }[],
): [number, SeverityName][] =>
  SEVERITIES.map((name): [number, SeverityName] => [
    episodes.filter((one) => one.severity === name).length,
    name,
  ]).filter(([n]) => n > 0);

/** Whether nobody has taken it on, and it is not kept quiet: what somebody has to look at. */
export const isUnattended = (episode: Firing): boolean =>
  !episode.acknowledged && !episode.silenced;

/** What must wake somebody before warning signs, the worst first, then the newest. */
export const byUrgency = (a: Firing, b: Firing): number =>
  Number(a.slow) - Number(b.slow) ||
  urgency(a.severity) - urgency(b.severity) ||
  (a.from < b.from ? 1 : a.from > b.from ? -1 : 0) ||
  (a.episode < b.episode ? -1 : 1);
