// Figures, times and reasons as people read them. A figure that is null is "–".

export const NONE = "–";

const grouped = (digits) =>
  new Intl.NumberFormat("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
const FIXED = [0, 1, 2, 3, 4, 5, 6].map(grouped);

const isNumber = (value) => typeof value === "number" && Number.isFinite(value);
const minus = (text) => (/[1-9]/.test(text) ? text.replace("-", "−") : text.replace("-", ""));

/** A level or a price: two decimals, more where it is small. */
export function level(value) {
  if (!isNumber(value)) return NONE;
  const size = Math.abs(value);
  return minus(FIXED[size >= 10 || size === 0 ? 2 : size >= 0.1 ? 4 : 6].format(value));
}

/** A price: as a level, and with five significant digits where it is very small. */
export const price = (value) =>
  (isNumber(value) && value > 0 && value < 0.001 ? value.toPrecision(5) : level(value));

/** A fraction as a percentage; three digits at least, so that small moves show. */
export function percent(value) {
  if (!isNumber(value)) return NONE;
  const size = Math.abs(value * 100);
  return `${minus(FIXED[size >= 1000 ? 0 : size >= 100 ? 1 : 2].format(value * 100))}%`;
}

/** A return: a percentage that always shows its sign. */
export function change(value) {
  const text = percent(value);
  return isNumber(value) && value > 0 && /[1-9]/.test(text) ? `+${text}` : text;
}

/** A ratio such as Sharpe or beta. */
export function ratio(value) {
  if (!isNumber(value)) return NONE;
  return minus(FIXED[Math.abs(value) >= 1000 ? 0 : 2].format(value));
}

/** An expected number of something that is counted. */
export const expected = (value) => (isNumber(value) ? FIXED[1].format(value) : NONE);

export function count(value) {
  return isNumber(value) ? minus(FIXED[0].format(value)) : NONE;
}

/** Seconds as the two largest units. */
export function duration(seconds) {
  if (!isNumber(seconds)) return NONE;
  const units = [["d", 86400], ["h", 3600], ["m", 60], ["s", 1]];
  const first = units.findIndex(([, size]) => seconds >= size);
  if (first === -1) return seconds > 0 ? "<1s" : "0s";
  const [name, size] = units[first];
  const whole = `${Math.floor(seconds / size)}${name}`;
  if (first === units.length - 1) return whole;
  const [nextName, nextSize] = units[first + 1];
  const rest = Math.floor((seconds % size) / nextSize);
  return rest ? `${whole} ${rest}${nextName}` : whole;
}

/** "23:06:14" of an RFC 3339 time. */
export const clock = (time) => (time ? time.slice(11, 19) : NONE);

/** "2026-11-22 23:06:14 UTC" of an RFC 3339 time. */
export const moment = (time) => (time ? `${time.slice(0, 10)} ${time.slice(11, 19)} UTC` : NONE);

/** "23:06:14" for today (by `now`, RFC 3339), else "22 Nov 23:06", of another year "22 Nov 2024". */
export function shortMoment(time, now) {
  if (!time || !now || time.slice(0, 10) === now.slice(0, 10)) return clock(time);
  const month = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ")[time.slice(5, 7) - 1];
  const rest = time.slice(0, 4) === now.slice(0, 4) ? time.slice(11, 16) : time.slice(0, 4);
  return `${Number(time.slice(8, 10))} ${month} ${rest}`;
}

const FLAGS = {
  assumed_peg: "USDT and USDC count as 1 USD: no pair that would tell their price is traded",
  single_source: "one venue alone makes a price: there is nothing to hold it against",
  stale_rate: "nothing fresh tells what a quote currency is worth in USD: its last rate counts",
  disputed: "the venues disagree about a price so much that it may be wrong",
  two_coins: "a market prices something else than the others under the same name: two coins",
  stale: "no venue has had a fresh price of an asset for some time: the last one stands",
  no_price: "an asset has had no price yet, so the index has no level",
  no_weight: "an asset got no weight at the last rebalance: its price was too old, or its cap unknown",
  unknown_cap: "an asset's market cap is not known, so the index has no level",
  pending: "a planned change or a new coin waits for the asset's first price",
  jump: "an asset's price moved by a factor that may be a redenomination nobody has told of",
  clock_stepped: "a clock was set: the log's time is not the right one until that comes up to it",
};

/** A quality flag as it stands in a badge: "pending: POL". */
export const flagText = (flag) => {
  const [code, asset] = flag.split(":");
  return code.replaceAll("_", " ") + (asset ? `: ${asset}` : "");
};

const STATUSES = {
  warming: "the index has no level yet: an asset has had no price, or none can be weighed",
  live: "the level is of now, and the prices behind it are to be trusted",
  degraded: "the level is less sure than usual: venues disagree, as much is left out as is used, a rate is old, or trades are missing or late",
  stale: "the level is of another time: a price is too old, or nothing new comes",
};

/** What the status of an index means. */
export const statusMeaning = (status) => STATUSES[status] ?? "no figures have come yet";

/** A rule's name; what only the heaviest cluster of venues sees is told in words. */
export const rule = (name) => name.replace(/@heaviest$/, ", by the heaviest venues alone");

/** What a quality flag means; behind its colon stands the asset. */
export const flagMeaning = (flag) => FLAGS[flag.split(":")[0]] ?? flag.replaceAll("_", " ");

const LEFT_OUT = {
  stale: "it has had no trade for some time",
  outlier: "its price is far from that of the others",
  lagging: "the price has moved away, and it has not traded since",
  thin: "its venue has less than a hundredth of the volume",
  no_conversion: "the price of its quote currency in USD is not known",
  excluded: "it is left out by hand",
  two_coins: "it prices another coin of the same name",
};

/** Why a market does not take part in a price. */
export const leftOut = (why) => LEFT_OUT[why] ?? why.replaceAll("_", " ");
