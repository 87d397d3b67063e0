// What lets a wall hang for months: the screen stays on, the pointer goes, a new version is loaded.

import { useEffect } from "preact/hooks";
import { effect } from "@preact/signals";
import { revivals } from "@/store/market";

const IDLE = 3000; // ms until the pointer goes

/** For as long as the wall is shown. */
export function useWall(): void {
  useEffect(() => {
    const stops = [keepAwake(), hidePointer(), renew(), fullscreenByKey()];
    return () => {
      for (const stop of stops) stop();
    };
  }, []);
}

/** Ask the system not to darken the screen; it forgets that whenever the page was hidden. */
function keepAwake(): () => void {
  let lock: WakeLockSentinel | null = null;
  const ask = () => {
    if (document.hidden || !("wakeLock" in navigator)) return;
    navigator.wakeLock.request("screen").then(
      (found) => (lock = found),
      () => undefined, // not over plain http, or no power: the wall works all the same
    );
  };
  ask();
  document.addEventListener("visibilitychange", ask);
  return () => {
    document.removeEventListener("visibilitychange", ask);
    void lock?.release();
  };
}

function hidePointer(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const moved = () => {
    document.documentElement.classList.remove("no-pointer");
    clearTimeout(timer);
    timer = setTimeout(() => document.documentElement.classList.add("no-pointer"), IDLE);
  };
  moved();
  addEventListener("pointermove", moved);
  return () => {
    clearTimeout(timer);
    removeEventListener("pointermove", moved);
    document.documentElement.classList.remove("no-pointer");
  };
}

/** A gateway that comes back may be a newer one, with newer screens: then the page loads them. */
function renew(): () => void {
  const scripts = (text: string): string =>
    [...text.matchAll(/(?:src|href)="([^"]+\.(?:js|css))"/g)].map((found) => found[1]).join();
  let first = "";
  const look = async (): Promise<string> => {
    try {
      const answer = await fetch("/", { cache: "no-cache" });
      return answer.ok ? scripts(await answer.text()) : "";
    } catch {
      return ""; // gone again: the next revival looks
    }
  };
  return effect(() => {
    const isFirst = revivals.value === 0;
    void look().then((found) => {
      if (isFirst || !first) first = found;
      else if (found && found !== first) location.reload();
    });
  });
}

function fullscreenByKey(): () => void {
  const pressed = (event: KeyboardEvent) => {
    if (event.key !== "f" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.fullscreenElement) void document.exitFullscreen();
    else void document.documentElement.requestFullscreen();
  };
  addEventListener("keydown", pressed);
  return () => removeEventListener("keydown", pressed);
}
