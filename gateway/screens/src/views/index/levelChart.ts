// The level chart and the one of its depth below the peak: what they show, as descriptions.

import { labelNamed } from "@/api/definitions";
import type { AssetEvent, Episode, Rebalance, Snapshot } from "@/api/types";
import {
  toneOf,
  type ChartData,
  type ChartSpec,
  type Mark,
  type Series,
  type Stretch,
  type Tone,
} from "@/chart/spec";
import { percent } from "@/format/numbers";
import { date, type Zone } from "@/format/time";
import { ruleName, words } from "@/format/words";
import { depths, joined, rebased, type Candles } from "./series";

export interface LevelWanted {
  index: string;
  candles: Candles;
  /** Closes of benchmarks by their names; with any, all are shown as what they became of one. */
  against: Record<string, Candles>;
  form: "line" | "candles";
  scale: "linear" | "log";
  zone: Zone;
  marks: Mark[];
  stretches: Stretch[];
}

/** The columns with how low and how high a level was on the way to each of its points; no index is
 * called so. */
const BETWEEN = { low: "low", high: "high" };

export function levelChart(wanted: LevelWanted): { spec: ChartSpec; data: ChartData } {
  const { index, candles, against, form, scale, zone } = wanted;
  const names = Object.keys(against);
  const [first, last] = [candles.at[0] ?? 0, candles.at.at(-1) ?? 0];
  const common = {
    title: `Level of ${index}`,
    x: { kind: "time" as const, zone },
    marks: wanted.marks.filter((mark) => mark.at >= first && mark.at <= last),
    stretches: within(wanted.stretches, first, last),
    height: 340,
    together: "index",
  };
  if (!names.length) {
    const columns = {
      open: candles.open,
      high: candles.high,
      low: candles.low,
      close: candles.close,
    };
    const series: Series =
      form === "candles"
        ? {
            kind: "candles",
            label: index,
            columns: { open: "open", high: "high", low: "low", close: "close" },
          }
        : {
            kind: "line",
            label: index,
            column: "close",
            between: BETWEEN,
            tone: "series-1",
            width: 1.8,
          };
    return {
      spec: { ...common, y: { display: "money", scale }, series: [series] },
      data: { x: candles.at, columns },
    };
  }
  const closes = rebased({ [index]: candles.close, ...joined(candles, against) });
  const moved = { ...closes, ...alike(candles, closes[index] ?? []) };
  // A logarithm has no place for a loss: there one becomes so many hundredths.
  const shown =
    scale === "log"
      ? Object.fromEntries(
          Object.entries(moved).map(([name, values]) => [
            name,
            values.map((v) => (v === null ? null : 100 * (1 + v))),
          ]),
        )
      : moved;
  return {
    spec: {
      ...common,
      title: `${index} against ${names.join(", ")}`,
      y: { display: scale === "log" ? "money" : "change", scale },
      series: [index, ...names].map((name, i) => ({
        kind: "line",
        column: name,
        label: name,
        tone: toneOf(i),
        width: i ? 1.4 : 1.8,
        ...(i ? {} : { between: BETWEEN }),
        ...(i
          ? {
              dash: [
                [6, 3],
                [2, 3],
                [8, 3, 2, 3],
              ][(i - 1) % 3] as number[],
            }
          : {}),
      })),
    },
    data: { x: candles.at, columns: shown },
  };
}

/** Lows and highs on the way to closes that were rebased, rebased as these. */
function alike(
  { low, high, close }: Candles,
  moved: readonly (number | null)[],
): Record<"low" | "high", (number | null)[]> {
  const at = (values: readonly number[]) =>
    values.map((value, i) => {
      const [to, level] = [moved[i] ?? null, close[i]];
      return to === null || !level ? null : (value / level) * (1 + to) - 1;
    });
  return { low: at(low), high: at(high) };
}

export function depthChart(
  candles: Candles,
  episodes: Stretch[],
  zone: Zone,
): { spec: ChartSpec; data: ChartData } {
  const [first, last] = [candles.at[0] ?? 0, candles.at.at(-1) ?? 0];
  return {
    spec: {
      title: "Drawdown below the highest level so far",
      x: { kind: "time", zone },
      y: { display: "percent", include: [0], isDown: true },
      series: [{ kind: "area", column: "depth", label: "drawdown", tone: "loss" }],
      stretches: within(episodes, first, last),
      height: 250,
      together: "index",
    },
    data: { x: candles.at, columns: { depth: depths(candles) } },
  };
}

const within = (stretches: Stretch[], first: number, last: number): Stretch[] =>
  stretches
    .filter(({ from, to }) => to >= first && from <= last)
    .map((one) => ({ ...one, from: Math.max(one.from, first), to: Math.min(one.to, last) }));

/** The deepest falls as stretches, from peak to recovery. */
export function episodeStretches(snapshot: Snapshot | null, now: number): Stretch[] {
  return (snapshot?.drawdown?.episodes ?? []).flatMap((episode) => {
    if (!episode?.peak_at) return [];
    const to = episode.recovered_at ? Date.parse(episode.recovered_at) : now;
    const end = episode.recovered_at ? `to ${date(to, "utc")}` : "not recovered";
    return [
      {
        from: Date.parse(episode.peak_at),
        to,
        label: `fall of ${percent(episode.depth)}, ${end}`,
        tone: "warn" as const,
      },
    ];
  });
}

/** What is marked on the level: rebalances, planned changes, alarms. */
export function marksOf(
  rebalances: readonly Rebalance[],
  changes: readonly { at: string; add: string[]; remove: string[] }[],
  episodes: readonly Episode[],
  events: readonly AssetEvent[] = [],
): Mark[] {
  return [
    ...events.map((event) => ({
      at: Date.parse(event.at),
      label: eventWords(event),
      tone: "doubt" as const,
      form: "square" as const,
    })),
    ...rebalances.map(({ rebalanced_at }) => ({
      at: Date.parse(rebalanced_at),
      label: "rebalanced",
      tone: "muted" as const,
      form: "dot" as const,
    })),
    ...changes.map(({ at, add, remove }) => ({
      at: Date.parse(at),
      label: [
        add.length ? `adds ${add.join(", ")}` : "",
        remove.length ? `removes ${remove.join(", ")}` : "",
      ]
        .filter(Boolean)
        .join(", "),
      tone: "accent" as const,
      form: "diamond" as const,
    })),
    ...episodes.map((episode) => ({
      at: Date.parse(episode.from),
      label: `${episode.severity ?? ""} alarm ${ruleName(episode.rule)}`.trim(),
      tone: "loss" as const,
      form: "triangle" as const,
    })),
  ];
}

/** "1 MATIC becomes 1 POL", "1 BTT becomes 1,000 new". */
export const eventWords = ({ asset, becomes, ratio }: AssetEvent): string =>
  `1 ${asset} becomes ${ratio.toLocaleString("en")} ${becomes ?? "new"}`;

const REGIME_TONES: Record<string, Tone> = { bull: "gain", bear: "loss", high: "warn" };

/** Regimes as shading; what is neither is left unshaded. */
export const regimeStretches = (
  found: readonly { from: number; to: number; word: string }[],
  path: string,
): Stretch[] =>
  found.flatMap(({ from, to, word }) => {
    const tone = REGIME_TONES[word];
    return tone
      ? [{ from, to, label: `${labelNamed(path).toLowerCase()}: ${words(word)}`, tone }]
      : [];
  });
