"""What gains and losses, falls between closes, months, and the line to a benchmark say: the figures
of numbers "4" by the batch oracles, leaf by leaf."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise

from engine.index.definition import IndexDefinition
from engine.periods import month_of, month_start
from tests.reference import bets, closes, relative, series
from tests.tidegauge.six_years_figures import Z95, Z99, change, magnitude
from tests.tidegauge.six_years_leaves import Leaf, Leaves, figure, under
from tests.tidegauge.six_years_past import Past

LONG_ENOUGH = 90 / 365
"""Years of bars before growth is told."""
Found = Mapping[str, float | None]


def bar_figures(own: Past, as_of: int, definition: IndexDefinition, known: Leaves) -> Leaves:
    """Of `risk`, what is made of the returns of bars; `known` has its Sharpe ratio and error."""
    n, a = own.bars(as_of), definition.bars_per_year
    r = own.returns[:n]
    few = n < 2
    gains, losses = [x for x in r if x > 0.0], [x for x in r if x < 0.0]
    lost = -math.fsum(losses) or 1.0
    none = {"win_rate": "zero_variance", "d_ratio": "no_gain"}
    none |= dict.fromkeys(("payoff", "kelly"), "no_gain" if losses else "no_loss")
    scales = {"gain_to_pain": magnitude(r) * n / lost, "kelly": 1.0}
    found = {
        name: figure(value, "too_few" if few else none.get(name, "no_loss"), scales.get(name))
        for name, value in (bets.bets(r) | bets.about_target(r, definition)).items()
    }
    assert gains or n < 50, "the files rise and fall"
    found["mean_return"] = figure(bets.mean_return(r, definition), "too_few", magnitude(r) * a)
    for c, z in ((95, Z95), (99, Z99)):
        size = magnitude(r) + z * (series.deviation(r) if n > 1 else 0.0)
        for name, value in zip(("var", "cvar"), bets.gaussian(r, c), strict=True):
            found[f"{name}_{c}_gaussian"] = figure(value, "too_few", size)
    found["tail_ratio"] = figure(bets.tail_ratio(r), "too_few" if n < 20 else "no_loss")
    sharpe, error = known["risk.sharpe"], known["risk.sharpe_se"]
    needed = bets.min_track_record(n, sharpe.value, error.value)
    size = 2.0 * (sharpe.scale or 0.0) / abs(sharpe.value or 1.0) * (needed or 0.0)
    found["min_track_record"] = figure(needed, "too_few" if n < 20 else "no_gain", size)
    for span in ("bar", "day"):  # bars are days
        for name, value in bets.extremes(r).items():
            found[f"{name}_{span}"] = change(value, "too_few")
    return under("risk", found)


def fall_figures(own: Past, as_of: int, definition: IndexDefinition, known: Leaves) -> Leaves:
    """What falls between closes say, in `drawdown` and `risk`, and how straight the growth is."""
    path = own.until(as_of)
    few = "too_few" if len(path) < 3 else "no_drawdown"
    told = closes.drawdowns(path)
    n = int(told.pop("durations.n") or 0)
    scales = dict.fromkeys(("ulcer_index", "pain_index", "average"), 1.0)
    why = {name: "too_few" if n else "no_drawdown" for name in told if name.startswith("dur")}
    why |= dict.fromkeys(("average", "average_seconds"), "no_drawdown")
    falls = {name: figure(v, why.get(name, few), scales.get(name)) for name, v in told.items()}
    falls["durations.n"] = Leaf(n)
    cagr, deepest, free = known["cagr"].value, known["drawdown.max"].value, definition.risk_free
    fell = math.sqrt(math.fsum(depth * depth for depth, _ in closes.episodes(path)))
    divisors = {
        "martin": told["ulcer_index"],
        "pain_ratio": told["pain_index"],
        "sterling": deepest + closes.STERLING,
        "burke": fell,
        "burke_modified": fell / math.sqrt(max(len(path) - 1, 1)),
        "recovery_factor": deepest,
    }
    grown = own.levels[len(path) - 1] / own.levels[0]
    found: Leaves = {}
    for name, value in closes.ratios(path, cagr, free, deepest).items():
        of_years = name != "recovery_factor"
        size = 1.0 + grown if not of_years else 2.0 + (cagr or 0.0) + abs(free)
        why_not = "too_short" if of_years and cagr is None else "no_loss"
        found[name] = figure(value, why_not, size / (divisors[name] or 1.0))
    straight = "too_few" if len(path) < 4 else "zero_variance"
    found["stability"] = figure(closes.stability(path), straight, 1.0)
    return {**under("drawdown", falls), **under("risk", found)}


def month_figures(own: Past, as_of: int, definition: IndexDefinition) -> Leaves:
    """`months`: of the calendar months whose levels at both ends are known."""
    months = range(month_of(own.base_at), month_of(as_of) + 1)
    levels = [own.level_at(month_start(month)) for month in months]
    m = [b / a - 1.0 for a, b in pairwise(x for x in levels if x is not None)]
    told = bets.months(m, definition.risk_free, definition.target)
    n = int(told.pop("n") or 0)
    size, free = magnitude(m), abs(definition.risk_free) + abs(definition.target or 0.0)
    spread = series.deviation(m) if n > 1 else 1.0
    scales = {"mean": size * 12.0, "best": 2.0, "worst": 2.0}
    # Sums of a few dozen months: what they are divided by is hardly smaller than the terms.
    scales |= dict.fromkeys(("sharpe", "sortino"), (size + free) / spread * 12.0)
    least = dict.fromkeys(("best", "worst", "positive_share"), 1)
    found = {}
    for name, value in told.items():
        why = "too_few" if n < least.get(name, 2) else "no_loss"
        found[name] = figure(value, why, scales.get(name))
    return under("months", {"n": Leaf(n), **found})


def line_figures(own: Past, other: Past, as_of: int, definition: IndexDefinition) -> Leaves:
    """Of `benchmarks`, what the line through the paired returns and its two sides say."""
    _, r, f = own.paired(other, as_of) if other.base_at < as_of else ([], [], [])
    n, a = len(r), definition.bars_per_year
    short = "too_few" if n < 1 else "too_short" if n / a < LONG_ENOUGH else "zero_variance"
    grows = ("treynor", "active_premium", "m_squared", "m_squared_excess", "appraisal")
    told, scales = relative.line(r, f, definition), line_scales(r, f, definition)
    found = {}
    for name, value in told.items():
        few = "too_few" if n < (3 if name == "specific_risk" else 2) else "zero_variance"
        found[name] = figure(value, short if name in grows else few, scales.get(name))
    up, down = (sum(y * sign > 0.0 for y in f) for sign in (1.0, -1.0))
    bars = {"batting": (n, "too_few"), "up": (up, "no_rise"), "down": (down, "no_fall")}
    for name, value in (relative.shares(r, f) | relative.sided_beta(r, f)).items():
        count, none = bars[name.split("_")[0]]
        # A beta of bars of one sign: the products are as large as the squares.
        size = 1.0 if name.endswith("_beta") else None
        found[name] = figure(value, none if count < 1 else "too_few", size)
    return found


def line_scales(r: list[float], f: list[float], definition: IndexDefinition) -> dict[str, float]:
    """The sizes of the terms of the figures of the line; empty where growth is not told yet."""
    scales = {"r_squared": 1.0}
    if len(r) < 3:
        return scales
    a, free = definition.bars_per_year, abs(definition.risk_free)
    beta, sd_r, sd_f = relative.slope(r, f) or 1.0, series.deviation(r), series.deviation(f)
    scales["specific_risk"] = sd_r * math.sqrt(a)
    mine, theirs = relative.growth(r, a), relative.growth(f, a)
    if mine is None or theirs is None:
        return scales
    size, other = 2.0 + mine + free, 2.0 + theirs + free
    specific = relative.line(r, f, definition)["specific_risk"] or 1.0
    return {
        **scales,
        "treynor": size / abs(beta),
        "active_premium": size + other,
        "m_squared": size * sd_f / sd_r + free,
        "m_squared_excess": 2.0 + size * sd_f / sd_r / (1.0 + theirs),
        "appraisal": (size + abs(beta) * other) / specific,
    }
