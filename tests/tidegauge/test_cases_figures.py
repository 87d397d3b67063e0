"""Recorded inputs on which figures were wrong, through the command: what is right is in each
case's EXPECTED.md."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.shared import shared
from tests.tidegauge.command import run


def replayed(case: str, prices: str, indices: str, *options: object) -> list[dict[str, Any]]:
    """The snapshots of `tidegauge replay`."""
    folder: Path = shared(f"cases/{case}")
    result = run("replay", folder / prices, "--indices", folder / indices, *options)
    assert result.returncode == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_an_asset_without_weight_makes_nothing_stale() -> None:
    found = {
        snapshot["as_of"] // 86_400_000_000_000: snapshot
        for snapshot in replayed("10-stale-for-ever", "p.csv", "index.toml", "--every", "1d")
    }
    january = 18_993  # 2022-01-01
    # A bare date is the close of that day: FTT's last price is of 21 January 00:00.
    ends = {day - january + 1: found[day]["status"] for day in sorted(found)}
    assert {ends[day] for day in range(2, 24)} == {"live"}
    assert {ends[day] for day in range(24, 32)} == {"stale"}
    assert {status for day, status in ends.items() if day >= 32} == {"live"}
    last = found[max(found)]
    assert last["quality"]["oldest_price_seconds"] == 0.0
    assert "no_weight:FTT" in last["quality"]["flags"]
    assert last["composition"]["assets"]["FTT"]["weight"] == 0.0
    assert last["composition"]["assets"]["BTC"]["weight"] == 1.0


def test_windows_tell_how_many_returns_they_have_and_need_half_of_their_bars() -> None:
    (found,) = replayed("18-window-without-n", "t.csv", "i.toml")
    for window in ("7d", "30d"):
        figures = {k: v for k, v in found["windows"][window].items() if k != "benchmarks"}
        assert figures.pop("n") == 3
        assert figures.pop("return") is not None
        assert set(figures.values()) == {None}
        reasons = {found["undefined"][f"windows.{window}.{name}"] for name in figures}
        assert reasons == {"too_few"}
    assert found["risk"]["volatility"] == pytest.approx(0.915, abs=0.001)


def test_no_capture_ratio_where_nothing_was_lost() -> None:
    (found,) = replayed("19-capture-ratio", "t.csv", "i.toml")
    against = found["benchmarks"]["B"]
    assert against["down_capture"] < 0.0
    assert against["capture_ratio"] is None
    assert found["undefined"]["benchmarks.B.capture_ratio"] == "no_loss"


@pytest.mark.parametrize("indices", ["i252.toml", "i365.toml"])
def test_growth_is_by_calendar_days(indices: str) -> None:
    (found,) = replayed("20-year-of-252-days", "t.csv", indices)
    assert found["returns"]["inception"] == pytest.approx(1.0)
    assert found["annualised"]["1y"] == pytest.approx(1.0)
    assert found["cagr"] == found["annualised"]["inception"] == pytest.approx(1.0, rel=1e-12)
    if found["risk"]["calmar"] is not None:
        deepest = found["drawdown"]["max"]
        assert found["risk"]["calmar"] == pytest.approx(1.0 / deepest, rel=1e-12)
