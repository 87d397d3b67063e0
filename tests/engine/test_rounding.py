"""Where only rounding could decide, the definition does: ties, old prices come again, zeros."""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from engine.alerts.targets import GOALS
from engine.index.shard import Shard
from engine.metrics.cornish_fisher import cornish_fisher
from engine.metrics.moments import Moments
from engine.periods import NEVER
from engine.readings import REASONS
from engine.types import DAY, MINUTE
from tests.engine.market import Feed, define, frame
from tests.engine.years_of_prices import BEGIN


def snapshot(
    table: dict[str, Any], prices: list[dict[str, float]], step: int = DAY
) -> dict[str, Any]:
    """The last snapshot of an index X, from prices `step` apart."""
    feed = Feed(Shard(every=NEVER))
    feed.put(define("X", table, BEGIN - 1))
    feed.put(frame([(BEGIN + k * step, moved) for k, moved in enumerate(prices)]))
    return feed.snapshot("X")


@pytest.mark.parametrize("seed", range(20))
def test_a_fall_that_a_rebalance_leaves_a_last_bit_short_is_recovered(seed: int) -> None:
    """An index of one asset is back at its peak when the price is, whatever the holdings."""
    rng = random.Random(seed)
    top = rng.uniform(1.0, 100.0)
    prices = [top, *(top * rng.uniform(0.5, 0.9) for _ in range(6)), top]
    table = {"assets": ["A"], "rebalance": "daily"}
    fall = snapshot(table, [{"A": p} for p in prices])["drawdown"]
    lowest = min(range(len(prices)), key=prices.__getitem__)
    assert (fall["peak_at"], fall["trough_at"]) == (BEGIN, BEGIN + lowest * DAY)
    assert fall["recovered_at"] == BEGIN + 7 * DAY
    assert (fall["current"], fall["underwater_seconds"]) == (0.0, 0.0)
    assert [e["recovered_at"] for e in fall["episodes"]] == [BEGIN + 7 * DAY]


def test_of_falls_that_are_equal_but_for_rounding_the_earlier_comes_first() -> None:
    rng = random.Random(3)
    prices, top = [], 7.0
    for _ in range(8):
        prices += [top, top * 0.75]
        top *= rng.uniform(1.0, 3.0)
    table = {"assets": ["A", "B"], "rebalance": "daily"}
    fall = snapshot(table, [{"A": p, "B": 3.0 * p} for p in prices])["drawdown"]
    depths = [e["depth"] for e in fall["episodes"]]
    assert depths == pytest.approx([0.25] * 5, rel=1e-12)
    assert [e["peak_at"] for e in fall["episodes"]] == [BEGIN + 2 * k * DAY for k in range(5)]
    assert (fall["peak_at"], fall["trough_at"]) == (BEGIN, BEGIN + DAY)


@pytest.mark.parametrize("size", [1.0, 1e6])
def test_an_index_of_one_asset_is_not_active_against_it(size: float) -> None:
    """Not even where a bad print makes the rounding of a return as large as a return."""
    rng = random.Random(8)
    prices = [3.0 * (1.0 + 0.01 * rng.random()) for _ in range(100)]
    prices[70] *= size
    table = {"assets": ["A"], "benchmarks": ["A"], "rebalance": "daily", "base_level": 77.0}
    found = snapshot(table, [{"A": p} for p in prices])
    for figures, path in (
        (found["benchmarks"]["A"], "benchmarks.A"),
        (found["windows"]["90d"]["benchmarks"]["A"], "windows.90d.benchmarks.A"),
    ):
        assert figures["information_ratio"] is None
        assert found["undefined"][f"{path}.information_ratio"] == "zero_variance"
        assert figures["beta"] == pytest.approx(1.0, rel=1e-9)
    assert found["benchmarks"]["A"]["tracking_error"] == 0.0


@pytest.mark.parametrize("still", [True, False])
def test_what_loses_nothing_over_the_falls_has_no_capture_ratio(still: bool) -> None:
    """Whether it does not move at all, or its moves over the falls cancel out."""
    moves = [1.0, 1.0, 1.0] if still else [1.1, 1.0 / 1.1, 1.3]
    a, b, prices = 100.0, 100.0, [{"A": 100.0, "B": 100.0}]
    for k in range(30):
        a, b = a * moves[k % 3], b * (0.9, 0.95, 1.2)[k % 3]
        prices.append({"A": a, "B": b})
    found = snapshot({"assets": ["A"], "benchmarks": ["B"], "rebalance": "daily"}, prices)
    against = found["benchmarks"]["B"]
    assert against["down_capture"] == 0.0
    assert against["capture_ratio"] is None
    assert found["undefined"]["benchmarks.B.capture_ratio"] == "no_loss"


def test_losses_as_great_as_promised_are_no_exceedances() -> None:
    """Moves of ±1 % over and over: each loss is the VaR before it, but for rounding."""
    price, prices, held = 100.0, [{"A": 100.0}], []
    for k in range(400):
        loses = k % 2 == 1 if k < 300 else k % 4 == 1
        price *= 0.99 if loses else 1.01
        prices.append({"A": price})
        held.append(Fraction(-1 if loses else 1, 100))
    found = snapshot({"assets": ["A"], "rebalance": "daily", "base_level": 333.0}, prices)
    for c, least in ((95, 20), (99, 100)):
        exceeded = found["risk"][f"var_{c}_exceedances"]
        assert found["risk"][f"var_{c}"] == pytest.approx(0.01, rel=1e-12)
        assert (exceeded["n"], exceeded["observed"]) == (len(held) - least, 0)


