// What lies over and under a chart's series: shaded stretches, lines across, marks.

import type uPlot from "uplot";
import { isNumber } from "@/format/numbers";
import type { Colour } from "./colours";
import { columnsOf, type Mark, type Rule, type Series, type Stretch } from "./spec";

/** Draw within the plot only. */
function within(u: uPlot, draw: (ctx: CanvasRenderingContext2D) => void): void {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  draw(ctx);
  ctx.restore();
}

export function drawStretches(u: uPlot, stretches: readonly Stretch[], colour: Colour): void {
  within(u, (ctx) => {
    for (const { from, to, tone } of stretches) {
      const left = u.valToPos(from, "x", true);
      const right = u.valToPos(to, "x", true);
      ctx.fillStyle = colour(tone, 0.1);
      ctx.fillRect(left, u.bbox.top, Math.max(right - left, 1), u.bbox.height);
    }
  });
}

/** From low to high at each point, as a line of its own where a point stands alone; the column of the
 * highs is behind that of the lows, which stands at `low`. */
export function drawBand(u: uPlot, low: number, stroke: string): void {
  const [x, lows, highs] = [u.data[0], u.data[low], u.data[low + 1]];
  if (!x || !lows || !highs) return;
  const [from, to] = u.series[0]?.idxs ?? [0, x.length - 1];
  within(u, (ctx) => {
    const step = u.bbox.width / Math.max(to - from, 1);
    ctx.strokeStyle = stroke;
    ctx.lineWidth = Math.min(Math.max(step * 0.7, devicePixelRatio), 3 * devicePixelRatio);
    ctx.beginPath();
    for (let i = from; i <= to; i++) {
      const [bottom, top] = [lows[i], highs[i]];
      if (!isNumber(bottom) || !isNumber(top)) continue;
      const at = u.valToPos(x[i] as number, "x", true);
      ctx.moveTo(at, u.valToPos(bottom, "y", true));
      ctx.lineTo(at, u.valToPos(top, "y", true));
    }
    ctx.stroke();
  });
}

/** A line down the plot with words: where it stands, and how wide its words are (px). */
export interface Labelled {
  at: number;
  wide: number;
}

/**
 * Where the words of lines down a plot stand: their left ends, their rows from 0 down, and the row
 * at which the line begins. Words of lines in the left half are to the left of them, the outermost
 * lowest, and a line begins below all words that stand across it.
 */
export function labelPlaces(
  found: readonly Labelled[],
  left: number,
  right: number,
): { x: number; row: number; begin: number }[] {
  const middle = (left + right) / 2;
  const order = found
    .map((one, i) => ({ ...one, i, isLeft: one.at < middle }))
    .sort((a, b) => Math.abs(a.at - middle) - Math.abs(b.at - middle));
  const places = found.map(() => ({ x: 0, row: 0, begin: 0 }));
  order.forEach(({ at, wide, i, isLeft }, row) => {
    const x = isLeft ? at - wide - GAP : at + GAP;
    places[i] = { x: Math.min(Math.max(x, left), Math.max(right - wide, left)), row, begin: row };
  });
  found.forEach(({ at }, i) => {
    const place = places[i];
    const across = places.filter(({ x }, k) => x < at && at < x + (found[k]?.wide ?? 0));
    if (place) place.begin = Math.max(place.row, ...across.map(({ row }) => row + 1));
  });
  return places;
}

const GAP = 5; // px between a line and its words
const ROW = 15; // px from one row of words to the next

export function drawRules(u: uPlot, rules: readonly Rule[], colour: Colour): void {
  within(u, (ctx) => {
    const px = devicePixelRatio;
    const { left, top, width, height } = u.bbox;
    ctx.font = `${11 * px}px system-ui, sans-serif`;
    ctx.lineWidth = px;
    const text = (label: string, x: number, y: number) => {
      ctx.fillStyle = colour("surface", 0.95);
      ctx.fillRect(x - 2 * px, y - 10 * px, ctx.measureText(label).width + 4 * px, 13 * px);
      ctx.fillStyle = ctx.strokeStyle;
      ctx.fillText(label, x, y);
    };
    ctx.setLineDash([4 * px, 3 * px]);
    const placed = rules.map((rule) => ({
      ...rule,
      place: Math.round(u.valToPos(rule.at, rule.axis ?? "y", true)),
    }));
    const down = placed.filter(({ axis }) => axis === "x");
    const places = labelPlaces(
      down.map(({ place, label }) => ({
        at: place / px,
        wide: ctx.measureText(label).width / px,
      })),
      left / px,
      (left + width) / px,
    );
    const across = placed.filter(({ axis }) => axis !== "x");
    for (const { tone, place } of across) {
      ctx.strokeStyle = colour(tone);
      ctx.beginPath();
      ctx.moveTo(left, place);
      ctx.lineTo(left + width, place);
      ctx.stroke();
    }
    down.forEach(({ tone, place }, i) => {
      ctx.strokeStyle = colour(tone);
      ctx.beginPath();
      const { begin } = places[i] ?? { begin: 0 };
      ctx.moveTo(place, top + (begin && begin * ROW + 3) * px);
      ctx.lineTo(place, top + height);
      ctx.stroke();
    });
    for (const { tone, place, label } of across) {
      ctx.strokeStyle = colour(tone);
      text(label, left + 6 * px, place - 4 * px);
    }
    down.forEach(({ tone, label }, i) => {
      ctx.strokeStyle = colour(tone);
      const { x, row } = places[i] ?? { x: 0, row: 0 };
      text(label, x * px, top + (12 + ROW * row) * px);
    });
  });
}

