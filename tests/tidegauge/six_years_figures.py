"""`returns` … `benchmarks`, `rolling`, `windows` by the batch oracles, leaf by leaf."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from engine.index.definition import IndexDefinition
from engine.periods import anchor
from engine.types import DAY, HOUR, MINUTE
from tests.reference import basket, benchmarks, series
from tests.reference import drawdown as drawdown_reference
from tests.reference import risk as risk_reference
from tests.reference import windows as windows_reference
from tests.tidegauge.six_years_leaves import Leaf, Leaves, as_leaves, figure, null, under
from tests.tidegauge.six_years_past import Past

Others = Mapping[str, Past]
ROOT = math.sqrt(365.25)
Z95, Z99 = 1.6448536269514722, 2.3263478740408408


def magnitude(values: list[float]) -> float:
    """The mean of the magnitudes: what a mean is summed from."""
    return math.fsum(map(abs, values)) / len(values) if values else 0.0


def change(value: float | None, reason: str) -> Leaf:
    """A return, L1/L0 − 1: its terms are the ratio and the one."""
    return figure(value, reason, None if value is None else 2.0 + value)


def returns(own: Past, as_of: int) -> Leaves:
    """`returns`."""
    short = {p: v is None for p, v in own.period_returns(as_of).items()}
    found = {p: change(v, "too_short") for p, v in own.period_returns(as_of).items()}
    if short["1h"] and own.base_at <= (as_of - HOUR) // MINUTE * MINUTE:
        found["1h"] = null("no_price")  # there was a level, but no price in the hour before
    return under("returns", found)


def annualised(own: Past, as_of: int) -> Leaves:
    """`annualised` and `cagr`."""
    found: Leaves = {}
    for period, years in (("1y", 1), ("3y", 3), ("5y", 5)):
        total = own.period_returns(as_of)[period]
        grown = None if total is None else (1.0 + total) ** (1.0 / years) - 1.0
        found[period] = change(grown, "too_short")
    days = (as_of - own.base_at) / DAY
    last, first = own.level_at(as_of), own.levels[0]
    assert last is not None
    grown = (last / first) ** (365.0 / days) - 1.0 if days >= 90 else None
    found["inception"] = change(grown, "too_short")
    return {**under("annualised", found), "cagr": found["inception"]}


def calendar(own: Past, others: Others, as_of: int) -> Leaves:
    """`calendar`."""
    found: Leaves = {}
    for kind, width in (("months", 7), ("years", 4)):
        spans = windows_reference.calendar([(own.base_at, 0.0)], as_of, width)
        mine = own.calendar(spans)
        theirs = {name: other.calendar(spans) for name, other in others.items()}
        for period, value in mine.items():
            assert value is not None
            found[f"{kind}.{period}.period"] = Leaf(period)
            found[f"{kind}.{period}.return"] = change(value, "")
            for name, told in theirs.items():
                other = told[period]
                leaf = null("too_short") if other is None else less(value, other)
                found[f"{kind}.{period}.excess.{name}"] = leaf
    return under("calendar", found)


def less(one: float, other: float) -> Leaf:
    """The difference of two returns: of the size of both growths."""
    return figure(one - other, "", 2.0 + one + other)


def risk(own: Past, as_of: int, definition: IndexDefinition, annual: Leaves) -> Leaves:
    """`risk`."""
    n, a = own.bars(as_of), definition.bars_per_year
    r, path = own.returns[:n], own.until(as_of)
    rf, root = definition.per_bar(definition.risk_free), math.sqrt(a)
    found = risk_reference.risk(r, definition)
    sd = (found["volatility"] or 0.0) / root or 1.0
    downside = (found["downside_deviation"] or 0.0) / root or 1.0
    goal = rf if definition.target is None else definition.per_bar(definition.target)
    size, size_goal = (magnitude(r) + abs(rf)) * root, (magnitude(r) + abs(goal)) * root
    scales = {"sharpe": size / sd, "sortino": size_goal / downside, "kurtosis": 6.0}
    scales["skew"] = magnitude([x**3 for x in r]) / sd**3
    reasons = {"sortino": "no_loss", "omega": "no_loss"}
    few = {"skew": 3, "kurtosis": 4, "var_95": 20, "cvar_95": 20, "var_99": 100, "cvar_99": 100}
    leaves: Leaves = {"n": Leaf(n)}
    for name, value in found.items():
        why = "too_few" if n < few.get(name, 2) else reasons.get(name, "zero_variance")
        leaves[name] = figure(value, why, scales.get(name))
    square = [x * x for x in r]
    half = definition.ewma_half_life
    told = math.sqrt(series.ewma(own.ends[:n], square, half) * a) if n >= 10 else None
    leaves["ewma_volatility"] = figure(told, "too_few")
    error = risk_reference.sharpe_error(r, definition)
    why = "too_few" if n < 20 else "zero_variance"
    leaves["sharpe_se"] = figure(error, why)
    sharpe = found["sharpe"]
    z = sharpe / error if error is not None and sharpe is not None else None
    leaves["psr"] = figure(None if z is None else 0.5 * math.erfc(-z / math.sqrt(2.0)), why)
    for c, z in ((95, Z95), (99, Z99)):
        value = risk_reference.cornish_fisher(r, c)
        why = "too_few" if n < 20 else "cf_domain"
        leaves[f"var_{c}_cf"] = figure(value, why, abs(rf) + z * sd)
        leaves |= under(f"var_{c}_exceedances", exceedances(own.exceeded[c][:n], c))
    return under("risk", {**leaves, **calmars(path, as_of, annual)})


def calmars(path: basket.Path, as_of: int, annual: Leaves) -> Leaves:
    """`calmar` and `calmar_36m`."""
    deepest = drawdown_reference.drawdown(path, as_of)["max"]
    cagr = annual["cagr"].value
    if cagr is None:
        calmar = null("too_short")
    else:
        calmar = figure(
            cagr / deepest if deepest >= 1e-14 else None, "no_loss", (2.0 + cagr) / (deepest or 1)
        )
    three = windows_reference.calmar_36m(path, as_of)
    why = "too_short" if annual["annualised.3y"].value is None else "no_loss"
    size = None if three is None else abs(three) + 1.0 / deepest
    return {"calmar": calmar, "calmar_36m": figure(three, why, size)}


def exceedances(told: list[bool | None], confidence: int) -> Leaves:
    """Kupiec's test of the returns that met a promise."""
    rate = (100 - confidence) / 100
    held = [x for x in told if x is not None]
    n, hits = len(held), sum(held)
    found: Leaves = {"n": Leaf(n), "observed": Leaf(hits), "kupiec_p": null("too_few")}
    found["expected"] = Leaf(n * rate)
    if n >= 250:
        share, misses = hits / n, n - hits
        terms = [misses * math.log((1 - rate) / (1 - share))]
        terms += [hits * math.log(rate / share)] if hits else []
        ratio = max(-2.0 * math.fsum(terms), 0.0)
        found["kupiec_p"] = Leaf(math.erfc(math.sqrt(ratio / 2.0)))
    return found


