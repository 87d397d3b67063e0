// How far an index is to be trusted: whose prices make it, what was missing, now and over time.

import { useMemo } from "preact/hooks";
import { cardAt, cards, figureAt } from "@/api/definitions";
import { Chart } from "@/chart/Chart";
import { toneOf, type ChartSpec, type Stretch } from "@/chart/spec";
import type { Display } from "@/format/figure";
import { flagMeaning, flagText, leftOut, statusMeaning } from "@/format/words";
import { ErrorNote } from "@/parts/ErrorNote";
import { FigureName, FigureValue } from "@/parts/Figure";
import { Empty, Loading, Panel, Pill } from "@/parts/parts";
import { Status, statusTone } from "@/parts/Status";
import { rows } from "@/store/market";
import { zone } from "@/store/settings";
import { leaves } from "./arrangement";
import type { IndexProps } from "./IndexView";
import { figuresOf, stretchesOf } from "./series";
import { useFigures } from "./usePast";

const DAYS = 90; // for so long hours are kept

export function QualityTab({ index, snapshot }: IndexProps) {
  const status = rows.get(index)?.status ?? snapshot?.status ?? null;
  const quality = snapshot?.quality;
  const flags = quality?.flags ?? [];
  const sources = Object.entries(quality?.sources ?? {});
  const excluded = quality?.excluded ?? [];
  const single = leaves(quality, "quality").filter(([, value]) => !Array.isArray(value));
  const raised = snapshot?.flags ?? [];
  return (
    <>
      <div class="two">
        <Panel title="Now">
          <div class="card-body quality-now">
            <p>
              <Status status={status} /> {statusMeaning(status)}
            </p>
            {flags.map((flag) => (
              <p key={flag}>
                <Pill tone="doubt">{flagText(flag)}</Pill> {flagMeaning(flag)}
              </p>
            ))}
            <dl class="figures">
              {single
                .filter(([path]) => cardAt(path))
                .map(([path, value]) => (
                  <div key={path} data-path={path}>
                    <dt>
                      <FigureName path={path} />
                    </dt>
                    <dd>
                      <FigureValue
                        path={path}
                        value={value}
                        reasons={snapshot?.undefined ?? null}
                      />
                    </dd>
                  </div>
                ))}
            </dl>
          </div>
        </Panel>
        <Panel title="Whose prices make it">
          {sources.length ? (
            <table class="table">
              <thead>
                <tr>
                  <th scope="col">Asset</th>
                  <th scope="col">Markets</th>
                </tr>
              </thead>
              <tbody>
                {sources.map(([asset, used]) => (
                  <tr key={asset}>
                    <th scope="row">{asset}</th>
                    <td>{used.join(", ") || "none"}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          ) : (
            <Empty title="No market">Its prices came without a venue, as recorded ones do.</Empty>
          )}
          {excluded.length > 0 && (
            <table class="table">
              <thead>
                <tr>
                  <th scope="col">Left out</th>
                  <th scope="col">Why</th>
                </tr>
              </thead>
              <tbody>
                {excluded.map(({ source, reason }) => (
                  <tr key={source}>
                    <td>{source}</td>
                    <td>{leftOut(reason)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </Panel>
      </div>
      <OverTime index={index} />
      {raised.length > 0 && (
        <Panel title="Warning signs">
          <table class="table">
            <tbody>
              {raised.map((flag) => (
                <tr key={flag.flag}>
                  <th scope="row">
                    <FigureName path={`flags.${flag.flag}`} />
                  </th>
                  <td>
                    <FigureValue path="flags.since" value={flag.since} />
                  </td>
                  <td>
                    <FigureValue path="flags.evidence" value={flag.evidence} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Panel>
      )}
    </>
  );
}

/** Lengths of gaps and ages of prices by the hour; shaded where the status was not live. */
function OverTime({ index }: { index: string }) {
  const paths = cards()
    .filter((card) => card.path.startsWith("quality.") && card.display === "duration")
    .map((card) => card.path);
  const past = useFigures(index, [...paths, "status"], "1h", DAYS);
  const drawn = useMemo(() => {
    if (!past.data) return null;
    const data = figuresOf(past.data);
    const words = (figureAt(data.columns, "status") ?? []) as unknown as (string | null)[];
    const stretches: Stretch[] = stretchesOf(data.x, words).flatMap(({ from, to, word }) => {
      const tone = statusTone(word);
      return tone && word !== "live" ? [{ from, to, label: word, tone }] : [];
    });
    const spec: ChartSpec = {
      title: "Quality over time",
      x: { kind: "time", zone: zone.value },
      y: { display: (cardAt(paths[0] ?? "")?.display ?? "duration") as Display, include: [0] },
      series: paths.map((path, i) => ({
        kind: "step",
        column: path,
        label: cardAt(path)?.label ?? path,
        tone: toneOf(i),
      })),
      stretches,
      height: 200,
    };
    return { spec, data };
  }, [past.data, zone.value, paths.join()]);
  return (
    <Panel
      title={`The last ${DAYS} days`}
      aside={<span class="muted">shaded where it was not live</span>}
    >
      <div class="card-body">
        {past.error ? (
          <ErrorNote error={past.error} again={past.again} />
        ) : !drawn ? (
          <Loading height={200} />
        ) : drawn.data.x.length < 2 ? (
          <Empty title="No hours yet">
            Figures are kept at the ends of hours; the first two make a line.
          </Empty>
        ) : (
          <Chart spec={drawn.spec} data={drawn.data} />
        )}
      </div>
    </Panel>
  );
}
