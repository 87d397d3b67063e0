// Single values of a snapshot or an alert as text: which kind each is, told by its name.

import * as format from "./format.js";

const LABELS = {
  max_drawdown: "Deepest drawdown", max_daily_drawdown: "Deepest drawdown, daily", trades_24h: "Trades fetched in 24 h",
  gaps_24h: "Gaps filled in 24 h", gap_drawdown: "Drawdown in filled gaps", high_volatility: "Stormy", low_volatility: "Calm",
  min: "Lowest", n: "Returns counted", volatility: "Volatility", downside_deviation: "Downside deviation",
  ewma_volatility: "Volatility, EWMA", sharpe: "Sharpe", sharpe_se: "Sharpe, std. error",
  psr: "Probability Sharpe > 0", sortino: "Sortino", calmar: "Calmar", calmar_36m: "Calmar, 36 months",
  omega: "Omega", skew: "Skew", kurtosis: "Excess kurtosis", var_95: "VaR 95%", var_99: "VaR 99%",
  cvar_95: "CVaR 95%", cvar_99: "CVaR 99%", var_95_cf: "VaR 95%, Cornish-Fisher",
  var_99_cf: "VaR 99%, Cornish-Fisher", var_95_exceedances: "VaR 95% exceeded",
  var_99_exceedances: "VaR 99% exceeded", current: "Current", max: "Deepest",
  max_daily: "Deepest, daily", peak_at: "Peak at", trough_at: "Trough at",
  recovered_at: "Recovered at", underwater_seconds: "Under water for",
  longest_seconds: "Longest under water", recovery_seconds: "Recovery of the deepest",
  beta: "Beta", ewma_beta: "Beta, EWMA", alpha: "Alpha", correlation: "Correlation",
  tracking_error: "Tracking error", information_ratio: "Information ratio",
  up_capture: "Up capture", down_capture: "Down capture", capture_ratio: "Capture ratio",
  cagr: "CAGR", inception: "Since start", mtd: "Month to date", qtd: "Quarter to date",
  ytd: "Year to date", kupiec_p: "Kupiec p", positive_share: "Share above 0",
  oldest_price_seconds: "Oldest price", gap_seconds_24h: "Gaps in 24 h",
  unobserved_bars: "Unobserved bars", approximate: "Approximate", sources: "Sources",
  rebalanced_at: "Weights set at", turnover_1y: "Turnover, 1 year", divisor: "Divisor", pending: "Waits for",
  excluded: "Left out", flags: "Flags", met: "Met", off: "Off by", months: "Months in a row",
};
/** A figure's name as people read it. */
export const label = (key, path = "drawdown") =>
  (key !== "max" || path === "drawdown" ? LABELS[key] : "Highest") ?? key.replaceAll("_", " ").replace(/^[a-z]/, (c) => c.toUpperCase());

const RATIOS = new Set(["sharpe", "sharpe_se", "sortino", "calmar", "calmar_36m", "omega", "skew",
  "kurtosis", "beta", "ewma_beta", "correlation", "information_ratio", "capture_ratio",
  "up_capture", "down_capture", "kupiec_p", "benchmark_sharpe"]);
const SIGNED = /^(return|cagr|annualised)(_|$)|^(excess|alpha)$/;
const COUNTS = new Set(["n", "observed", "unobserved_bars", "trades_24h", "gaps_24h", "seq", "offset", "partition", "months"]);
const TIME = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;

/** A leaf of the snapshot as text, by its name: ratio, count, duration, time, or a fraction. */
export function text(key, value, group) {
  if (value === null || value === undefined) return format.NONE;
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "string") return TIME.test(value) ? format.moment(value) : value;
  if (Array.isArray(value)) return value.map(flat).join(", ") || "none";
  if (typeof value === "object") return flat(value) || "none";
  if (key.endsWith("_seconds") || key.includes("_seconds_")) return format.duration(value);
  if (COUNTS.has(key)) return format.count(value);
  if (group === "rolling") return key === "positive_share" ? format.percent(value) : format.change(value);
  if (key === "expected") return format.expected(value);
  if (key === "divisor") return format.price(value);
  if (RATIOS.has(key)) return format.ratio(value);
  if (group === "returns" || group === "annualised" || SIGNED.test(key)) return format.change(value);
  return format.percent(value);
}

/** What an alert tells as [name, text]: a target and its value are in the unit of their figure. */
export const evidence = (found = {}) => Object.entries(found).map(([key, value]) => [
  label(key).toLowerCase(),
  key === "figure" ? label(value) : text(found.figure && typeof value === "number" ? found.figure : key, value, ""),
]);

/** A nested value on one line. */
function flat(value) {
  if (typeof value === "string" && TIME.test(value)) return format.moment(value);
  if (value === null || typeof value !== "object") return String(value ?? format.NONE);
  if (Array.isArray(value)) return value.map(flat).join(value.some((item) => typeof item === "object") ? "; " : " ");
  return Object.entries(value).map(([key, item]) =>
    `${label(key)} ${typeof item === "number" ? text(key, item, "") : flat(item)}`).join(" · ");
}