@pytest.mark.parametrize("scale", [1e-12, 0.3, 1e12])
@pytest.mark.parametrize("step", [DAY, MINUTE])
def test_prices_that_never_move_give_zeros_and_no_ratio(scale: float, step: int) -> None:
    prices = [{"A": scale, "B": scale / 3.0, "C": scale * 7.0}] * 500
    table = {"assets": ["A", "B", "C"], "benchmarks": ["A"], "rebalance": "daily"}
    interval = {"return_interval": "1m" if step == MINUTE else "1d", "base_level": 0.1}
    found = snapshot({**table, **interval}, prices, step)
    moved = {p: v for p, v in found["returns"].items() if v}
    assert not moved
    assert found["drawdown"]["max"] == found["drawdown"]["max_daily"] == 0.0
    assert found["drawdown"]["underwater_seconds"] == 0.0
    risk, reasons = found["risk"], found["undefined"]
    assert risk["volatility"] == risk["downside_deviation"] == risk["ewma_volatility"] == 0.0
    assert risk["var_99"] == risk["cvar_99"] == 0.0
    for name in ("sharpe", "sharpe_se", "psr", "skew", "kurtosis", "var_95_cf"):
        assert reasons[f"risk.{name}"] == "zero_variance"
    for name in ("sortino", "omega"):
        assert reasons[f"risk.{name}"] == "no_loss"
    assert reasons["benchmarks.A.up_capture"] == "no_rise"
    assert reasons["benchmarks.A.capture_ratio"] == "no_rise"
    if step == DAY:
        assert found["cagr"] == 0.0
        assert reasons["risk.calmar"] == "no_loss"
        assert found["rolling"]["90d"]["positive_share"] == 0.0
        assert reasons["regime.volatility"] == "zero_variance"


def expansion(r: list[float]) -> tuple[float | None, str]:
    """Cornish-Fisher VaR at 95 % of these returns."""
    table = Moments(1)
    for x in r:
        table.update(np.zeros(1, dtype=np.int64), np.array([x]))
    found = cornish_fisher(table, 95)
    return (None if found.codes[0] else float(found.values[0])), REASONS[found.codes[0]]


@pytest.mark.parametrize("size", [0.01, 0.013, 1 / 3, 0.07])
def test_the_border_of_the_expansions_domain(size: float) -> None:
    """One move in six each way: K is 0, and only rounding says on which side of it."""
    value, _ = expansion([0.0, 0.0, size, 0.0, 0.0, -size] * 30)
    # S = K = 0: the expansion is the normal quantile, with sd = size/√3.
    assert value == pytest.approx(1.6448536269514722 * size / 3**0.5, rel=1e-9)
    # One in 22 each way: K is 8, the slope at 0 is 0, and the expansion does not rise there.
    assert expansion([*[0.0] * 20, size, -size] * 30) == (None, "cf_domain")
    assert expansion([size, -size] * 30) == (None, "cf_domain")


def test_growth_at_the_threshold_is_neither_gain_nor_loss() -> None:
    """A day's growth that the threshold is made of comes with a last bit too many or too few."""
    daily = 1.1 ** (1 / 365)
    prices = [{"A": 100.0 * daily**k} for k in range(400)]
    table = {"assets": ["A"], "omega_threshold": 0.1, "target": 0.1, "rebalance": "daily"}
    found = snapshot(table, prices)
    assert found["risk"]["omega"] is None
    assert found["undefined"]["risk.omega"] == "no_loss"
    assert found["undefined"]["risk.sortino"] == "no_loss"
    assert found["undefined"]["risk.sharpe"] == "zero_variance"


def test_growth_that_no_float_holds_is_null_and_no_warning() -> None:
    """Five to seven times as much each day, against what goes to and fro by a hundred orders."""
    prices = [{"A": 6.0**k * (1.0, 1.2)[k % 2], "B": (1.0, 1e100)[k % 2]} for k in range(100)]
    found = snapshot({"assets": ["A"], "benchmarks": ["B"]}, prices)
    assert found["benchmarks"]["B"]["m_squared"] is None
    assert found["undefined"]["benchmarks.B.m_squared"] == "overflow"


@pytest.mark.parametrize("scale", [1e-16, 3e-15, 1e-14, 1e-13])
def test_moves_as_small_as_rounding_leave_no_null_without_a_reason(scale: float) -> None:
    rng, price = random.Random(7), 100.0
    table = {"assets": ["A"], "benchmarks": ["B"], "return_interval": "1m"}
    table |= {"targets": dict.fromkeys(GOALS, 0.1), "alerts": {"drawdown": [0.05]}}
    prices = [{"A": price * (1.0 + rng.randint(-3, 3) * scale), "B": 1.0} for _ in range(60)]
    found = snapshot(table, prices, MINUTE)
    assert len(found["targets"]) == len(GOALS)
    nulls = {path for path, value in leaves("", found) if value is None}
    assert nulls <= found["undefined"].keys()


def leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Every figure of a snapshot by its path, but those of its lists."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from leaves(f"{path}.{name}" if path else name, each)
    elif not isinstance(value, list):
        yield path, value
