// The bars whose returns the figures of risk are of.

import { get } from "@/api/client";
import type { History } from "@/api/types";
import { knownUntil } from "@/store/market";
import { useResource, type Resource } from "@/store/resource";

const MOST = 5000; // bars of one histogram

/** `interval` is the bars' length in ns; shorter ones than kept for the time are the last ones. */
export function useReturns(index: string, interval: number | null): Resource<History> {
  const seconds = Math.max(Math.round((interval ?? 86_400e9) / 1e9), 1);
  return useResource(`returns ${index} ${seconds}`, (signal) => {
    const from =
      seconds >= 86_400
        ? "1970-01-01"
        : new Date(knownUntil(index) - MOST * seconds * 1000).toISOString();
    return get("/v1/indices/{index}/history", {
      at: { index },
      query: { from, step: `${seconds}s` },
      signal,
    });
  });
}
