// How an index went, as wide as its tile.

/** Draws what there is; nothing where there are fewer than two values. */
export function Line({ values }: { values: readonly (number | null)[] }) {
  const known = values.filter((value): value is number => value !== null);
  if (known.length < 3) return <svg class="tile-line" aria-hidden="true" />;
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const range = high - low || 1;
  const points = known
    .map((value, n) => `${(n / (known.length - 1)) * 300},${56 - ((value - low) / range) * 52}`)
    .join(" ");
  return (
    <svg class="tile-line" viewBox="0 0 300 60" preserveAspectRatio="none" aria-hidden="true">
      <polygon points={`0,60 ${points} 300,60`} />
      <polyline points={points} />
    </svg>
  );
}
