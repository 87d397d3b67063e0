// The gateway's clock, as far as it tells it, and a beat once a second for what ages on screen.

import { signal } from "@preact/signals";

let ahead = 0; // ms that the gateway's clock is ahead of the browser's

/** ms since 1970, once a second. */
export const now = signal(Date.now());

/** The gateway said what time it is. */
export function clockCame(time: string | undefined): void {
  const at = time ? Date.parse(time) : NaN;
  if (!Number.isNaN(at)) ahead = at - Date.now();
}

/** ms since 1970 by the gateway's clock, now. */
export const gatewayNow = (): number => Date.now() + ahead;

export function startClock(): void {
  const beat = () => {
    now.value = gatewayNow();
  };
  beat();
  setInterval(beat, 1000);
}
