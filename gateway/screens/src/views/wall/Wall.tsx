// The wall: what a room sees from five metres. Nothing scrolls, nothing needs a hand.
//
// `?view=wall&list=NAME&tiles=12&rotate=20&period=1d`: a watchlist, tiles at once, seconds a page.

import { useEffect } from "preact/hooks";
import { Loading } from "@/parts/parts";
import { parameter } from "@/router/router";
import { now } from "@/store/clock";
import { hearing, SEVERITIES, useFiring } from "@/store/episodes";
import { keepLines } from "@/store/lines";
import { changed, connection, isLoaded, lostAt, newest, rows } from "@/store/market";
import { watchlists } from "@/store/watchlists";
import { clock } from "@/format/time";
import { zone } from "@/store/settings";
import { QUIET, silence } from "@/parts/State";
import { AlarmBand } from "./AlarmBand";
import { WallClock } from "./WallClock";
import { Tile } from "./Tile";
import { arrange, columnsFor, pageAt, tilesFor, worstByIndex } from "./layout";
import { useWall } from "./awake";
import "./wall.css";

export default function Wall() {
  changed.value; // eslint-disable-line @typescript-eslint/no-unused-expressions -- follows it
  useWall();
  const firing = useFiring();
  const list = watchlists.value[parameter("list")];
  const indices = [...rows.keys()].sort().filter((index) => !list || list.includes(index));
  const most = tilesFor(Number(parameter("tiles")), innerWidth, innerHeight);
  const every = Math.max(Number(parameter("rotate", "15")) || 15, 3) * 1000;
  const worst = worstByIndex(firing?.values() ?? []);
  const pages = arrange(indices, worst, most);
  const page = pageAt(pages.length, now.value, every);
  const shown = pages[page] ?? [];
  const period = parameter("period", "1d");
  const columns = columnsFor(shown.length, innerWidth, innerHeight);
  const doubt = doubts();
  useEffect(() => keepLines(shown, period), [shown.join(), period]);
  return (
    <div class="wall" data-alarm={alarm(worst)} data-doubt={doubt ? "yes" : "no"}>
      <header class="wall-head">
        <WallClock />
        <AlarmBand firing={firing} isOld={doubt !== null || hearing.value !== "live"} />
      </header>
      {doubt && (
        <p class="wall-doubt" role="status">
          {doubt}
        </p>
      )}
      {!isLoaded.value ? (
        <Loading height={400} label="loading the indices" />
      ) : shown.length ? (
        <main
          class="wall-tiles"
          style={{
            "--columns": String(columns),
            "--rows": String(Math.ceil(shown.length / columns)),
          }}
        >
          {shown.map((index) => {
            const row = rows.get(index);
            return (
              row && <Tile key={index} row={row} alarm={worst.get(index) ?? null} period={period} />
            );
          })}
        </main>
      ) : (
        <p class="wall-none">
          {indices.length ? "" : list ? "The watchlist is empty" : "No index is defined yet"}
        </p>
      )}
      <footer class="wall-foot">
        <span>
          {indices.length} {indices.length === 1 ? "index" : "indices"}
        </span>
        {pages.length > 1 && (
          <span class="wall-pages" aria-label={`page ${page + 1} of ${pages.length}`}>
            {pages.length > 12
              ? `${page + 1} / ${pages.length}`
              : pages.map((_, n) => <i key={n} class={n === page ? "is-on" : ""} />)}
          </span>
        )}
        <a href="?">tidegauge</a>
      </footer>
    </div>
  );
}

/** The worst of all that fires, for the colour of the frame. */
function alarm(worst: ReadonlyMap<string, string>): string {
  const found = [...worst.values()];
  return SEVERITIES.find((name) => found.includes(name)) ?? "none";
}

/** Why what is shown may not be so: in large words, for nobody reads a pill from five metres. */
function doubts(): string | null {
  const at = clock(newest.value, zone.value);
  switch (connection.value) {
    case "reconnecting":
      return `DISCONNECTED since ${clock(lostAt.value, zone.value)} · figures are of ${at}`;
    case "refused":
      return "NO PERMISSION: this gateway asks for a key";
    case "catching_up":
      return isLoaded.value ? "CATCHING UP" : null;
    case "live":
      return silence() > QUIET ? `NO NEW FIGURES since ${at}` : null;
    default:
      return null;
  }
}
