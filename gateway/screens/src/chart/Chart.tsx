// A chart as a part of a view.

import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { paint } from "@/store/settings";
import { drawChart, type DrawnChart } from "./draw";
import type { ChartData, ChartSpec } from "./spec";

export function Chart({ spec, data }: { spec: ChartSpec; data: ChartData }) {
  const root = useRef<HTMLDivElement>(null);
  const drawn = useRef<DrawnChart | null>(null);
  const colours = paint.value;
  useLayoutEffect(() => {
    if (!root.current) return;
    if (drawn.current) drawn.current.show(spec, data);
    else drawn.current = drawChart(root.current, spec, data);
  }, [spec, data]);
  const painted = useRef(colours);
  useEffect(() => {
    if (painted.current === colours) return; // as it was drawn
    painted.current = colours;
    drawn.current?.repaint();
  }, [colours]);
  useEffect(() => () => drawn.current?.remove(), []);
  return <div ref={root} />;
}
