// Candles as a path hook of uPlot: four columns, drawn with the first of them.

import type uPlot from "uplot";
import { isNumber } from "@/format/numbers";
import type { Colour } from "./colours";

/** Draws the candles whose open stands at `first` among the series, high, low and close behind it. */
export function drawCandles(u: uPlot, first: number, colour: Colour): void {
  const [x, open, high, low, close] = [0, first, first + 1, first + 2, first + 3].map(
    (i) => u.data[i],
  );
  if (!x || !open || !high || !low || !close) return;
  const { ctx } = u;
  const [from, to] = u.series[0]?.idxs ?? [0, x.length - 1];
  const count = Math.max(to - from, 1);
  const width = Math.max(Math.min((u.bbox.width / count) * 0.7, 18 * devicePixelRatio), 1);
  ctx.save();
  ctx.beginPath();
  ctx.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
  ctx.clip();
  ctx.lineWidth = Math.max(devicePixelRatio, 1);
  for (let i = from; i <= to; i++) {
    const [o, h, l, c] = [open[i], high[i], low[i], close[i]];
    if (!isNumber(o) || !isNumber(h) || !isNumber(l) || !isNumber(c)) continue;
    const isUp = c >= o;
    const at = Math.round(u.valToPos(x[i] as number, "x", true));
    const y = (value: number) => Math.round(u.valToPos(value, "y", true));
    ctx.strokeStyle = ctx.fillStyle = colour(isUp ? "gain" : "loss");
    ctx.beginPath();
    ctx.moveTo(at, y(h));
    ctx.lineTo(at, y(l));
    ctx.stroke();
    const [top, bottom] = [y(Math.max(o, c)), y(Math.min(o, c))];
    const height = Math.max(bottom - top, 1);
    // Hollow where it rose: the colour alone must not tell it.
    if (isUp && width > 3) {
      ctx.fillStyle = colour("surface");
      ctx.fillRect(at - width / 2, top, width, height);
      ctx.strokeRect(at - width / 2, top, width, height);
    } else ctx.fillRect(at - width / 2, top, width, height);
  }
  ctx.restore();
}
