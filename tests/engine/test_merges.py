"""Any split of any stream, merged, equals the whole; and a dump restored at any point does too.

Columns are compared relative to their scale: for a sum, the sum of the magnitudes of its terms.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.definitions import parse_index
from engine.estimators.autocovariance import Autocovariance
from engine.estimators.capture import Capture
from engine.estimators.covariance import Covariance
from engine.estimators.ewma import EwmaBeta, EwmaVariance
from engine.estimators.moments import Moments
from engine.estimators.partial import PartialMoments
from engine.estimators.tail import KEPT, Tail
from engine.types import DAY
from tests.engine.test_risk import DEFINITION, KINDS
from tests.reference.risk import sharpe_error

ROW = np.zeros(1, dtype=np.int64)
HALF = np.array([20 * DAY], dtype=np.int64)
Stream = list[tuple[int, float, float]]
"""End of the bar, return of the index and of a benchmark."""


def one(value: float) -> Any:
    return np.array([value])


def feed(name: str, table: Any, stream: Stream) -> None:
    for at, r, f in stream:
        match name:
            case "capture":
                table.update(ROW, one(math.log1p(max(r, -0.99))), one(math.log1p(max(f, -0.99))))
            case "covariance":
                table.update(ROW, one(r), one(f))
            case "ewma":
                table.update(ROW, one(r), at, HALF)
            case "ewma_beta":
                table.update(ROW, one(r), one(f), at, HALF)
            case "partial":
                table.update(ROW, one(r), one(0.001), one(0.0))
            case _:
                table.update(ROW, one(r))


TABLES: dict[str, type[Any]] = {
    "moments": Moments,
    "partial": PartialMoments,
    "ewma": EwmaVariance,
    "ewma_beta": EwmaBeta,
    "covariance": Covariance,
    "capture": Capture,
    "tail": Tail,
}


def scales(name: str, stream: Stream) -> dict[str, float]:
    """Of every column whose terms have two signs; the others are their own scale."""
    r, f = [x for _, x, _ in stream], [x for _, _, x in stream]
    n = len(stream)
    mean_r, mean_f = math.fsum(r) / n, math.fsum(f) / n
    mean_a = mean_r - mean_f
    away = [abs(x - mean_r) for x in r]
    largest_r, largest_f = max(map(abs, r)), max(map(abs, f))
    match name:
        case "moments":
            powers = {f"m{p}": math.fsum(x**p for x in away) for p in (2, 3, 4)}
            # Each step's rounding of the mean is of the size of the returns, not of their spread.
            floor = {f"m{p}": n * (1e-4 * largest_r) ** p for p in (2, 3, 4)}
            return {"mean": largest_r} | {p: powers[p] + floor[p] for p in powers}
        case "covariance":
            squares = [math.fsum((x - m) ** 2 for x in v) for v, m in ((r, mean_r), (f, mean_f))]
            active = math.fsum((x - y - mean_a) ** 2 for x, y in zip(r, f, strict=True))
            floor_r, floor_f = n * (1e-4 * largest_r) ** 2, n * (1e-4 * largest_f) ** 2
            return {
                "mean_r": largest_r,
                "mean_f": largest_f,
                "mean_active": largest_r + largest_f,
                "square_r": squares[0] + floor_r,
                "square_f": squares[1] + floor_f,
                "square_active": active + floor_r + floor_f,
                "cross": math.sqrt((squares[0] + floor_r) * (squares[1] + floor_f)),
            }
        case "ewma_beta":
            return {"product": math.fsum(abs(x * y) for x, y in zip(r, f, strict=True))}
        case "capture":
            logs = [math.fsum(abs(math.log1p(max(x, -0.99))) for x in v) for v in (r, f)]
            return {"log_r": logs[0], "log_f": logs[1]}
    return {}


def streams(seed: int, n: int) -> tuple[random.Random, Stream]:
    rng = random.Random(seed)
    kind, other = rng.choice(list(KINDS)), rng.choice(list(KINDS))
    r, f = KINDS[kind](rng, n), KINDS[other](rng, n)
    return rng, [((k + 1) * DAY, x, y) for k, (x, y) in enumerate(zip(r, f, strict=True))]


def pieces(rng: random.Random, stream: Stream) -> list[Stream]:
    cuts = sorted(rng.randrange(len(stream) + 1) for _ in range(rng.randint(1, 5)))
    bounds = [0, *cuts, len(stream)]
    return [stream[a:b] for a, b in itertools.pairwise(bounds)]


def merged(name: str, make: Callable[[], Any], parts: list[Stream]) -> Any:
    whole = make()
    for part in parts:
        piece = make()
        feed(name, piece, part)
        whole.merge(piece, HALF) if name.startswith("ewma") else whole.merge(piece)
    return whole


@pytest.mark.parametrize("name", TABLES)
@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32), n=st.sampled_from([1, 2, 3, 50, 400]))
def test_any_split_equals_the_whole(name: str, seed: int, n: int) -> None:
    rng, stream = streams(seed, n)
    whole = TABLES[name](1)
    feed(name, whole, stream)
    found = merged(name, lambda: TABLES[name](1), pieces(rng, stream))
    size = scales(name, stream)
    for column in whole.COLUMNS:
        a, b = getattr(whole, column), getattr(found, column)
        if name == "tail" and column == "kept":
            a, b = a[:, :n], b[:, :n]
        scale = size.get(column, np.abs(a).astype(float))
        assert (np.abs(a - b) <= 1e-12 * scale).all(), (column, a, b)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), n=st.sampled_from([20, 21, 30, 60, 400]))
def test_the_sharpe_error_of_any_split_is_that_of_the_whole(seed: int, n: int) -> None:
    rng, stream = streams(seed, n)
    whole = Autocovariance(1)
    feed("autocovariance", whole, stream)
    found = merged("autocovariance", lambda: Autocovariance(1), pieces(rng, stream))
    rf, a = one(DEFINITION.per_bar(0.05)), one(DEFINITION.bars_per_year)
    before, after = whole.sharpe_error(rf, a), found.sharpe_error(rf, a)
    assert before.codes[0] == after.codes[0]
    if before.codes[0] == 0:
        # The error is a root of a difference: its own scale is that of ψ, not of the difference.
        assert after.values[0] == pytest.approx(before.values[0], rel=1e-12)
        expected = sharpe_error([r for _, r, _ in stream], DEFINITION)
        assert after.values[0] == pytest.approx(expected, rel=1e-9)
    assert found.n[0] == n
    assert (found.last == whole.last).all()
    assert (found.first == whole.first).all()


@pytest.mark.parametrize("cut", [1, KEPT - 1, KEPT, KEPT + 1, KEPT + 900])
def test_the_histogram_of_any_split_is_that_of_the_whole(cut: int) -> None:
    rng = random.Random(cut)
    n = KEPT + 1_000
    stream = [(0, rng.gauss(0.0, 0.01), 0.0) for _ in range(n)]
    whole = Tail(1)
    feed("tail", whole, stream)
    found = merged("tail", lambda: Tail(1), [stream[:cut], stream[cut:]])
    assert found.n[0] == n
    assert (found.counts == whole.counts).all()
    for confidence in (95, 99):
        assert found.var(confidence).values[0] == whole.var(confidence).values[0]
        exact = -float(np.quantile([r for _, r, _ in stream], 1 - confidence / 100))
        assert found.var(confidence).values[0] == pytest.approx(exact, rel=0.01)


@pytest.mark.parametrize("name", [*TABLES, "autocovariance"])
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_a_dump_restored_at_any_point_changes_nothing(name: str, seed: int) -> None:
    rng, stream = streams(seed, 120)
    kind = (TABLES | {"autocovariance": Autocovariance})[name]
    plain, restored = kind(1), kind(1)
    for step in stream:
        feed(name, plain, [step])
        feed(name, restored, [step])
        if rng.random() < 0.2:
            restored = kind.load(restored.dump())
    for column in kind.COLUMNS:
        assert getattr(plain, column).tobytes() == getattr(restored, column).tobytes(), column


def test_definitions_of_the_test() -> None:
    assert DEFINITION.bars_per_year == parse_index("Y", {"assets": ["BTC"]}).bars_per_year == 365
