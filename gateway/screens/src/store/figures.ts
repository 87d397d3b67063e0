// Figures of all indices that the rows of the stream do not have: followed only while looked at.

import { signal } from "@preact/signals";
import { Stream } from "@/stream/stream";

export interface Figures {
  values: Record<string, unknown>;
  undefined: Record<string, string>;
}

export const figures = new Map<string, Figures>();
/** Counts changes of them, once a frame at most. */
export const figuresChanged = signal(0);

let stream: Stream | null = null;
let followed = "";
let isDue = false;

/** Follow exactly these paths; none ends it. */
export function followFigures(paths: readonly string[]): void {
  const asked = [...paths].sort().join(",");
  if (asked === followed) return;
  followed = asked;
  stream?.close();
  stream = null;
  if (!paths.length) return;
  stream = new Stream(
    { view: "figures", figures: [...paths], every: 1 },
    {
      message: (message) => {
        if (message.type === "retired") for (const index of message.indices) figures.delete(index);
        if (message.type !== "figures") return;
        for (const { index, values, undefined: reasons } of message.figures) {
          const held = figures.get(index);
          // A message has the sections that changed: what it does not name is as before.
          const kept = { ...held?.undefined };
          for (const path of Object.keys(values)) delete kept[path];
          figures.set(index, {
            values: { ...held?.values, ...values },
            undefined: { ...kept, ...reasons },
          });
        }
        later();
      },
    },
  );
}

function later(): void {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    figuresChanged.value++;
  });
}
