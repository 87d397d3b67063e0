// What lies over and under a chart's series: shaded stretches, lines across, marks.

import type uPlot from "uplot";
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

export function drawRules(u: uPlot, rules: readonly Rule[], colour: Colour): void {
  within(u, (ctx) => {
    const px = devicePixelRatio;
    const { left, top, width, height } = u.bbox;
    ctx.font = `${11 * px}px system-ui, sans-serif`;
    ctx.lineWidth = px;
    const text = (label: string, x: number, y: number) => {
      ctx.fillStyle = colour("surface", 0.8);
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
  const taken: { left: number; top: number; right: number; bottom: number }[] = [];
  within(u, (ctx) => {
    const px = devicePixelRatio;
    ctx.font = `${11 * px}px system-ui, sans-serif`;
    let column = 1;
    for (const one of series) {
      const values = u.data[column] ?? [];
      column += columnsOf(one).length;
      if (one.kind !== "points") continue;
      const i = values.findIndex((value) => value !== null);
      const [at, value] = [u.data[0][i], values[i]];
      if (at === undefined || value === null || value === undefined) continue;
      const [x, y] = [u.valToPos(at, "x", true), u.valToPos(value, "y", true)];
      const wide = ctx.measureText(one.label).width;
      const [gap, high] = [8 * px, 13 * px];
      const isRight = x + gap + wide < u.bbox.left + u.bbox.width;
      const left = isRight ? x + gap : x - gap - wide;
      // Points that stand close: the name goes where none is yet.
      const free = [0, -1, 1, -2, 2].map((step) => y - high / 2 + step * high);
      const top =
        free.find((from) =>
          taken.every(
            (t) =>
              from + high <= t.top || from >= t.bottom || left + wide <= t.left || left >= t.right,
          ),
        ) ?? y - high / 2;
      taken.push({ left, top, right: left + wide, bottom: top + high });
      ctx.fillStyle = colour("text");
      ctx.fillText(one.label, left, top + 10 * px);
    }
  });
}

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
