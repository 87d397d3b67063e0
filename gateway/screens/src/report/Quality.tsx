// How good the data of the time were: statuses, what was missing, what the figures of quality say.

import { cards } from "@/api/definitions";
import { duration } from "@/format/numbers";
import { moment } from "@/format/time";
import { FigureName, FigureValue } from "@/parts/Figure";
import { Panel } from "@/parts/parts";
import { zone } from "@/store/settings";
import { figurePoints, type ReportIndex } from "./data";
import { FigureRow } from "./FigureRow";

/** The share of the time that each status held. */
function shares(one: ReportIndex): [string, number][] {
  const spans = one.series.words["status"] ?? [];
  const found = new Map<string, number>();
  for (const { from, to, value } of spans)
    found.set(value, (found.get(value) ?? 0) + Date.parse(to) - Date.parse(from));
  return [...found].sort(([, a], [, b]) => b - a);
}

export function Quality({ indices }: { indices: ReportIndex[] }) {
  return (
    <Panel title="Quality of the data">
      <div class="card-body quality">
        {indices.map((one) => (
          <OfIndex key={one.index} one={one} isNamed={indices.length > 1} />
        ))}
      </div>
    </Panel>
  );
}

function OfIndex({ one, isNamed }: { one: ReportIndex; isNamed: boolean }) {
  const whole = shares(one).reduce((sum, [, length]) => sum + length, 0);
  const drawn = cards().filter(({ drawn }) => drawn.startsWith("quality."));
  const now = cards().filter(({ path }) => path.startsWith("quality.") && !path.includes("*"));
  return (
    <div>
      {isNamed && <h3>{one.name}</h3>}
      <table class="table figures">
        <tbody>
          {shares(one).map(([status, length]) => (
            <tr key={status}>
              <th>{status} at the ends of days</th>
              <td class="number">
                {duration(length / 1000)}
                {whole > 0 && `, ${((100 * length) / whole).toFixed(1)} %`}
              </td>
            </tr>
          ))}
          {drawn.map(({ path }) => {
            const known = (figurePoints(one, path)?.values ?? []).filter((v) => v !== null);
            if (!known.length) return null;
            return (
              <tr key={path}>
                <th>
                  <FigureName path={path} />, at most
                </th>
                <td class="number">
                  <FigureValue path={path} value={Math.max(...known)} />
                </td>
              </tr>
            );
          })}
          {one.snapshot?.quality &&
            now
              .filter(({ path }) => !drawn.some((card) => card.path === path))
              .map(({ path }) => <FigureRow key={path} one={one} path={path} />)}
        </tbody>
      </table>
      {one.series.missing.map(({ from, to }) => (
        <p key={from} class="muted note">
          Not known here: {moment(from, zone.value)} to {moment(to, zone.value)}
        </p>
      ))}
    </div>
  );
}
