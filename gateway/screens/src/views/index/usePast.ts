// What an index was: candles and figures over time, its rebalances and its alarms.

import { get } from "@/api/client";
import type { Composition, Episode, History } from "@/api/types";
import { knownUntil } from "@/store/market";
import { useResource, type Resource } from "@/store/resource";
import { asked, type Range } from "./ranges";

const AGAIN = 60_000; // ms after which the past is asked for again: its end follows the stream

/** What a benchmark is called in the history: an index by its id, an asset with a word before it. */
export const seriesName = (benchmark: string, isIndex: boolean): string =>
  isIndex ? benchmark : `asset:${benchmark}`;

export function useCandles(
  series: readonly string[],
  range: Range,
  form: "line" | "candles",
  age: Range,
): Resource<History[]> {
  const name = `${series.join()} ${range} ${form} ${age}`;
  return useResource(
    series.length ? name : null,
    (signal) => {
      const query = asked(range, form, knownUntil(series[0] ?? ""), age);
      return Promise.all(
        series.map((index) => get("/v1/indices/{index}/history", { at: { index }, query, signal })),
      );
    },
    AGAIN,
  );
}

/** Figures at the ends of days, since the beginning. */
export function useFigures(
  index: string,
  paths: readonly string[],
  step = "1d",
  days: number | null = null,
): Resource<History> {
  return useResource(
    paths.length ? `${index} ${paths.join()} ${step} ${days}` : null,
    (signal) => {
      const from =
        days === null
          ? "1970-01-01"
          : new Date(
              Math.floor(knownUntil(index) / 3.6e6) * 3.6e6 - days * 86_400_000,
            ).toISOString();
      const query = { figures: paths.join(","), step, from };
      return get("/v1/indices/{index}/history", { at: { index }, query, signal });
    },
    5 * AGAIN,
  );
}

export const useComposition = (index: string): Resource<Composition> =>
  useResource(
    `composition ${index}`,
    (signal) =>
      get("/v1/indices/{index}/composition", { at: { index }, query: { limit: 200 }, signal }),
    AGAIN,
  );

export const useEpisodes = (index: string): Resource<Episode[]> =>
  useResource(
    `episodes ${index}`,
    async (signal) => (await get("/v1/alerts", { query: { index, limit: 500 }, signal })).episodes,
    AGAIN,
  );
