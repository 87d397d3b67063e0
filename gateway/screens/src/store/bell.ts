// Rings when something begins to fire, if the reader wants that: a sound, a word of the browser.

import { effect, signal } from "@preact/signals";
import { alertWords, ruleName } from "@/format/words";
import { gatewayNow } from "./clock";
import { firing, urgency, type Firing, type SeverityName } from "./episodes";
import { arrived, type Alert } from "./market";
import { keep, kept } from "./settings";

export interface Bell {
  sound: boolean;
  notify: boolean;
  /** The mildest severity that rings. */
  least: SeverityName;
}

export const bell = signal<Bell>(
  kept<Bell>("bell", { sound: false, notify: false, least: "warning" }),
);
/** Whether the browser keeps sounds back until the reader has clicked somewhere. */
export const isMuted = signal(false);
/** What the browser says of notifications: granted, denied, default; or that it has none. */
export const permission = signal(
  "Notification" in globalThis ? Notification.permission : ("missing" as const),
);

const FRESH = 60_000; // ms: what is older when it arrives is history, and rings no more
const WAIT = 1000; // ms by which what is said of an episode may come behind its alert
const GAP = 0.16; // s between two beeps
/** Pitches (Hz) by urgency: the worst is the highest, and comes thrice. */
const TONES = [[880, 880, 880], [660, 660], [520]];

let audio: AudioContext | null = null;

/** Whether an alert that arrived at `now` (ms) is to ring. */
export function isToRing(alert: Alert, now: number, wanted: Bell): boolean {
  return (
    alert.state === "firing" &&
    urgency(alert.severity) <= urgency(wanted.least) &&
    now - Date.parse(alert.at) < FRESH &&
    // What is judged once a day, warning signs and targets, has evidence: no reason to wake anybody.
    alert["evidence"] === undefined
  );
}

/** Those whose episodes nobody has silenced. */
export const unsilenced = (
  alerts: readonly Alert[],
  fires: ReadonlyMap<string, Pick<Firing, "silenced">> | null,
): Alert[] => alerts.filter(({ episode }) => !fires?.get(episode)?.silenced);

/** Ask the browser whether it may notify; true where it may. */
export async function askToNotify(): Promise<boolean> {
  if (!("Notification" in globalThis)) return false;
  permission.value = await Notification.requestPermission();
  return permission.value === "granted";
}

/** Play what an alert of this urgency sounds like. */
export async function play(level: number): Promise<void> {
  audio ??= new AudioContext();
  if (audio.state !== "running") await Promise.race([audio.resume(), pause(200)]);
  isMuted.value = audio.state !== "running";
  if (isMuted.value) return;
  (TONES[level] ?? TONES[2] ?? []).forEach((pitch, n) => {
    if (!audio) return;
    const [at, tone, loudness] = [
      audio.currentTime + n * GAP,
      audio.createOscillator(),
      audio.createGain(),
    ];
    tone.frequency.value = pitch;
    loudness.gain.setValueAtTime(0.0001, at);
    loudness.gain.exponentialRampToValueAtTime(0.3, at + 0.01);
    loudness.gain.exponentialRampToValueAtTime(0.0001, at + GAP * 0.8);
    tone.connect(loudness).connect(audio.destination);
    tone.start(at);
    tone.stop(at + GAP);
  });
}

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

function notify(found: Alert[], show: (episode: string) => void): void {
  const [first] = found;
  if (!first || !("Notification" in globalThis) || Notification.permission !== "granted") return;
  const because = first["because"] as { words?: string } | undefined;
  const title =
    found.length > 1
      ? `${found.length} alarms`
      : `${first.severity.toUpperCase()} ${first.index}: ${ruleName(first.rule)}`;
  const body =
    found.length > 1 ? found.map((a) => a.index).join(", ") : alertWords(because?.words ?? "");
  const shown = new Notification(title, {
    body: body.slice(0, 300),
    tag: first.episode,
    icon: "/icon.svg",
  });
  shown.onclick = () => {
    focus();
    show(first.episode);
  };
}

function ring(alerts: readonly Alert[], show: (episode: string) => void): void {
  const found = unsilenced(alerts, firing.peek());
  if (!found.length) return;
  if (bell.peek().sound) void play(Math.min(...found.map(({ severity }) => urgency(severity))));
  if (bell.peek().notify) notify(found, show);
}

/** Ring for as long as the page lives; `show` leads to an episode that the reader clicked. */
export function followBell(show: (episode: string) => void): void {
  effect(() => keep("bell", bell.value));
  effect(() => {
    const found = arrived.value.filter((alert) => isToRing(alert, gatewayNow(), bell.peek()));
    // Alerts and what is said of them come by two streams: whether they are silenced may come later.
    const isKnown = found.every(({ episode }) => firing.peek()?.has(episode));
    if (isKnown) ring(found, show);
    else setTimeout(() => ring(found, show), WAIT);
  });
  // After a reload a browser lets nothing sound before the reader has touched the page.
  addEventListener("pointerdown", () => {
    if (bell.peek().sound && isMuted.peek())
      void audio?.resume().then(() => (isMuted.value = false));
  });
}
