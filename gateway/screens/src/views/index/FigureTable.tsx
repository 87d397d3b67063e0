// Figures of several groups side by side, or of a list row by row; each name has its card.

import { cardAt, figureAt, label, reasonAt } from "@/api/definitions";
import type { Snapshot } from "@/api/types";
import { NONE } from "@/format/numbers";
import { FigureName, FigureValue } from "@/parts/Figure";
import { Panel } from "@/parts/parts";
import { leaves, matrix } from "./arrangement";

interface FigureTableProps {
  title: string;
  /** Said beside the title. */
  aside?: string;
  section: string;
  snapshot: Snapshot | null;
  /** The section is a list: a row for each. */
  isRows?: boolean;
  /** Of groups, a row above the others that tells what each group is of. */
  of?: { text: string; words: (name: string) => string };
}

/** Such a table as a part of its own; nothing where there is nothing of it. */
export function FigureTable(props: FigureTableProps) {
  const value = figureAt(props.snapshot, props.section);
  if (value === undefined) return null;
  return (
    <Panel
      title={props.title}
      {...(props.aside ? { aside: <span class="muted">{props.aside}</span> } : {})}
    >
      {value === null ? (
        <p class="card-body muted">
          {NONE} {reasonAt(props.snapshot?.undefined, props.section)}
        </p>
      ) : (
        <FigureTableBody {...props} />
      )}
    </Panel>
  );
}

export function FigureTableBody({ section, snapshot, isRows = false, of }: FigureTableProps) {
  return isRows ? (
    <Rows section={section} snapshot={snapshot} />
  ) : (
    <Groups section={section} snapshot={snapshot} of={of} />
  );
}

function Groups(props: {
  section: string;
  snapshot: Snapshot | null;
  of: FigureTableProps["of"] | undefined;
}) {
  const { section, snapshot, of } = props;
  const { names, rows } = matrix(snapshot, section);
  const reasons = snapshot?.undefined ?? null;
  return (
    <div class="scroll" tabIndex={0}>
      <table class="table">
        <thead>
          <tr>
            <th scope="col">
              <span class="hidden">Figure</span>
            </th>
            {names.map((name) => (
              <th scope="col" class="number" key={name}>
                {name.replaceAll("_", " ")}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {of && (
            <tr>
              <th scope="row">{of.text}</th>
              {names.map((name) => (
                <td class="number muted" key={name}>
                  {of.words(name)}
                </td>
              ))}
            </tr>
          )}
          {rows.map(({ below, text }) => (
            <tr key={below}>
              <th scope="row">
                <FigureName path={`${section}.${names[0]}.${below}`} text={text} />
              </th>
              {names.map((name) => {
                const path = `${section}.${name}.${below}`;
                const value = figureAt(snapshot, path);
                return (
                  <td class="number" key={name} data-path={path}>
                    {value !== undefined && (
                      <FigureValue
                        path={path}
                        value={value}
                        reasons={reasons}
                        error={figureAt(snapshot, `${path}_se`)}
                      />
                    )}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Rows({ section, snapshot }: { section: string; snapshot: Snapshot | null }) {
  const found = figureAt(snapshot, section);
  const rows = Array.isArray(found) ? (found as Record<string, unknown>[]) : [];
  if (!rows.length) return <p class="card-body muted">None so far.</p>;
  const keys = [...new Set(rows.flatMap((row) => leaves(row).map(([path]) => path)))];
  const isText = (key: string) =>
    ["time", "text", "date", undefined].includes(cardAt(`${section}.0.${key}`)?.display);
  return (
    <div class="scroll long" tabIndex={0}>
      <table class="table">
        <thead>
          <tr>
            {keys.map((key) => (
              <th scope="col" key={key} class={isText(key) ? "" : "number"}>
                <FigureName path={`${section}.0.${key}`} text={keyText(section, key)} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            <tr key={i}>
              {keys.map((key) => {
                const path = `${section}.${i}.${key}`;
                return (
                  <td key={key} class={isText(key) ? "" : "number"} data-path={path}>
                    <FigureValue
                      path={path}
                      value={figureAt(row, key)}
                      reasons={snapshot?.undefined ?? null}
                    />
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The name of a column; of one that stands for a name in a group, with the group. */
function keyText(section: string, key: string): string {
  const text = label(`${section}.0.${key}`);
  return key.includes(".") ? `${label(key.split(".")[0] ?? "")} · ${text}` : text;
}
