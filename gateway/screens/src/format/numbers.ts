// Numbers as people read them. What is not there is a dash.

export const NONE = "–";

const FIXED = [0, 1, 2, 3, 4, 5, 6].map(
  (digits) =>
    new Intl.NumberFormat("en", { minimumFractionDigits: digits, maximumFractionDigits: digits }),
);
const MOST_DIGITS = FIXED.length - 1;
const fixed = (value: number, digits: number): string =>
  (FIXED[digits] as Intl.NumberFormat).format(value);

export const isNumber = (value: unknown): value is number =>
  typeof value === "number" && Number.isFinite(value);

/** With a real minus sign, and none before a zero. */
const minus = (text: string): string =>
  /[1-9]/.test(text) ? text.replace("-", "−") : text.replace("-", "");

/** A level or a price: two decimals, more where it is small. */
export function money(value: unknown): string {
  if (!isNumber(value)) return NONE;
  const size = Math.abs(value);
  if (size > 0 && size < 0.001) return minus(value.toPrecision(5));
  return minus(fixed(value, size >= 10 || size === 0 ? 2 : size >= 0.1 ? 4 : 6));
}

/** A fraction as a percentage; three digits at least, so that small moves show. */
export function percent(value: unknown): string {
  if (!isNumber(value)) return NONE;
  const size = Math.abs(value * 100);
  return `${minus(fixed(value * 100, size >= 1000 ? 0 : size >= 100 ? 1 : 2))}%`;
}

/** A return: a percentage that always shows its sign. */
export function change(value: unknown): string {
  const text = percent(value);
  return isNumber(value) && value > 0 && /[1-9]/.test(text) ? `+${text}` : text;
}

/** A ratio such as Sharpe or beta. */
export function ratio(value: unknown): string {
  if (!isNumber(value)) return NONE;
  return minus(fixed(value, Math.abs(value) >= 1000 ? 0 : 2));
}

/** Something that is counted, but need not be whole. */
export const number = (value: unknown): string => (isNumber(value) ? minus(fixed(value, 1)) : NONE);

export const count = (value: unknown): string => (isNumber(value) ? minus(fixed(value, 0)) : NONE);

/** Units of time and their seconds, the longest first. */
export const UNITS = [
  ["d", 86_400],
  ["h", 3600],
  ["m", 60],
  ["s", 1],
] as const;

/** Seconds as the two largest units. */
export function duration(seconds: unknown): string {
  if (!isNumber(seconds)) return NONE;
  const first = UNITS.findIndex(([, size]) => seconds >= size);
  const unit = UNITS[first];
  if (!unit) return seconds > 0 ? "<1s" : "0s";
  const whole = Math.floor(seconds / unit[1]);
  const next = UNITS[first + 1];
  const rest = next ? Math.floor((seconds % unit[1]) / next[1]) : 0;
  return next && rest ? `${whole}${unit[0]} ${rest}${next[0]}` : `${whole}${unit[0]}`;
}

/** A number for the axis of a chart: short, with as many decimals as a step of `step` needs. */
export function onAxis(value: number, step: number): string {
  // A step of 2.5 needs one decimal, though one of 2 needs none.
  const needed = (digits: number) =>
    Math.abs(step * 10 ** digits - Math.round(step * 10 ** digits)) < 1e-6 * step * 10 ** digits;
  const least = Math.min(Math.max(-Math.floor(Math.log10(step || 1) + 1e-9), 0), MOST_DIGITS);
  const digits = [least, least + 1].find((n) => n <= MOST_DIGITS && needed(n)) ?? least;
  return minus(fixed(value, digits));
}
