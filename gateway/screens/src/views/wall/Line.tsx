// How an index went, as wide as its tile.

const LEAST = 0.03; // of the width: what is shorter is not seen

/** Draws what there is; nothing where there are fewer than two values. */
export function Line(props: {
  values: readonly (number | null)[];
  /** Of its width that much, at the end: the line of what is younger than its period. */
  share: number;
}) {
  const { values, share } = props;
  const known = values.filter((value): value is number => value !== null);
  if (known.length < 3) return <svg class="tile-line" aria-hidden="true" />;
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const range = high - low || 1;
  const begin = 300 * (1 - Math.max(share, LEAST));
  const step = (300 - begin) / (known.length - 1);
  const points = known
    .map((value, n) => `${begin + n * step},${56 - ((value - low) / range) * 52}`)
    .join(" ");
  return (
    <svg class="tile-line" viewBox="0 0 300 60" preserveAspectRatio="none" aria-hidden="true">
      <polygon points={`${begin},60 ${points} 300,60`} />
      <polyline points={points} />
    </svg>
  );
}
