"""How records leave: times as text, never NaN; figures for Prometheus."""

from __future__ import annotations

import json
import math

import pytest

from engine.types import SECOND
from gateway.wire import encode, rendered, rfc3339
from tests.gateway.records import T0


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (T0, "2025-11-23T00:00:00Z"),
        (T0 + 250_000_000, "2025-11-23T00:00:00.250Z"),
        (T0 + 1_000, "2025-11-23T00:00:00.000001Z"),
        (T0 + 1, "2025-11-23T00:00:00.000000001Z"),
        (-1, "1969-12-31T23:59:59.999999999Z"),
        (2**63 - 1, "2262-04-11T23:47:16.854775807Z"),
    ],
)
def test_rfc3339(ns: int, text: str) -> None:
    assert rfc3339(ns) == text


def test_times_become_text_wherever_they_stand_and_nothing_else_does() -> None:
    body = {
        "as_of": T0,
        "seq": T0,
        "drawdown": {"episodes": [{"peak_at": T0, "recovered_at": None}]},
        "underwater_seconds": 60.0,
        "at": 2**70,  # beyond what a time can be: shown as it came
        "flags": ({"since": T0 + SECOND},),
    }
    assert rendered(body) == {
        "as_of": "2025-11-23T00:00:00Z",
        "seq": T0,
        "drawdown": {"episodes": [{"peak_at": "2025-11-23T00:00:00Z", "recovered_at": None}]},
        "underwater_seconds": 60.0,
        "at": 2**70,
        "flags": [{"since": "2025-11-23T00:00:01Z"}],
    }


def test_nan_and_infinity_are_null() -> None:
    assert json.loads(encode({"x": math.nan, "y": [math.inf, -math.inf, 0.1]})) == {
        "x": None,
        "y": [None, None, 0.1],
    }
