// A chart on the page: uPlot, a legend that reads it off, and the same by the keyboard.

import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import "./chart.css";
import { coloursAt } from "./colours";
import { alignedData, chartOptions } from "./options";
import { readingAt, summary, type Reading } from "./readout";
import type { ChartData, ChartSpec } from "./spec";

export interface DrawnChart {
  /** Show other data, or the same in another way. */
  show(spec: ChartSpec, data: ChartData): void;
  /** Draw again: colours have changed. */
  repaint(): void;
  remove(): void;
}

/** Draw a chart into an empty element. */
export function drawChart(
  root: HTMLElement,
  firstSpec: ChartSpec,
  firstData: ChartData,
): DrawnChart {
  let [spec, data] = [firstSpec, firstData];
  let plot: uPlot | null = null;
  root.classList.add("chart");
  const legend = document.createElement("div");
  legend.className = "chart-legend";
  const canvas = document.createElement("div");
  canvas.className = "chart-plot";
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "application");
  canvas.setAttribute("aria-roledescription", "chart");
  const spoken = document.createElement("output");
  spoken.className = "hidden";
  root.replaceChildren(legend, canvas, spoken);

  const read = (i: number | null, isSpoken = false) => {
    const last = data.x.length - 1;
    // The end of time is now, and worth telling; the last of some numbers is but the last.
    const isTold = last >= 0 && (i !== null || spec.x.kind === "time");
    const reading = isTold ? readingAt(spec, data, i ?? last) : null;
    fillLegend(legend, reading, i !== null);
    if (isSpoken && reading) spoken.textContent = inWords(reading);
  };

  const make = () => {
    plot?.destroy();
    const options = chartOptions(spec, Math.max(canvas.clientWidth, 120), coloursAt(root));
    options.hooks = {
      ...options.hooks,
      setCursor: [(u) => read(pointed(u))],
    };
    plot = new uPlot(options, alignedData(spec, data), canvas);
    canvas.setAttribute("aria-label", summary(spec, data));
    read(null);
  };

  const moveTo = (i: number) => {
    if (!plot) return;
    const place = Math.min(Math.max(i, 0), data.x.length - 1);
    const left = plot.valToPos((plot.data[0] as number[])[place] ?? 0, "x");
    const value = plot.data
      .slice(1)
      .map((column) => column[place])
      .find((one) => typeof one === "number");
    const top = value === undefined ? plot.over.clientHeight / 2 : plot.valToPos(value, "y");
    plot.setCursor({ left, top });
    read(place, true);
  };
  canvas.addEventListener("keydown", (event) => {
    const here = plot?.cursor.idx ?? data.x.length - 1;
    const page = Math.max(Math.round(data.x.length / 20), 1);
    const steps: Record<string, number> = {
      ArrowLeft: here - 1,
      ArrowRight: here + 1,
      PageUp: here - page,
      PageDown: here + page,
      Home: 0,
      End: data.x.length - 1,
    };
    const to = steps[event.key];
    if (event.key === "Escape") plot?.setCursor({ left: -10, top: -10 });
    if (to === undefined) return;
    event.preventDefault();
    moveTo(to);
  });
  canvas.addEventListener("blur", () => plot?.setCursor({ left: -10, top: -10 }));

  const sized = new ResizeObserver(() => {
    const width = canvas.clientWidth;
    if (plot && width && width !== plot.width) plot.setSize({ width, height: spec.height });
  });
  make();
  sized.observe(canvas);
  const onPaper = () => make();
  addEventListener("beforeprint", onPaper);
  addEventListener("afterprint", onPaper);

  return {
    show(nextSpec, nextData) {
      const isSame = JSON.stringify(nextSpec) === JSON.stringify(spec);
      [spec, data] = [nextSpec, nextData];
      if (!isSame || !plot) make();
      else {
        plot.setData(alignedData(spec, data));
        canvas.setAttribute("aria-label", summary(spec, data));
        read(pointed(plot));
      }
    },
    repaint: make,
    remove() {
      sized.disconnect();
      removeEventListener("beforeprint", onPaper);
      removeEventListener("afterprint", onPaper);
      plot?.destroy();
      root.replaceChildren();
    },
  };
}

/** The place in the columns that the pointer is at; null where it is elsewhere. */
const pointed = (u: uPlot): number | null =>
  (u.cursor.left ?? -1) >= 0 ? (u.cursor.idx ?? null) : null;

const inWords = ({ at, values, notes }: Reading): string =>
  [at, ...values.map(({ label, text }) => `${label} ${text}`), ...notes].join(", ");

function fillLegend(legend: HTMLElement, reading: Reading | null, isPointed: boolean): void {
  const part = (name: string, text: string) => {
    const node = document.createElement("span");
    node.className = name;
    node.textContent = text;
    return node;
  };
  legend.classList.toggle("is-pointed", isPointed);
  if (!reading) {
    legend.replaceChildren();
    return;
  }
  legend.replaceChildren(
    part("chart-at", reading.at),
    ...reading.values.map(({ label, text, tone }) => {
      const key = part("chart-key", "");
      key.dataset["tone"] = tone;
      key.append(part("chart-label", label), part("chart-value", text));
      return key;
    }),
    ...reading.notes.map((note) => part("chart-note", note)),
  );
}
