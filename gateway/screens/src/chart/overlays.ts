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
    for (const { axis = "y", tone, place } of placed) {
      ctx.strokeStyle = colour(tone);
      ctx.beginPath();
      if (axis === "y") {
        ctx.moveTo(left, place);
        ctx.lineTo(left + width, place);
      } else {
        ctx.moveTo(place, top);
        ctx.lineTo(place, top + height);
      }
      ctx.stroke();
    }
    placed.forEach(({ axis = "y", tone, place, label }, i) => {
      ctx.strokeStyle = colour(tone);
      const wide = ctx.measureText(label).width + 6 * px;
      // Where there is room for its words: to the left of a line in the left half, else right.
      const isLeft = place < left + width / 2 && place - wide > left;
      if (axis === "y") text(label, left + 6 * px, place - 4 * px);
      else text(label, isLeft ? place - wide : place + 5 * px, top + (12 + 15 * (i % 5)) * px);
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
