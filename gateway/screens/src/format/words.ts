// Statuses, flags and reasons in words.

const FLAGS: Record<string, string> = {
  assumed_peg: "USDT and USDC count as 1 USD: no pair that would tell their price is traded",
  single_source: "one venue alone makes a price: there is nothing to hold it against",
  stale_rate: "nothing fresh tells what a quote currency is worth in USD: its last rate counts",
  disputed: "the venues disagree about a price so much that it may be wrong",
  two_coins: "a market prices something else than the others under the same name: two coins",
  stale: "no venue has had a fresh price of an asset for some time: the last one stands",
  no_price: "an asset has had no price yet, so the index has no level",
  no_weight:
    "an asset got no weight at the last rebalance: its price was too old, or its cap unknown",
  unknown_cap: "an asset's market cap is not known, so the index has no level",
  pending: "a planned change or a new coin waits for the asset's first price",
  jump: "an asset's price moved by a factor that may be a redenomination nobody has told of",
  clock_stepped: "a clock was set: the log's time is not the right one until that comes up to it",
};

const STATUSES: Record<string, string> = {
  warming: "the index has no level yet: an asset has had no price, or none can be weighed",
  live: "the level is of now, and the prices behind it are to be trusted",
  degraded:
    "the level is less sure than usual: venues disagree, as much is left out as is used, a rate is old, or trades are missing or late",
  stale: "the level is of another time: a price is too old, or nothing new comes",
};

const LEFT_OUT: Record<string, string> = {
  stale: "it has had no trade for some time",
  outlier: "its price is far from that of the others",
  lagging: "the price has moved away, and it has not traded since",
  thin: "its venue has less than a hundredth of the volume",
  no_conversion: "the price of its quote currency in USD is not known",
  excluded: "it is left out by hand",
  two_coins: "it prices another coin of the same name",
};

/** A name of the gateway in words: "gap_filled" is "gap filled". */
export const words = (name: string): string => name.replaceAll("_", " ");

/** What the status of an index means. */
export const statusMeaning = (status: string | null | undefined): string =>
  STATUSES[status ?? ""] ?? "no figures have come yet";

/** A quality flag as it stands in a badge: "pending: POL". */
export function flagText(flag: string): string {
  const [code = "", asset] = flag.split(":");
  return words(code) + (asset ? `: ${asset}` : "");
}

/** What a quality flag means; behind its colon stands the asset. */
export function flagMeaning(flag: string): string {
  const code = flag.split(":")[0] ?? "";
  return FLAGS[code] ?? words(code);
}

/** Why a market does not take part in a price. */
export const leftOut = (why: string): string => LEFT_OUT[why] ?? words(why);

/** A rule's name; what only the heaviest cluster of venues sees is told in words. */
export const ruleName = (name: string): string =>
  name.replace(/@heaviest$/, ", by the heaviest venues alone");

/** What an alert says, its percentages as those of figures are written: "25 %" is "25%". */
export const alertWords = (text: string): string => text.replace(/(\d) %/g, "$1%");

/** What is judged once a day and is not as it should be, counted. */
export const signsText = (count: number): string =>
  count === 1 ? "1 warning sign or missed target" : `${count} warning signs and missed targets`;