/** The names of series of points beside their points: which is which must not need the colour. */
export function drawNames(u: uPlot, series: readonly Series[], colour: Colour): void {
  within(u, (ctx) => {
    const px = devicePixelRatio;
    const [gap, high, r] = [8 * px, 13 * px, SIZE * px];
    ctx.font = `${11 * px}px system-ui, sans-serif`;
    const points = series.flatMap((one, k) => {
      const column = series.slice(0, k).reduce((sum, other) => sum + columnsOf(other).length, 1);
      const values = u.data[column] ?? [];
      const i = values.findIndex((value) => value !== null);
      const [at, value] = [u.data[0][i], values[i]];
      if (one.kind !== "points" || at === undefined || typeof value !== "number") return [];
      return [{ one, x: u.valToPos(at, "x", true), y: u.valToPos(value, "y", true) }];
    });
    const taken: Box[] = points.map(({ x, y }) => [x - r, y - r, x + r, y + r]);
    for (const { one, x, y } of points) {
      const wide = ctx.measureText(one.label).width;
      const isRight = x + gap + wide < u.bbox.left + u.bbox.width;
      const left = isRight ? x + gap : x - gap - wide;
      // Points that stand close: the name goes where neither a point nor a name is.
      const boxes = [0, -1, 1, -2, 2].map((step): Box => {
        const top = y + (step - 0.5) * high;
        return [left, top, left + wide, top + high];
      });
      const box = boxes.find((one) => taken.every((other) => !overlap(one, other))) ?? boxes[0];
      if (!box) continue;
      taken.push(box);
      ctx.fillStyle = colour("text");
      ctx.fillText(one.label, box[0], box[1] + 10 * px);
    }
  });
}

/** Left, top, right, bottom. */
type Box = [number, number, number, number];
const overlap = (a: Box, b: Box): boolean =>
  a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];

const SIZE = 4.5;

/** Marks stand at the foot of the chart, one row for each form. */
export function drawMarks(u: uPlot, marks: readonly Mark[], colour: Colour): void {
  const forms = [...new Set(marks.map((mark) => mark.form))];
  within(u, (ctx) => {
    const px = devicePixelRatio;
    const r = SIZE * px;
    ctx.setLineDash([]);
    for (const { at, tone, form } of marks) {
      const x = u.valToPos(at, "x", true);
      if (x < u.bbox.left || x > u.bbox.left + u.bbox.width) continue;
      const y = u.bbox.top + u.bbox.height - (8 + 12 * forms.indexOf(form)) * px;
      ctx.fillStyle = colour(tone);
      ctx.strokeStyle = colour("surface");
      ctx.lineWidth = px;
      ctx.beginPath();
      if (form === "dot") ctx.arc(x, y, r * 0.8, 0, 2 * Math.PI);
      else if (form === "square") ctx.rect(x - r * 0.8, y - r * 0.8, r * 1.6, r * 1.6);
      else if (form === "diamond")
        polygon(ctx, [
          [x, y - r],
          [x + r, y],
          [x, y + r],
          [x - r, y],
        ]);
      else
        polygon(ctx, [
          [x, y - r],
          [x + r, y + r * 0.8],
          [x - r, y + r * 0.8],
        ]);
      ctx.fill();
      ctx.stroke();
    }
  });
}

function polygon(ctx: CanvasRenderingContext2D, points: [number, number][]): void {
  points.forEach(([x, y], i) => (i ? ctx.lineTo(x, y) : ctx.moveTo(x, y)));
  ctx.closePath();
}
