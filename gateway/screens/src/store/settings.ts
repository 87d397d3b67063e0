// What the reader chose, kept by the browser: colours and the zone of times.

import { effect, signal } from "@preact/signals";
import type { Zone } from "@/format/time";

export type Theme = "auto" | "light" | "dark";

export function kept<T>(place: string, otherwise: T): T {
  try {
    const text = localStorage.getItem(`tidegauge.${place}`);
    return text === null ? otherwise : (JSON.parse(text) as T);
  } catch {
    return otherwise; // storage is forbidden, or holds what it should not
  }
}

export function keep(place: string, value: unknown): void {
  try {
    localStorage.setItem(`tidegauge.${place}`, JSON.stringify(value));
  } catch {
    // storage is forbidden or full: it holds until the page is left
  }
}

export const theme = signal<Theme>(kept<Theme>("theme", "auto"));
export const zone = signal<Zone>(kept<Zone>("zone", "utc"));

const narrowMedia = typeof matchMedia === "undefined" ? null : matchMedia("(max-width: 720px)");
/** Whether the window is a phone's. */
export const isNarrow = signal(narrowMedia?.matches ?? false);
narrowMedia?.addEventListener("change", () => {
  isNarrow.value = narrowMedia.matches;
});

/** Counts changes of colours: what draws into a canvas draws again. */
export const paint = signal(0);

/** Let the settings take effect, once. */
export function followSettings(): void {
  effect(() => {
    if (theme.value === "auto") delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = theme.value;
    keep("theme", theme.value);
    paint.value = paint.peek() + 1;
  });
  effect(() => keep("zone", zone.value));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    paint.value++;
  });
  // Paper is white whatever the screen is.
  matchMedia("print").addEventListener("change", () => {
    paint.value++;
  });
}
