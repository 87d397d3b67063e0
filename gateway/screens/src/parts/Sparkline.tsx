// A small line without axes: how something went.

const LEAST = 0.03; // of the width: what is shorter is not seen

/** Draws what there is; nothing where there are fewer than two values. */
export function Sparkline(props: {
  values: readonly (number | null)[];
  /** Of its width that much, at the end: the line of what is younger than its period. */
  share?: number;
  width?: number;
  height?: number;
}) {
  const { values, share = 1, width = 96, height = 22 } = props;
  const known = values.filter((v): v is number => v !== null);
  const [first, last] = [known[0], known.at(-1)];
  if (known.length < 2 || first === undefined || last === undefined) {
    return <svg class="spark" width={width} height={height} aria-hidden="true" />;
  }
  let [low, high] = [Infinity, -Infinity];
  for (const value of known) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const range = high - low || Math.abs(high) || 1;
  const begin = width * (1 - Math.max(share, LEAST));
  const step = (width - begin) / (known.length - 1);
  const points = known
    .map(
      (value, i) =>
        `${(begin + i * step).toFixed(1)},${(height - 2 - ((value - low) / range) * (height - 4)).toFixed(1)}`,
    )
    .join(" ");
  return (
    <svg
      class="spark"
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      aria-hidden="true"
    >
      <polyline
        points={points}
        fill="none"
        stroke={last >= first ? "var(--gain)" : "var(--loss)"}
        stroke-width="1.3"
      />
    </svg>
  );
}
