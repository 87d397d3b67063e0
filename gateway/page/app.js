// Wires the page: the stream of the gateway into the table, the feed and the panel.

import { AlertFeed } from "./alerts.js";
import { loadCards } from "./cards.js";
import { Detail } from "./detail.js";
import { byId, setText } from "./dom.js";
import * as format from "./format.js";
import { Ranking } from "./ranking.js";
import { Stream } from "./stream.js";
import { Table } from "./table.js";

const RETRY = 1000; // ms
const QUIET = 10_000; // ms without a figure after which the page says so

async function load(index) {
  try {
    const answer = await fetch(`/v1/indices/${encodeURIComponent(index)}`);
    return answer.ok ? await answer.json() : null; // retired in the meantime: the stream says so
  } catch {
    return null; // the stream is lost as well, and reloads when it is back
  }
}

const table = new Table(async (index) => {
  const found = await load(index);
  if (found) table.setLine(index, found.line);
});
const feed = new AlertFeed();
const ranking = new Ranking();
const detail = new Detail((index) => table.rows.get(index)?.line, load);

let newest = "";
let now = null; // the gateway's clock, once it has told it
let figuresAt = performance.now();

function figuresCame(time) {
  figuresAt = performance.now();
  if (!time || time < newest) return;
  newest = time;
  showUpdated();
}

function showUpdated() {
  const text = newest ? `${format.shortMoment(newest, now ?? newest)} UTC` : format.NONE;
  setText(byId("updated"), text, format.moment(newest));
  byId("updated").dateTime = newest;
}

/** What the log held at the start may be old: its age counts, not when it was sent. */
function clockCame(time) {
  now = time;
  if (newest > now) newest = now; // a figure that was none of ours, or of a clock that was set
  if (newest) {
    const age = Math.max(Date.parse(now) - Date.parse(newest), 0);
    if (age > QUIET) figuresAt = Math.min(figuresAt, performance.now() - age);
  }
  feed.clock(now);
  showUpdated();
  showConnection();
}

let parts = []; // of all rows, as long as some are to come

const on = {
  rows({ rows, whole, part, parts: last }) {
    if (whole) {
      parts = part === 1 ? rows : [...parts, ...rows];
      if (part === last) showAll(parts);
      return;
    }
    const isNew = rows.some((row) => !table.rows.has(row.index));
    for (const row of rows) {
      table.show(row);
      detail.newRow(row);
      figuresCame(row.as_of);
    }
    if (isNew) showOthers();
  },
  retired({ indices }) {
    for (const index of indices) table.remove(index);
    showOthers();
  },
  levels({ levels }) {
    for (const [index, , at, level, peak] of levels) {
      const row = table.level({ index, at, level, peak, drawdown: peak ? (peak - level) / peak : 0 });
      if (row) detail.newLevel(row.row);
      figuresCame(at);
    }
  },
  alerts({ alerts, firing, whole }) {
    if (whole) feed.reset(alerts, firing);
    else feed.add(alerts, firing);
  },
  health({ reasons, notes = [], ticks, now: time }) {
    if (time) clockCame(time);
    byId("ticks-fact").hidden = typeof ticks !== "number";
    setText(byId("ticks"), format.count(ticks));
    const notice = byId("notice");
    const said = [...reasons, ...notes];
    notice.hidden = said.length === 0;
    setText(notice, said.join(" · "));
  },
};

function showAll(rows) {
  table.reset(rows);
  for (const row of rows) figuresCame(row.as_of);
  showOthers();
  if (detail.index) detail.refresh();
}

/** What depends on which indices there are. */
function showOthers() {
  ranking.refresh();
  detail.follow();
}

let connection = "connecting";

function showConnection() {
  const pill = byId("connection");
  const quiet = performance.now() - figuresAt;
  const silent = connection === "live" && quiet > QUIET;
  pill.dataset.state = silent ? "quiet" : connection;
  setText(pill, silent ? `no figures for ${format.duration(quiet / 1000)}` : connection);
  document.body.classList.toggle("offline", connection === "reconnecting");
}
setInterval(showConnection, 1000);

const scheme = location.protocol === "https:" ? "wss" : "ws";
while (!(await loadCards())) { // which figures there are, and what they are called
  await new Promise((later) => setTimeout(later, RETRY));
}
table.showColumns();
new Stream(
  `${scheme}://${location.host}/v1/stream?view=summary`,
  (message) => on[message.type]?.(message),
  (state) => {
    connection = state;
    showConnection();
  },
);
