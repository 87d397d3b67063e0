// Returns by period, beside those of the benchmarks.

import { cards, figureAt } from "@/api/definitions";
import { NONE } from "@/format/numbers";
import type { Snapshot } from "@/api/types";
import { FigureName, FigureValue } from "@/parts/Figure";
import { Panel } from "@/parts/parts";
import { Explained } from "@/parts/Popover";

/** That there is no such figure at all, and why. */
const None = ({ why }: { why: string }) => (
  <Explained class="none" label={why} more={() => why}>
    {NONE}
  </Explained>
);

export function Returns({ snapshot }: { snapshot: Snapshot | null }) {
  const periods = cards()
    .map((card) => card.path)
    .filter((path) => /^returns\.[^.*]+$/.test(path));
  const benchmarks = Object.keys(snapshot?.benchmarks ?? {});
  return (
    <Panel title="Returns by period">
      <div class="scroll" tabIndex={0}>
        <table class="table">
          <thead>
            <tr>
              <th scope="col">Period</th>
              <th scope="col" class="number">
                Return
              </th>
              <th scope="col" class="number">
                A year
              </th>
              {benchmarks.map((name) => (
                <th scope="col" class="number" key={name}>
                  Over {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {periods.map((path) => {
              const period = path.split(".")[1] ?? "";
              const yearly = `annualised.${period}`;
              const hasYearly = figureAt(snapshot, yearly) !== undefined;
              return (
                <tr key={path}>
                  <th scope="row">
                    <FigureName path={path} />
                  </th>
                  <td class="number">
                    <FigureValue
                      path={path}
                      value={figureAt(snapshot, path)}
                      reasons={snapshot?.undefined ?? null}
                    />
                  </td>
                  <td class="number">
                    {hasYearly ? (
                      <FigureValue
                        path={yearly}
                        value={figureAt(snapshot, yearly)}
                        reasons={snapshot?.undefined ?? null}
                      />
                    ) : (
                      <None why="not annualised: it need not be a year" />
                    )}
                  </td>
                  {benchmarks.map((name) => {
                    const excess = `benchmarks.${name}.excess.${period}`;
                    const value = figureAt(snapshot, excess);
                    return (
                      <td class="number" key={name}>
                        {value !== undefined ? (
                          <FigureValue
                            path={excess}
                            value={value}
                            reasons={snapshot?.undefined ?? null}
                          />
                        ) : (
                          <None why="not held against benchmarks over this period" />
                        )}
                      </td>
                    );
                  })}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
