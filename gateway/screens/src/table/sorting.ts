// The order of rows by a column: what is undefined is last, whichever way it goes.

export type Direction = "up" | "down";
export type SortValue = number | string | null | undefined;

/** A copy in order; equal ones keep the order in which they stand. */
export function sorted<T>(
  rows: readonly T[],
  value: (row: T) => SortValue,
  direction: Direction,
): T[] {
  const sign = direction === "up" ? 1 : -1;
  const keyed = rows.map((row) => ({ row, key: value(row) }));
  keyed.sort((a, b) => {
    const [x, y] = [a.key, b.key];
    const isNoneX = x === null || x === undefined;
    const isNoneY = y === null || y === undefined;
    if (isNoneX || isNoneY) return Number(isNoneX) - Number(isNoneY);
    if (typeof x === "number" && typeof y === "number") return sign * (x - y);
    return sign * (x < y ? -1 : x > y ? 1 : 0);
  });
  return keyed.map(({ row }) => row);
}

/** "risk.sharpe:down" as it stands in an address. */
export function parseSort(text: string): { column: string; direction: Direction } | null {
  const [column, direction] = text.split(":");
  return column ? { column, direction: direction === "up" ? "up" : "down" } : null;
}
