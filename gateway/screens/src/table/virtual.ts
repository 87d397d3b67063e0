// Which rows of a long table are on the screen. Rows have one height, so it is only counting.

/** Rows drawn beyond what is seen, on either side: the next frame of a fast scroll finds them. */
const AROUND = 8;

export interface Seen {
  first: number;
  /** Behind the last one. */
  end: number;
}

/** The rows to draw of `count`, each `height` high, in a window `view` high that starts at `top`. */
export function seen(count: number, height: number, top: number, view: number): Seen {
  const first = Math.max(Math.floor(top / height) - AROUND, 0);
  const end = Math.min(Math.ceil((top + view) / height) + AROUND, count);
  return { first: Math.min(first, Math.max(end, 0)), end: Math.max(end, 0) };
}

/** Where to scroll so that a row is seen, `covered` px of the window being under the head. */
export function revealing(
  row: number,
  height: number,
  top: number,
  view: number,
  covered: number,
): number {
  const from = row * height;
  if (from < top) return from;
  if (from + height > top + view - covered) return from + height - view + covered;
  return top;
}