def drawdown(own: Past, as_of: int) -> Leaves:
    """`drawdown`."""
    told = drawdown_reference.drawdown(own.until(as_of), as_of)
    episodes = told.pop("episodes")
    found: Leaves = {
        name: null("not_recovered") if leaf.value is None else leaf
        for name, leaf in as_leaves(episodes, "episodes").items()
    }
    for name, value in told.items():
        why = "no_drawdown" if told["max"] == 0.0 else "not_recovered"
        # A fall is (peak − level) / peak: its terms are two ratios of at most one.
        found[name] = Leaf(value, 1.0) if name in ("current", "max") else as_is(value, why)
        if name.endswith("_seconds") and value is not None:
            found[name] = Leaf(value, 0.0)
    found["max_daily"] = Leaf(own.max_daily[len(own.until(as_of)) - 1], 1.0)
    return under("drawdown", found)


def as_is(value: Any, reason: str) -> Leaf:
    """A value that is equal, or a null with its reason."""
    return null(reason) if value is None else Leaf(value)


def against(own: Past, other: Past, as_of: int, definition: IndexDefinition) -> Leaves:
    """`benchmarks` of one."""
    ends, r, f = own.paired(other, as_of) if other.base_at < as_of else ([], [], [])
    n, a = len(r), definition.bars_per_year
    told = benchmarks.against(r, f, definition)
    few = "too_few" if n < 2 else "zero_variance"
    found: Leaves = {"n": Leaf(n)}
    scales = pair_scales(r, f, told, a, definition.per_bar(definition.risk_free))
    none = {"up_capture": "no_rise", "down_capture": "no_fall"}
    for name, value in told.items():
        found[name] = figure(value, none.get(name, few), scales.get(name))
    half, beta = definition.ewma_half_life, None
    if n >= 10:
        cross = series.ewma(ends, [x * y for x, y in zip(r, f, strict=True)], half)
        beta = cross / series.ewma(ends, [y * y for y in f], half)
    found["ewma_beta"] = figure(beta, "too_few", 1.0)
    up, down = told["up_capture"], told["down_capture"]
    why = "no_loss" if down is not None else "no_fall"
    both = up / down if up is not None and down is not None and down > 0.0 else None
    found["capture_ratio"] = figure(both, "no_rise" if up is None else why, scales["up_capture"])
    return {**found, **under("excess", excess(own, other, as_of))}


