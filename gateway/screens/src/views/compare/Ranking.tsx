// All indices in the order of a profile, or of weights of one's own; those compared stand out.

import { get } from "@/api/client";
import { definitions, reason } from "@/api/definitions";
import type { Ranking as Ranked } from "@/api/types";
import { figureText } from "@/format/figure";
import { date } from "@/format/time";
import { ErrorNote } from "@/parts/ErrorNote";
import { FigureName } from "@/parts/Figure";
import { Choices, Loading, Panel } from "@/parts/parts";
import { Explained } from "@/parts/Popover";
import { change, href, parameter } from "@/router/router";
import { useResource } from "@/store/resource";
import { zone } from "@/store/settings";
import { columnText } from "../overview/columns";
import { figuresOf, MOST_WEIGHT, parseWeights, weightsText, type Weights } from "./weights";

const OWN = "own";
const AGAIN = 30_000; // ms
const STEP = 0.5;

export function Ranking({ chosen }: { chosen: readonly string[] }) {
  const profiles = definitions.value?.profiles ?? {};
  const names = Object.keys(profiles);
  const asked = parameter("profile", names[0] ?? "");
  const isOwn = asked === OWN;
  const weights = parseWeights(parameter("weights"));
  const isCommon = parameter("common") === "1";
  const profile = isOwn ? weightsText(weights) : asked;
  const { data, error, again } = useResource(
    profile ? `rank ${profile} ${isCommon}` : null,
    (signal) => get("/v1/rank", { query: { profile, common: isCommon }, signal }),
    AGAIN,
  );
  const own = () =>
    Object.fromEntries(
      (profiles[asked]?.weights ?? []).map(({ path, weight }) => [path, weight * MOST_WEIGHT]),
    );
  return (
    <Panel
      title="Ranking of all indices"
      aside={
        <div class="compare-aside aside">
          <label>
            <input
              type="checkbox"
              checked={isCommon}
              onChange={(event) => change({ common: event.currentTarget.checked ? "1" : null })}
            />{" "}
            over the common time
          </label>
          <Choices
            label="profile"
            of={[...names.map((name) => [name, name] as const), [OWN, "own weights"] as const]}
            chosen={asked}
            choose={(name) =>
              change(
                name === OWN && !weightsText(weights)
                  ? { profile: name, weights: weightsText(own()) }
                  : { profile: name },
              )
            }
          />
        </div>
      }
    >
      {isOwn ? (
        <OwnWeights weights={weights} />
      ) : (
        <p class="muted compare-aim">{profiles[asked]?.aim}</p>
      )}
      {error && <ErrorNote error={error} again={again} />}
      {!profile && <p class="muted compare-aim">Give a figure a weight above 0.</p>}
      {!data && !error && profile && <Loading height={120} label="ranking" />}
      {data && profile && <Rows found={data} chosen={chosen} />}
    </Panel>
  );
}

function OwnWeights({ weights }: { weights: Weights }) {
  const figures = figuresOf(definitions.value?.profiles ?? {});
  const all = [...figures, ...Object.keys(weights).filter((path) => !figures.includes(path))];
  const set = (path: string, weight: number) =>
    change({ weights: weightsText({ ...weights, [path]: weight }) || null });
  return (
    <div class="compare-weights">
      {all.map((path) => (
        <label key={path}>
          <span>{columnText(path)}</span>
          <input
            type="range"
            min={0}
            max={MOST_WEIGHT}
            step={STEP}
            value={weights[path] ?? 0}
            aria-label={`weight of ${columnText(path)}`}
            onChange={(event) => set(path, Number(event.currentTarget.value))}
          />
          <output>{(weights[path] ?? 0).toFixed(1)}</output>
        </label>
      ))}
    </div>
  );
}

function Rows({ found, chosen }: { found: Ranked; chosen: readonly string[] }) {
  const { weights } = found.profile;
  return (
    <>
      <div class="scroll">
        <table class="table">
          <thead>
            <tr>
              <th class="number">Rank</th>
              <th>Index</th>
              <th class="number">Score</th>
              {weights.map(({ path, weight, lower }) => (
                <th class="number" key={path}>
                  <FigureName path={path} text={columnText(path)} /> {lower ? "↓" : "↑"}
                  <br />
                  <span class="muted">{Math.round(weight * 100)} %</span>
                </th>
              ))}
              <th>Since</th>
            </tr>
          </thead>
          <tbody>
            {found.ranking.map((row) => (
              <tr key={row.index} class={chosen.includes(row.index) ? "is-compared" : ""}>
                <td class="number">{row.rank ?? "–"}</td>
                <th>
                  <a href={href("index", { id: row.index })}>{row.index}</a>
                </th>
                <td class="number">{row.score === null ? "–" : row.score.toFixed(3)}</td>
                {weights.map(({ path }) => {
                  const part = row.contributions[path];
                  const why = reason(row.missing[path]);
                  return (
                    <td class="number" key={path}>
                      {part ? (
                        <>
                          {figureText(path, part.value)}
                          <span class="compare-share" style={{ width: `${40 * part.scaled}px` }} />
                        </>
                      ) : (
                        <Explained class="none" label={`undefined: ${why}`} more={() => why}>
                          –
                        </Explained>
                      )}
                    </td>
                  );
                })}
                <td class="muted">{row.history ? date(row.history.from, zone.value) : "–"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="muted compare-aim">
        Each figure counts by the share of the other indices that are worse (the bar), times its
        weight.{" "}
        {found.common
          ? `Over ${date(found.common.from, zone.value)} to ${date(found.common.to, zone.value)}, by daily closes.`
          : found.unequal.length > 0 &&
            `Of a shorter history than the longest, so hard to compare: ${found.unequal.join(", ")}.`}
      </p>
    </>
  );
}
