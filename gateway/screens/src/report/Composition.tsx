// What is held, and what each rebalance changed.

import { useMemo } from "preact/hooks";
import { cards, label } from "@/api/definitions";
import { Chart } from "@/chart/Chart";
import type { ChartData, ChartSpec } from "@/chart/spec";
import { figureText } from "@/format/figure";
import { date } from "@/format/time";
import { FigureName, FigureValue } from "@/parts/Figure";
import { Panel } from "@/parts/parts";
import { zone } from "@/store/settings";
import { pathsOf, type ReportIndex } from "./data";

const FEW = 12; // rebalances that are told at once

export function Composition({ indices }: { indices: ReportIndex[] }) {
  return (
    <>
      {indices.map((one) => (
        <Held key={one.index} one={one} isNamed={indices.length > 1} />
      ))}
    </>
  );
}

function Held({ one, isNamed }: { one: ReportIndex; isNamed: boolean }) {
  const { now, rebalances } = one.composition;
  if (!now && !rebalances.length) return null;
  return (
    <>
      <Panel title={isNamed ? `Composition: ${one.name}` : "Composition and turnover"}>
        <div class="card-body composition">
          {now?.assets && <Now one={one} />}
          <Turnover one={one} />
        </div>
      </Panel>
      {rebalances.length > 0 && (
        <Panel title={isNamed ? `Rebalances: ${one.name}` : "Rebalances"}>
          <Rebalances one={one} />
        </Panel>
      )}
    </>
  );
}

function Now({ one }: { one: ReportIndex }) {
  const whole = { composition: one.composition.now };
  const assets = Object.entries(one.composition.now?.assets ?? {}).sort(
    ([, a], [, b]) => (b?.weight ?? 0) - (a?.weight ?? 0),
  );
  const names = cards()
    .filter(({ path }) => path.startsWith("composition.assets.*."))
    .map(({ path }) => path.split(".").at(-1) as string);
  const single = cards().filter(
    ({ path, display }) => /^composition\.[^.]+$/.test(path) && display !== "text",
  );
  const value = (asset: object | null, name: string): unknown =>
    (asset as Record<string, unknown> | null)?.[name] ?? null;
  return (
    <div>
      <table class="table">
        <thead>
          <tr>
            <th>Asset</th>
            {names.map((name) => (
              <th class="number" key={name}>
                <FigureName path={`composition.assets.X.${name}`} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {assets.map(([asset, held]) => (
            <tr key={asset}>
              <th>{asset}</th>
              {names.map((name) => (
                <td class="number" key={name}>
                  {name === "weight" && (
                    <span class="bar" style={{ width: `${60 * (held?.weight ?? 0)}px` }} />
                  )}
                  <FigureValue
                    path={`composition.assets.${asset}.${name}`}
                    value={value(held, name)}
                  />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p class="muted note">
        {single
          .flatMap(({ path }) => pathsOf(whole, path))
          .map((path) => {
            const found = (one.composition.now as unknown as Record<string, unknown>)[
              path.slice(12)
            ];
            return `${label(path)} ${figureText(path, found, zone.value)}`;
          })
          .join(" · ")}
      </p>
    </div>
  );
}

function Turnover({ one }: { one: ReportIndex }) {
  const drawn = useMemo(() => {
    const known = one.composition.rebalances.filter(({ turnover }) => typeof turnover === "number");
    if (known.length < 2) return null;
    const oldest = [...known].reverse();
    const spec: ChartSpec = {
      title: "Turnover at each rebalance",
      x: { kind: "time", zone: "utc" },
      y: { display: "percent", include: [0] },
      series: [{ kind: "bars", column: "turnover", label: "turnover", tone: "accent" }],
      height: 140,
    };
    const data: ChartData = {
      x: oldest.map(({ rebalanced_at }) => Date.parse(rebalanced_at)),
      columns: { turnover: oldest.map(({ turnover }) => turnover ?? null) },
    };
    return { spec, data };
  }, [one.composition.rebalances]);
  if (!drawn) return null;
  return (
    <figure class="small-chart">
      <figcaption>Turnover at each rebalance</figcaption>
      <Chart spec={drawn.spec} data={drawn.data} />
    </figure>
  );
}

function Rebalances({ one }: { one: ReportIndex }) {
  const { rebalances } = one.composition;
  const assets = [...new Set(rebalances.flatMap(({ assets }) => Object.keys(assets)))];
  const table = (some: typeof rebalances) => (
    <div class="scroll">
      <table class="table dense">
        <thead>
          <tr>
            <th>Rebalance</th>
            <th class="number">Turnover</th>
            {assets.map((asset) => (
              <th class="number" key={asset}>
                {asset}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {some.map(({ rebalanced_at, turnover, assets: held }) => (
            <tr key={rebalanced_at}>
              <th>{date(rebalanced_at, zone.value)}</th>
              <td class="number">{figureText("composition.turnover_1y", turnover ?? null)}</td>
              {assets.map((asset) => (
                <td class="number" key={asset}>
                  {held[asset]?.weight
                    ? figureText(`composition.assets.${asset}.weight`, held[asset]?.weight)
                    : ""}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
  return (
    <>
      {table(rebalances.slice(0, FEW))}
      {rebalances.length > FEW && (
        <details class="more">
          <summary>{rebalances.length - FEW} earlier rebalances</summary>
          {table(rebalances.slice(FEW))}
        </details>
      )}
    </>
  );
}
