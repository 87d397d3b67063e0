// How an index went: its level with what happened to it, its depth, its months and years.

import { useMemo } from "preact/hooks";
import { Chart } from "@/chart/Chart";
import type { Mark } from "@/chart/spec";
import { ErrorNote } from "@/parts/ErrorNote";
import { Choices, Empty, Loading, Panel } from "@/parts/parts";
import { change, parameter } from "@/router/router";
import { gatewayNow } from "@/store/clock";
import { changed, rows } from "@/store/market";
import { zone } from "@/store/settings";
import { HeatMap } from "./HeatMap";
import type { IndexProps } from "./IndexView";
import { depthChart, episodeStretches, levelChart, marksOf, regimeStretches } from "./levelChart";
import { ageOf, isRange, rangeNames, RANGES } from "./ranges";
import { Returns } from "./Returns";
import { answered, candlesOf, figuresOf, stretchesOf, type Candles } from "./series";
import { seriesName, useCandles, useComposition, useEpisodes, useFigures } from "./usePast";

const SHADES = { trend: "regime.trend", volatility: "regime.volatility" } as const;

export function PerformanceTab({ index, whole, snapshot }: IndexProps) {
  const asked = parameter("range", "1y");
  const range = isRange(asked) ? asked : "1y";
  const form = parameter("form") === "candles" ? "candles" : "line";
  const scale = parameter("scale") === "log" ? "log" : "linear";
  const shade = parameter("shade") as keyof typeof SHADES | "";
  const against = parameter("against").split(",").filter(Boolean);
  const benchmarks = whole?.definition?.benchmarks ?? [];
  const overlaid = benchmarks.filter((name) => against.includes(name));
  const isOverlaid = overlaid.length > 0;

  const wanted = [index, ...overlaid].map(
    (name) => [name, seriesName(name, name === index || rows.has(name))] as const,
  );
  const age = ageOf(rows.get(index)?.returns);
  const series = wanted.map(([, one]) => one);
  const past = useCandles(series, range, "line", age);
  // How deep it fell does not hang on how the level is drawn: that goes by the line's bars.
  const isBarred = form === "candles" && !isOverlaid;
  const barred = useCandles(isBarred ? [index] : [], range, "candles", age);
  const composition = useComposition(index);
  const alarms = useEpisodes(index);
  const regimes = useFigures(index, shade ? [SHADES[shade]] : []);

  const now = Math.floor(gatewayNow() / 1000) * 1000;
  changed.value; // eslint-disable-line @typescript-eslint/no-unused-expressions -- follows the level
  const row = rows.get(index);
  const end = useMemo(
    () => ({
      at: row?.as_of ? Date.parse(row.as_of) : 0,
      level: row?.level ?? null,
      peak: row?.peak ?? null,
    }),
    [row?.as_of, row?.level],
  );

  const candles = useMemo(
    () =>
      answered(past.data ?? [], wanted).map(([name, history]): [string, Candles] => {
        const found = candlesOf(history, now);
        return [name, name === index ? followed(found, end) : found];
      }),
    [past.data, series.join(), end],
  );
  const marks = useMemo(
    () =>
      marksOf(
        composition.data?.rebalances ?? [],
        whole?.definition?.change ?? [],
        alarms.data ?? [],
        composition.data?.events ?? [],
      ),
    [composition.data, alarms.data, whole],
  );
  const shading = useMemo(() => {
    if (!shade || !regimes.data) return [];
    const path = SHADES[shade];
    const { x, columns } = figuresOf(regimes.data);
    return regimeStretches(
      stretchesOf(x, (columns[path] ?? []) as unknown as (string | null)[]),
      path,
    );
  }, [shade, regimes.data]);
  const episodes = useMemo(() => episodeStretches(snapshot, now), [snapshot?.drawdown]);
  const level = useMemo(() => {
    const drawn = isBarred
      ? (barred.data ?? []).filter((one) => one.index === index).map((one) => candlesOf(one, now))
      : candles.filter(([name]) => name === index).map(([, one]) => one);
    const own = isBarred ? drawn.map((one) => followed(one, end))[0] : drawn[0];
    if (!own) return null;
    return levelChart({
      index,
      candles: own,
      against: Object.fromEntries(candles.filter(([name]) => name !== index)),
      form: isBarred ? "candles" : "line",
      scale,
      zone: zone.value,
      marks,
      stretches: shading,
    });
  }, [candles, barred.data, isBarred, scale, zone.value, marks, shading]);
  const depth = useMemo(() => {
    const own = candles.find(([name]) => name === index)?.[1];
    return own ? depthChart(own, episodes, zone.value) : null;
  }, [candles, episodes, zone.value]);

  return (
    <>
      <Panel
        title="Level"
        aside={
          <div class="chart-controls no-print">
            <Choices
              label="Range"
              of={rangeNames.map((name) => [name, RANGES[name].label] as const)}
              chosen={range}
              choose={(name) => change({ range: name === "1y" ? null : name })}
            />
            <Choices
              label="Scale"
              of={
                [
                  ["linear", "Linear"],
                  ["log", "Log"],
                ] as const
              }
              chosen={scale}
              choose={(name) => change({ scale: name === "log" ? name : null })}
            />
            <Choices
              label="Form"
              of={
                [
                  ["line", "Line"],
                  ["candles", "Candles"],
                ] as const
              }
              chosen={isOverlaid ? "line" : form}
              choose={(name) =>
                change({
                  form: name === "candles" ? name : null,
                  against: name === "candles" ? null : against.join(),
                })
              }
            />
            {benchmarks.length > 0 && (
              <div class="choices" role="group" aria-label="Benchmarks over it">
                {benchmarks.map((name) => (
                  <button
                    key={name}
                    type="button"
                    aria-pressed={against.includes(name)}
                    onClick={() =>
                      change({
                        against: (against.includes(name)
                          ? against.filter((one) => one !== name)
                          : [...against, name]
                        ).join(),
                      })
                    }
                  >
                    vs {name}
                  </button>
                ))}
              </div>
            )}
            <Choices
              label="Regimes shaded"
              of={
                [
                  ["", "No shading"],
                  ["trend", "Trend"],
                  ["volatility", "Volatility"],
                ] as const
              }
              chosen={shade}
              choose={(name) => change({ shade: name || null })}
            />
          </div>
        }
      >
        <div class="card-body">
          {past.error && <ErrorNote error={past.error} again={past.again} />}
          {barred.error && <ErrorNote error={barred.error} again={barred.again} />}
          {level && level.data.x.length > 0 ? (
            <Chart spec={level.spec} data={level.data} />
          ) : (past.isLoading && !past.data) || (barred.isLoading && !barred.data) ? (
            <Loading height={340} label="loading the level" />
          ) : (
            <Empty title="Nothing in this range">
              The index has no level in it; try a longer one.
            </Empty>
          )}
          {level && level.spec.marks && level.spec.marks.length > 0 && (
            <p class="chart-key-note muted">{keyOf(level.spec.marks)}</p>
          )}
        </div>
      </Panel>
      <div class="two">
        <Panel title="Under water">
          <div class="card-body">
            {depth && depth.data.x.length > 0 ? (
              <Chart spec={depth.spec} data={depth.data} />
            ) : (
              <Loading height={250} />
            )}
            <p class="chart-key-note muted">
              As deep as each bar went. The deepest falls are shaded from peak to recovery; the
              table of them is under Risk.
            </p>
          </div>
        </Panel>
        <Returns snapshot={snapshot} />
      </div>
      <HeatMap snapshot={snapshot} />
    </>
  );
}

const MEANINGS = {
  dot: "● rebalanced",
  diamond: "◆ planned change",
  triangle: "▲ alarm",
  square: "■ what happened to a coin",
} as const;

/** What the forms mean of the marks that there are. */
const keyOf = (marks: readonly Mark[]): string =>
  Object.entries(MEANINGS)
    .filter(([form]) => marks.some((mark) => mark.form === form))
    .map(([, meaning]) => meaning)
    .join(" · ");

/** Candles whose end follows the stream. */
function followed(
  candles: Candles,
  end: { at: number; level: number | null; peak: number | null },
): Candles {
  const last = candles.at.length - 1;
  const { at, level, peak } = end;
  if (last < 0 || level === null || at <= (candles.at[last] ?? 0)) return candles;
  return {
    at: [...candles.at, at],
    open: [...candles.open, candles.close[last] ?? level],
    // One instant: what was before it has told of itself.
    high: [...candles.high, level],
    low: [...candles.low, level],
    close: [...candles.close, level],
    peak: [...candles.peak, peak ?? Math.max(level, candles.peak[last] ?? level)],
  };
}
