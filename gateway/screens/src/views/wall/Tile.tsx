// One index from five metres: its level, how it went, how deep it is, and whether it rings.

import { change, money, percent } from "@/format/numbers";
import { shareOf, lineOf, linesChanged } from "@/store/lines";
import type { Row } from "@/store/market";
import { Line } from "./Line";

export function Tile(props: { row: Row; alarm: string | null; period: string }) {
  const { row, alarm, period } = props;
  linesChanged.value; // eslint-disable-line @typescript-eslint/no-unused-expressions -- follows it
  const moved = row.returns[period];
  const depth = row.drawdown["current"];
  const isWell = row.status === "live" || row.status === null;
  return (
    <section
      class="tile"
      data-alarm={alarm ?? "none"}
      data-status={row.status ?? "none"}
      aria-label={row.index}
    >
      <div class="tile-in">
        <h2>
          {row.index}
          {alarm ? (
            <span class="tile-word">{alarm}</span>
          ) : (
            !isWell && <span class="tile-word">{row.status}</span>
          )}
        </h2>
        <b class="tile-level">{money(row.level)}</b>
        <div class="tile-figures">
          <span class={typeof moved === "number" ? (moved < 0 ? "loss" : "gain") : "none"}>
            {arrow(moved)} {change(moved)}
            <small>{period}</small>
          </span>
          <span>
            {percent(depth)}
            <small>below peak</small>
          </span>
        </div>
        <Line values={lineOf(row.index, period, row.level)} share={shareOf(row.index, period)} />
      </div>
    </section>
  );
}

/** The direction has a form of its own, not a colour alone. */
const arrow = (moved: number | null | undefined): string =>
  typeof moved !== "number" || moved === 0 ? "" : moved > 0 ? "▲" : "▼";
