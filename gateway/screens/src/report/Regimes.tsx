// What the index was in rising, falling and quiet markets.

import { cards, figureAt } from "@/api/definitions";
import { words } from "@/format/words";
import { FigureName, FigureValue } from "@/parts/Figure";
import { Panel } from "@/parts/parts";
import { pathsOf, type ReportIndex } from "./data";

/** The names of the regimes, and the figures that each has: `regime.*.n` and the others. */
function regimesOf(one: ReportIndex): [string[], string[]] {
  const patterns = cards().filter(({ path }) => /^regime\.\*\.[^.]+$/.test(path));
  const found = patterns.flatMap(({ path }) => pathsOf(one.snapshot, path));
  const names = new Set(found.map((path) => path.split(".")[1] as string));
  return [[...names], patterns.map(({ path }) => path.split(".")[2] as string)];
}

/** Whether it was in any: a short time has too few days before it to tell. */
const hasAny = (one: ReportIndex): boolean =>
  regimesOf(one)[0].some((name) => figureAt(one.snapshot, `regime.${name}.n`));

export function Regimes({ indices }: { indices: ReportIndex[] }) {
  const shown = indices.filter(hasAny);
  if (!shown.length) return null;
  return (
    <Panel title="By regime">
      <div class="scroll">
        <table class="table">
          <thead>
            <tr>
              <th>{indices.length > 1 ? "Index, market" : "Market"}</th>
              {regimesOf(shown[0] as ReportIndex)[1].map((name) => (
                <th class="number" key={name}>
                  <FigureName path={`regime.bull.${name}`} />
                </th>
              ))}
              <th>Now</th>
            </tr>
          </thead>
          <tbody>{shown.flatMap((one) => rows(one, indices.length > 1))}</tbody>
        </table>
      </div>
      <p class="muted note">
        By {[...new Set(shown.map((one) => one.snapshot?.regime?.reference))].join(", ")}; falling
        markets are shaded in the level.
      </p>
    </Panel>
  );
}

function rows(one: ReportIndex, isNamed: boolean) {
  const regime = one.snapshot?.regime as Record<string, unknown> | null | undefined;
  const [names, figures] = regimesOf(one);
  const now = [regime?.["trend"], `${String(regime?.["volatility"])}_volatility`];
  return names.map((name) => (
    <tr key={`${one.index} ${name}`}>
      <th>{[isNamed ? one.name : "", words(name)].filter(Boolean).join(", ")}</th>
      {figures.map((figure) => (
        <td class="number" key={figure}>
          <FigureValue
            path={`regime.${name}.${figure}`}
            value={(regime?.[name] as Record<string, unknown> | null)?.[figure] ?? null}
            reasons={one.snapshot?.undefined}
          />
        </td>
      ))}
      <td>{now.includes(name) ? "now" : ""}</td>
    </tr>
  ));
}
