// The head of an index: its name, its level now, how it moved, how deep it is.

import { cardAt, cards, figureAt, label } from "@/api/definitions";
import { change as changeText, duration, money } from "@/format/numbers";
import { moment, shortMoment } from "@/format/time";
import { FigureName, FigureValue } from "@/parts/Figure";
import { Flags, Status } from "@/parts/Status";
import { gatewayNow, now } from "@/store/clock";
import { alarms } from "@/store/episodes";
import { changed, rows } from "@/store/market";
import { zone } from "@/store/settings";
import { isWatched, toggleWatched } from "@/store/watchlists";
import type { IndexProps } from "./IndexView";

const OLD = 10; // s from which the age of the level is told

export function Head({ index, whole, snapshot }: IndexProps) {
  changed.value; // eslint-disable-line @typescript-eslint/no-unused-expressions -- follows the level
  const row = rows.get(index) ?? whole?.row;
  if (!row || !whole) return null;
  const age = row.as_of ? Math.max((now.value - Date.parse(row.as_of)) / 1000, 0) : null;
  const firing = alarms.value.filter((one) => one.index === index);
  const day = row.returns["1d"] ?? row.returns["inception"] ?? null;
  const isDay = row.returns["1d"] !== null && row.returns["1d"] !== undefined;
  const isOn = isWatched(index, "");
  return (
    <header class="index-head">
      <div class="index-title">
        <h1>{index}</h1>
        {row.name !== index && <span class="muted">{row.name}</span>}
        <Status status={row.status} />
        <Flags flags={row.flags} most={3} />
        {firing.length > 0 && (
          <span class="count" title={firing.map((one) => one.rule).join(", ")}>
            {firing.length} open {firing.length === 1 ? "alarm" : "alarms"}
          </span>
        )}
        <button
          type="button"
          class="star"
          aria-pressed={isOn}
          onClick={() => toggleWatched(index, "")}
        >
          {isOn ? "★" : "☆"}
          <span class="hidden"> on the watchlist</span>
        </button>
      </div>
      <div class="index-now">
        <span class="index-level">{money(row.level)}</span>
        <span class={day === null ? "none" : day > 0 ? "gain" : day < 0 ? "loss" : ""}>
          {day !== null && day !== 0 && <span aria-hidden="true">{day > 0 ? "▲ " : "▼ "}</span>}
          {changeText(day)} <small class="muted">{isDay ? "1d" : "since start"}</small>
        </span>
        <span class="muted" title={moment(row.as_of, zone.value)}>
          {age !== null && age > OLD
            ? `${duration(age)} old`
            : `at ${shortMoment(row.as_of, zone.value, gatewayNow())}`}
        </span>
        <dl class="index-key">
          {keyPaths().map((path) => (
            <div key={path}>
              <dt>
                <FigureName path={path} text={keyText(path)} />
              </dt>
              <dd>
                <FigureValue
                  path={path}
                  value={figureAt(row, path) ?? figureAt(snapshot, path)}
                  reasons={{ ...snapshot?.undefined, ...row.undefined }}
                  error={figureAt(snapshot, `${path}_se`)}
                />
              </dd>
            </div>
          ))}
        </dl>
      </div>
    </header>
  );
}

/** The figures that stand in the table of all indices are the main ones: the cards say which. */
const keyPaths = (): string[] =>
  cards()
    .filter((card) => card.column && !card.path.startsWith("returns."))
    .map((card) => card.path);

/** Of a card's names the one that says the most where nothing stands above it. */
const keyText = (path: string): string => {
  const card = cardAt(path);
  return card && card.column.length > card.label.length ? card.column : label(path);
};
