"""Errors and promises in `risk` against batch versions, on returns of many kinds."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import numpy as np
import pytest

from engine.index.definition import parse_index
from engine.metrics.backtest import Exceedances
from engine.metrics.cornish_fisher import cornish_fisher as expansion
from engine.metrics.moments import Moments
from engine.metrics.sharpe import Autocovariance, lag_of, probability_positive
from engine.metrics.value_at_risk import Tail
from engine.readings import REASONS, Column
from tests.reference.risk import cornish_fisher, exceedances, sharpe_error

KINDS: dict[str, Callable[[random.Random, int], list[float]]] = {
    "normal": lambda g, n: [g.gauss(0.001, 0.02) for _ in range(n)],
    "tiny": lambda g, n: [g.gauss(0.0, 1e-7) for _ in range(n)],
    "drifting": lambda g, n: [0.5 * k / n + g.gauss(0.0, 1e-3) for k in range(n)],
    "ties": lambda g, n: [g.choice([-0.01, 0.0, 0.0, 0.01]) for _ in range(n)],
    "one bad print": lambda g, n: [
        1e6 - 1.0 if k == n // 3 else 1e-6 - 1.0 if k == n // 3 + 1 else g.gauss(0.0, 0.02)
        for k in range(n)
    ],
    "far from zero": lambda g, n: [1e3 + g.gauss(0.0, 1.0) for _ in range(n)],
    "waves": lambda g, n: [0.02 * math.sin(k / 5) + g.gauss(0.0, 1e-3) for k in range(n)],
    "skewed": lambda g, n: [0.02 - g.expovariate(50.0) for _ in range(n)],
    "fat": lambda g, n: [
        g.gauss(0.001, 0.02) / math.sqrt(g.gammavariate(4.0, 0.25)) for _ in range(n)
    ],
    "constant": lambda g, n: [0.001] * n,
    "zero": lambda g, n: [0.0] * n,
}
LENGTHS = [1, 2, 19, 20, 21, 45, 100, 349, 350, 700]
DEFINITION = parse_index("X", {"assets": ["BTC"], "risk_free": 0.05})
ROW = np.zeros(1, dtype=np.int64)


def value(found: Column) -> float | None:
    return None if found.codes[0] else float(found.values[0])


def figures(r: list[float], restore: random.Random) -> dict[str, float | None]:
    """What the streaming estimators say after these returns, dumped and loaded now and then."""
    moments, auto, tail = Moments(1), Autocovariance(1), Tail(1)
    promises = {95: Exceedances(1), 99: Exceedances(1)}
    for x in r:
        one = np.array([x])
        for confidence, table in promises.items():
            table.update(ROW, one, tail.forecast(ROW, confidence))
        for table in (moments, auto, tail):
            table.update(ROW, one)
        if restore.random() < 0.05:
            moments, auto = Moments.load(moments.dump()), Autocovariance.load(auto.dump())
            promises = {c: Exceedances.load(t.dump()) for c, t in promises.items()}
    rf, a = np.array([DEFINITION.per_bar(0.05)]), np.array([DEFINITION.bars_per_year])
    error = auto.sharpe_error(rf, a)
    found = {"sharpe_se": value(error)}
    found["psr"] = value(probability_positive(moments.sharpe(rf, a), error))
    for c in (95, 99):
        found[f"var_{c}_cf"] = value(expansion(moments, c))
        found |= {f"{c}.{k}": value(v) for k, v in promises[c].columns(c).items()}
    return found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n", LENGTHS)
def test_streaming_equals_batch(kind: str, n: int) -> None:
    rng = random.Random(n)
    r = KINDS[kind](rng, n)
    found = figures(r, rng)
    error = sharpe_error(r, DEFINITION)
    assert found["sharpe_se"] == (None if error is None else pytest.approx(error, rel=1e-9))
    if error is not None:
        sd = math.sqrt(math.fsum((x - math.fsum(r) / n) ** 2 for x in r) / (n - 1))
        sharpe = (math.fsum(r) / n - DEFINITION.per_bar(0.05)) / sd
        z = sharpe * math.sqrt(DEFINITION.bars_per_year) / error
        assert found["psr"] == pytest.approx(0.5 * math.erfc(-z / math.sqrt(2)), rel=1e-9)
    for c in (95, 99):
        expected = cornish_fisher(r, c)
        scale = max(abs(x) for x in r)
        near = None if expected is None else pytest.approx(expected, rel=1e-9, abs=1e-9 * scale)
        assert found[f"var_{c}_cf"] == near, kind
        for name, want in exceedances(r, c).items():
            assert found[f"{c}.{name}"] == (
                None if want is None else pytest.approx(want, rel=1e-8, abs=1e-12)
            ), name


def test_the_kinds_reach_every_case() -> None:
    rng = random.Random(1)
    assert cornish_fisher(KINDS["skewed"](rng, 700), 99) is None
    assert cornish_fisher(KINDS["fat"](rng, 700), 99) is not None
    assert exceedances(KINDS["drifting"](rng, 700), 95)["observed"] < 35
    assert exceedances(KINDS["waves"](rng, 700), 95)["kupiec_p"] is not None


def test_lag_is_the_rule() -> None:
    for n in [20, 99, 100, 272, 273, 500, 5_000, 139_754, 139_755, 10**9]:
        assert lag_of(n) == min(math.floor(4 * (n / 100) ** (2 / 9) + 1e-9), 20)


def test_exceedances_by_hand() -> None:
    """Kupiec's own table: 255 days at 5 %, 21 failures is the last accepted count at 95 %."""
    table = Exceedances(1)
    table.n[:], table.observed[:] = 255, 13
    assert table.columns(95)["kupiec_p"].values[0] == pytest.approx(0.943, abs=1e-3)
    table.observed[:] = 20
    assert table.columns(95)["kupiec_p"].values[0] > 0.05
    table.observed[:] = 21
    assert table.columns(95)["kupiec_p"].values[0] < 0.05
    table.observed[:] = 6
    assert table.columns(95)["kupiec_p"].values[0] < 0.05
    table.observed[:] = 7
    assert table.columns(95)["kupiec_p"].values[0] > 0.05


def test_a_loss_as_great_as_promised_is_no_exceedance() -> None:
    table = Exceedances(1)
    table.update(ROW, np.array([-0.05]), np.array([0.05]))
    table.update(ROW, np.array([-0.0500001]), np.array([0.05]))
    table.update(ROW, np.array([-9.0]), np.array([np.nan]))
    assert (table.n[0], table.observed[0]) == (2, 1)


def test_reasons() -> None:
    flat = Moments(1)
    for _ in range(30):
        flat.update(ROW, np.array([0.001]))
    assert REASONS[expansion(flat, 95).codes[0]] == "zero_variance"
    assert REASONS[expansion(Moments(1), 95).codes[0]] == "too_few"
    assert REASONS[Exceedances(1).columns(95)["kupiec_p"].codes[0]] == "too_few"


def test_the_minimum_comes_before_what_would_be_flat() -> None:
    flat, products, rates = Moments(1), Autocovariance(1), np.zeros(1)
    found = []
    for n in range(1, 31):
        flat.update(ROW, np.array([0.001]))
        products.update(ROW, np.array([0.001]))
        error = products.sharpe_error(rates, rates + 365.0)
        psr = probability_positive(flat.sharpe(rates, rates + 365.0), error)
        assert psr.codes[0] == error.codes[0], n
        found.append(REASONS[psr.codes[0]])
    assert found == ["too_few"] * 19 + ["zero_variance"] * 11
