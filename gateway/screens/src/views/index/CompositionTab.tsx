// What an index holds, what each asset brings today, and what it held at each rebalance.

import { useMemo } from "preact/hooks";
import { figureAt } from "@/api/definitions";
import { Chart } from "@/chart/Chart";
import { toneOf, type ChartSpec } from "@/chart/spec";
import { figureText, tone } from "@/format/figure";
import { isNumber, NONE, percent } from "@/format/numbers";
import { date, moment } from "@/format/time";
import { ErrorNote } from "@/parts/ErrorNote";
import { FigureName, FigureValue } from "@/parts/Figure";
import { Empty, Loading, Panel } from "@/parts/parts";
import { zone } from "@/store/settings";
import { leaves } from "./arrangement";
import type { IndexProps } from "./IndexView";
import { useComposition } from "./usePast";

const ASSETS = "composition.assets";

export function CompositionTab({ index, snapshot }: IndexProps) {
  const past = useComposition(index);
  const assets = Object.entries(snapshot?.composition?.assets ?? {}).sort(
    ([, a], [, b]) => (b?.weight ?? 0) - (a?.weight ?? 0),
  );
  const single = leaves(snapshot?.composition, "composition").filter(
    ([path]) => !path.startsWith(`${ASSETS}.`),
  );
  if (!assets.length)
    return (
      <Empty title="It holds nothing yet">Weights are set once every asset has a price.</Empty>
    );
  const keys = Object.keys(assets[0]?.[1] ?? {});
  const greatest = Math.max(
    ...assets.map(([, one]) => Math.abs(one?.contribution_today ?? 0)),
    1e-12,
  );
  return (
    <>
      <Panel
        title="Now"
        aside={
          <span class="muted">
            returns and contributions are of today, since 00:00 UTC; these sum to the index's
          </span>
        }
      >
        <div class="scroll" tabIndex={0}>
          <table class="table composition">
            <thead>
              <tr>
                <th scope="col">Asset</th>
                {keys.map((key) => (
                  <th scope="col" class="number" key={key}>
                    <FigureName path={`${ASSETS}.X.${key}`} />
                  </th>
                ))}
                <th scope="col">
                  <span class="hidden">Contribution as a bar</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {assets.map(([asset, held]) => {
                const share = held?.contribution_today ?? 0;
                return (
                  <tr key={asset}>
                    <th scope="row">{asset}</th>
                    {keys.map((key) => {
                      const path = `${ASSETS}.${asset}.${key}`;
                      return (
                        <td class="number" key={key} data-path={path}>
                          {key === "weight" && (
                            <span class="weight-bar" aria-hidden="true">
                              <i style={{ width: `${(held?.weight ?? 0) * 100}%` }} />
                            </span>
                          )}
                          <FigureValue
                            path={path}
                            value={figureAt(held, key)}
                            reasons={snapshot?.undefined ?? null}
                          />
                        </td>
                      );
                    })}
                    <td class="swing" aria-hidden="true">
                      <i
                        class={share < 0 ? "is-loss" : "is-gain"}
                        style={{
                          width: `${(Math.abs(share) / greatest) * 46}%`,
                          [share < 0 ? "right" : "left"]: "50%",
                        }}
                      />
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
        <dl class="figures card-body">
          {single.map(([path, value]) => (
            <div key={path} data-path={path}>
              <dt>
                <FigureName path={path} />
              </dt>
              <dd>
                <FigureValue path={path} value={value} reasons={snapshot?.undefined ?? null} />
              </dd>
            </div>
          ))}
        </dl>
      </Panel>
      {past.error && <ErrorNote error={past.error} again={past.again} />}
      {past.isLoading && !past.data ? <Loading height={200} /> : <Rebalances past={past} />}
    </>
  );
}

function Rebalances({ past }: { past: ReturnType<typeof useComposition> }) {
  const rebalances = past.data?.rebalances ?? [];
  const names = useMemo(
    () => [...new Set(rebalances.flatMap(({ assets }) => Object.keys(assets)))].slice(0, 10),
    [rebalances],
  );
  const drawn = useMemo(() => {
    const ordered = [...rebalances].reverse();
    const x = ordered.map(({ rebalanced_at }) => Date.parse(rebalanced_at));
    const columns = Object.fromEntries(
      names.map((name) => [name, ordered.map(({ assets }) => assets[name]?.weight ?? null)]),
    );
    const spec: ChartSpec = {
      title: "Weights at each rebalance",
      x: { kind: "time", zone: zone.value },
      y: { display: "percent", include: [0] },
      series: names.map((name, i) => ({
        kind: "step",
        column: name,
        label: name,
        tone: toneOf(i),
      })),
      height: 220,
    };
    return { spec, data: { x, columns } };
  }, [rebalances, names, zone.value]);
  if (!rebalances.length) {
    return (
      <Panel title="Rebalances">
        <Empty title="None so far">The weights that it started with still stand.</Empty>
      </Panel>
    );
  }
  return (
    <Panel
      title="At each rebalance"
      aside={
        <span class="muted">
          {rebalances.length} kept; beside each weight what the asset brought since the one before
        </span>
      }
    >
      <div class="card-body">
        {rebalances.length > 1 && <Chart spec={drawn.spec} data={drawn.data} />}
      </div>
      <div class="scroll long" tabIndex={0}>
        <table class="table">
          <thead>
            <tr>
              <th scope="col">Weights set at</th>
              <th scope="col" class="number">
                Turnover
              </th>
              {names.map((name) => (
                <th scope="col" class="number" key={name}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rebalances.map((one) => (
              <tr key={one.rebalanced_at}>
                <th scope="row" title={moment(one.rebalanced_at, zone.value)}>
                  {date(one.rebalanced_at, zone.value)}
                </th>
                <td class="number">{percent(one.turnover)}</td>
                {names.map((name) => {
                  const held = one.assets[name];
                  const brought = held?.contribution;
                  const path = `${ASSETS}.${name}.contribution_today`;
                  return (
                    <td class="number" key={name}>
                      {held ? percent(held.weight) : <span class="none">{NONE}</span>}
                      {held && (
                        <small
                          class={tone(path, brought)}
                          title={
                            isNumber(brought)
                              ? "what it brought since the rebalance before"
                              : "nothing is known of a rebalance before, or of a price"
                          }
                        >
                          {" "}
                          {figureText(path, brought)}
                        </small>
                      )}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