def pair_scales(
    r: list[float], f: list[float], told: dict[str, float | None], a: float, rf: float
) -> dict[str, float]:
    """The sizes of the terms of the figures against a benchmark."""
    beta, error = abs(told["beta"] or 0.0), (told["tracking_error"] or 0.0) / math.sqrt(a)
    size_r, size_f = magnitude(r) + abs(rf), magnitude(f) + abs(rf)
    return {
        "beta": 1.0,
        "correlation": 1.0,
        "alpha": a * (size_r + beta * size_f),
        "information_ratio": (size_r + size_f) / (error or 1.0) * math.sqrt(a),
        "up_capture": 1.0,
        "down_capture": 1.0,
    }


def excess(own: Past, other: Past, as_of: int) -> Leaves:
    """`benchmarks.ID.excess`."""
    found: Leaves = {}
    begun = other.base_at <= as_of
    theirs = other.period_returns(as_of) if begun else {}
    for period, mine in own.period_returns(as_of).items():
        if period == "1h":
            continue
        value = theirs.get(period)
        why = "too_short" if mine is None or begun else "not_started"
        found[period] = null(why) if mine is None or value is None else less(mine, value)
    then, now, mine = other.level_at(own.base_at), other.level_at(as_of), own.level_at(as_of)
    assert mine is not None
    if then is None or now is None:
        found["inception"] = null("too_short")
    else:
        found["inception"] = less(mine / own.levels[0] - 1.0, now / then - 1.0)
    return found


def rolling(own: Past, as_of: int) -> Leaves:
    """`rolling`."""
    found: Leaves = {}
    for window in ("30d", "90d", "1y"):
        r = own.rolling(window, as_of)
        told: dict[str, float | None] = dict.fromkeys(
            ("latest", "positive_share", "min", "median", "max")
        )
        if r:
            told = {
                "latest": r[-1],
                "min": min(r),
                "max": max(r),
                "median": series.quantile(r, 0.5),
            }
        leaves = {name: change(value, "too_short") for name, value in told.items()}
        share = sum(x > 0.0 for x in r) / len(r) if r else None
        leaves["positive_share"] = figure(share, "too_short")
        found |= under(f"rolling.{window}", {**leaves, "n": Leaf(len(r))})
    return found


def windows(own: Past, others: Others, as_of: int, definition: IndexDefinition) -> Leaves:
    """`windows`."""
    begun = {name: other for name, other in others.items() if other.base_at <= as_of}
    told = own.windows(begun, as_of, definition)
    found: Leaves = {}
    for window, figures in told.items():
        late = "too_short" if figures["return"] is None else "too_few"
        pairs = figures.pop("benchmarks")
        for name, value in figures.items():
            # A mean of magnitudes is at most the deviation (nearly), so √A bounds the terms.
            scale = {"sharpe": ROOT, "sortino": ROOT, "return": 1.0, "max_drawdown": 1.0}.get(name)
            found[f"{window}.{name}"] = figure(value, late, scale)
        begin = anchor(window, as_of)
        for benchmark, other in others.items():
            pair = pairs.get(benchmark) or {**dict.fromkeys(windows_reference.AGAINST), "n": 0}
            why = "too_short" if late == "too_short" or other.base_at > begin else "too_few"
            for name, value in pair.items():
                scale = {"alpha": 10.0, "information_ratio": ROOT}.get(name, 1.0)
                found[f"{window}.benchmarks.{benchmark}.{name}"] = figure(value, why, scale)
    return under("windows", found)
