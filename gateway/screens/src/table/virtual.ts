// Which rows of a long table are on the screen. Rows have one height, so it is only counting.

/** Rows drawn beyond what is seen, on either side: the next frames of a fast scroll find them. */
const AROUND = 10;

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

/**
 * Whether what is drawn still has the whole window, and no more than was asked for: as long as it
 * has, a scroll costs the page nothing.
 */
export function covers(
  drawn: Seen,
  count: number,
  height: number,
  top: number,
  view: number,
): boolean {
  const first = Math.max(Math.floor(top / height), 0);
  const end = Math.min(Math.ceil((top + view) / height), count);
  const isWhole = drawn.first <= first && drawn.end >= end && drawn.end <= count;
  return isWhole && drawn.end - drawn.first <= end - first + 2 * AROUND + 1;
}

/**
 * Elements for the rows that are drawn. A row keeps its element for as long as it is drawn; one
 * that comes takes that of one that went, which costs a browser less than a new one.
 */
export class Slots {
  private readonly held = new Map<string, number>();
  private free: number[] = [];
  private count = 0;
  /** Slots in the order in which their elements stand in the page. */
  private order: number[] = [];

  /** The slots of these rows and their order in the page: that of the rows where `inOrder`. */
  take(ids: readonly string[], inOrder: boolean): [slot: number, place: number][] {
    const wanted = new Set(ids);
    for (const [id, slot] of this.held) {
      if (wanted.has(id)) continue;
      this.held.delete(id);
      this.free.push(slot);
    }
    const places = new Map<number, number>();
    ids.forEach((id, place) => {
      const slot = this.held.get(id) ?? this.free.pop() ?? this.count++;
      this.held.set(id, slot);
      places.set(slot, place);
    });
    const kept = inOrder ? [] : this.order.filter((slot) => places.has(slot));
    const known = new Set(kept);
    this.order = [...kept, ...[...places.keys()].filter((slot) => !known.has(slot))];
    return this.order.map((slot) => [slot, places.get(slot) as number]);
  }
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
