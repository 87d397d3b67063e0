// The lines of the tiles: asked for as tiles come onto the wall, all of a page together.

import { lineOf, linesChanged, wantLines } from "@/store/lines";

const wanted = new Map<string, string>();
let isDue = false;

/** A tile shows this index now; with the others that do, its line is asked for. */
export function wantLine(index: string, period: string): () => void {
  wanted.set(index, period);
  if (!isDue) {
    isDue = true;
    queueMicrotask(() => {
      isDue = false;
      wantLines([...wanted.keys()], period);
    });
  }
  return () => wanted.delete(index);
}

export { lineOf, linesChanged };
