"""A table restored from its dump at any point goes on as if it had never stopped."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.metrics.capture import Capture
from engine.metrics.downside import PartialMoments
from engine.metrics.ewma import EwmaBeta, EwmaVariance
from engine.metrics.machinery.regimes import Volatilities
from engine.metrics.machinery.rings import Ring
from engine.metrics.moments import Moments
from engine.metrics.regression import Covariance
from engine.metrics.sharpe import Autocovariance
from engine.metrics.value_at_risk import Tail
from engine.types import DAY
from tests.engine.test_risk import KINDS

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
            case "ring":
                table.push(ROW, at, one(r), 100)
            case "volatilities":
                table.push(ROW, one(r))
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
    "autocovariance": Autocovariance,
    "ring": Ring,
    "volatilities": Volatilities,
}


def streams(seed: int, n: int) -> tuple[random.Random, Stream]:
    rng = random.Random(seed)
    kind, other = rng.choice(list(KINDS)), rng.choice(list(KINDS))
    r, f = KINDS[kind](rng, n), KINDS[other](rng, n)
    return rng, [((k + 1) * DAY, x, y) for k, (x, y) in enumerate(zip(r, f, strict=True))]


@pytest.mark.parametrize("name", TABLES)
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_a_dump_restored_at_any_point_changes_nothing(name: str, seed: int) -> None:
    rng, stream = streams(seed, 120)
    kind = TABLES[name]
    plain, restored = kind(1), kind(1)
    for step in stream:
        feed(name, plain, [step])
        feed(name, restored, [step])
        if rng.random() < 0.2:
            restored = kind.load(restored.dump())
    expected, found = plain.dump(), restored.dump()
    for column in map(kind.stored, kind.COLUMNS):
        assert expected[column].tobytes() == found[column].tobytes(), column


def test_a_dump_has_no_room_that_is_empty() -> None:
    ring, tail = Ring(2), Tail(2)
    for day in range(1, 70):
        ring.push(ROW, day * DAY, one(float(day)), 1000)
        tail.update(ROW, one(float(day)))
    assert ring.minute.shape[1] > 69
    assert ring.dump()["level"].shape == ring.dump()["minute"].shape == (2, 69)
    assert tail.dump()["kept"][0].tolist() == [float(day) for day in range(1, 70)]
    assert Ring.load(ring.dump()).level_at(40 * DAY)[1].tolist()[:1] == [40.0]
