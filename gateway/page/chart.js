// The level line of an index: the level, its peak as a faint line, the drawdown between shaded.

import { el, svg } from "./dom.js";
import * as format from "./format.js";

const SPAN = 15 * 60_000;
const BUCKET = 1_500; // as the gateway thins its line
const POINTS = 600;

/** The recent line of one index: points {at (ms), level, low, peak}, oldest first. */
export class Line {
  constructor() {
    this.points = [];
  }

  /** Take the gateway's columns; what the stream has brought since goes behind them. */
  reset(columns) {
    const held = columns.at.map((at, i) => ({
      at: Date.parse(at), level: columns.level[i], low: columns.low[i], peak: columns.peak[i],
    }));
    const end = held.at(-1)?.at ?? 0;
    this.points = [...held, ...this.points.filter((point) => point.at > end)];
  }

  add(at, level, peak) {
    const last = this.points.at(-1);
    const time = Date.parse(at);
    if (last && time < last.at) return;
    if (last && Math.floor(time / BUCKET) === Math.floor(last.at / BUCKET)) {
      Object.assign(last, { at: time, level, peak, low: Math.min(last.low, level) });
      return;
    }
    this.points.push({ at: time, level, low: level, peak });
    while (this.points[0].at <= time - SPAN || this.points.length > POINTS) this.points.shift();
  }
}

/** One point for each pixel column at most: its last level, lowest low, newest peak. */
function thinned(points, width) {
  if (points.length <= width) return points;
  const first = points[0].at;
  const step = (points.at(-1).at - first) / width || 1;
  const found = [];
  let column = -1;
  for (const point of points) {
    const at = Math.floor((point.at - first) / step);
    if (at === column) {
      const last = found.at(-1);
      found[found.length - 1] = { ...point, low: Math.min(last.low, point.low) };
    } else {
      found.push(point);
      column = at;
    }
  }
  return found;
}

/** From instants and levels to pixels. A peak far above does not flatten the line: it is cut. */
function scales(points, width, height, inset) {
  let low = Math.min(...points.map((p) => p.low));
  let high = Math.max(...points.map((p) => p.level));
  const peak = points.at(-1).peak;
  const range = Math.max(high - low, high * 1e-4);
  const peakShown = peak - high < 1.5 * range;
  if (peakShown) high = Math.max(high, peak);
  const pad = Math.max(high - low, high * 1e-4) * 0.06;
  low -= pad;
  high += pad;
  const first = points[0].at;
  const time = points.at(-1).at - first || 1;
  return {
    x: (at) => ((at - first) / time) * (width - inset),
    y: (level) => Math.max(0, height - ((level - low) / (high - low)) * height),
    low, high, peakShown,
  };
}

const join = (pairs) => pairs.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join("L");

function paths(points, { x, y }) {
  const levels = points.flatMap((p, i) => {
    const dip = p.low < Math.min(p.level, points[i - 1]?.level ?? p.low); // between two points
    return dip ? [[x(p.at), y(p.low)], [x(p.at), y(p.level)]] : [[x(p.at), y(p.level)]];
  });
  const peaks = points.map((p) => [x(p.at), y(p.peak)]);
  return [
    svg("path", { class: "shade", d: `M${join(peaks)}L${join([...levels].reverse())}Z` }),
    svg("path", { class: "peak", d: `M${join(peaks)}` }),
    svg("path", { class: "level", d: `M${join(levels)}` }),
  ];
}

/** Draw a small line without axes into `root` (an <svg> of fixed size). */
export function drawSpark(root, line) {
  const { width, height } = root.viewBox.baseVal;
  if (line.points.length < 2) return root.replaceChildren();
  const points = thinned(line.points, width);
  root.replaceChildren(...paths(points, scales(points, width, height, 0)));
}

/** Draw the large line with axes; the pointer reads it off. `root` is an empty <div>. */
export function drawChart(root, line) {
  const width = root.clientWidth || 640;
  const height = 226;
  const axis = 64; // room for the levels at the right
  if (line.points.length < 2) {
    root.replaceChildren(el("p", { class: "empty" }, "The line begins with the next levels."));
    return;
  }
  const points = thinned(line.points, width - axis);
  const scale = scales(points, width - axis, height - 34, 2);
  const drawing = svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "chart", role: "img" });
  drawing.append(svg("title", {}, "The level of the last 15 minutes"));
  for (const part of [0.1, 0.5, 0.9]) {
    const level = scale.low + (scale.high - scale.low) * part;
    const y = scale.y(level);
    drawing.append(
      svg("line", { class: "rule", x1: 0, x2: width - axis, y1: y, y2: y }),
      svg("text", { x: width - axis + 8, y: y + 4 }, format.level(level)),
    );
  }
  drawing.append(...paths(points, scale));
  const last = points.at(-1);
  drawing.append(svg("circle", { class: "now", r: 3.5, cx: scale.x(last.at), cy: scale.y(last.level) }));
  const time = (at) => new Date(at).toISOString().slice(11, 19);
  drawing.append(
    svg("text", { x: 0, y: height - 8 }, `${time(points[0].at)} UTC`),
    svg("text", { x: width - axis, y: height - 8, "text-anchor": "end" }, time(last.at)),
  );
  if (!scale.peakShown) {
    drawing.append(svg("text", { class: "peak-label", x: 6, y: 14 }, `peak ${format.level(last.peak)} ↑`));
  }
  const marker = svg("line", { class: "marker", y1: 0, y2: height - 30, visibility: "hidden" });
  const readout = el("output", { class: "readout" });
  drawing.append(marker);
  drawing.addEventListener("pointermove", (event) => {
    const at = ((event.clientX - drawing.getBoundingClientRect().left) / root.clientWidth) * width;
    const nearest = points.reduce((a, b) =>
      Math.abs(scale.x(a.at) - at) <= Math.abs(scale.x(b.at) - at) ? a : b);
    marker.setAttribute("transform", `translate(${scale.x(nearest.at).toFixed(1)} 0)`);
    marker.setAttribute("visibility", "visible");
    readout.textContent =
      `${time(nearest.at)} · ${format.level(nearest.level)} · peak ${format.level(nearest.peak)}`;
  });
  drawing.addEventListener("pointerleave", () => {
    marker.setAttribute("visibility", "hidden");
    readout.textContent = "";
  });
  const key = (name) => el("span", { class: `key ${name}` }, name);
  root.replaceChildren(drawing, readout, el("p", { class: "legend" }, key("level"), key("peak"), key("drawdown")));
}
