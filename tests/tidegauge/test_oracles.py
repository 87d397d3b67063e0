"""The `replay` command on real crypto closes gives what three libraries computed.

All cases through the engine: tests/conformance. Here the two main ones go the way of a user.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.crypto import CASES, EQUAL, VARIANTS, closes
from tests.tidegauge.command import run


def write_prices(file: Path, assets: set[str], start: str, end: str) -> None:
    """The closes of some assets between two dates, as ts,asset,price."""
    rows = sorted((day, asset, close) for asset in assets for day, close in closes()[asset])
    with file.open("w") as out:
        out.write("ts,asset,price\n")
        out.writelines(f"{d},{a},{close!r}\n" for d, a, close in rows if start <= d <= end)


def write_indices(file: Path, asset: str, benchmark: str | None) -> None:
    """One index per variant, of one asset."""
    against = f'benchmarks = ["{benchmark}"]\n' if benchmark else ""
    file.write_text(
        "\n".join(
            f'[index.{name}]\nassets = ["{asset}"]\n{against}'
            + "".join(f"{key} = {value!r}\n" for key, value in given.items())
            for name, given in VARIANTS.items()
        )
    )


def figure(snapshot: dict[str, Any], path: str, year_days: float) -> float:
    """A figure by its dotted path; growth since inception by a year of so many days, not 365."""
    value: Any = snapshot
    for key in path.split("."):
        value = value["BTC" if key == "benchmark" else key]
    assert isinstance(value, float), (path, value)
    if path not in ("cagr", "risk.calmar") or year_days == 365.0:
        return value
    grown: float = (1.0 + snapshot["cagr"]) ** (year_days / 365.0) - 1.0
    return grown if path == "cagr" else grown / snapshot["drawdown"]["max"]


def compare(case: dict[str, Any], snapshots: dict[str, dict[str, Any]]) -> int:
    """Hold every figure of a case that is defined alike against ours; how many there were."""
    held = 0
    for (library, name), (variant, path, factor) in EQUAL.items():
        theirs = case["values"][library].get(name)
        if theirs is None or (path.startswith("benchmarks") and not case["bench"]):
            continue
        ours = figure(snapshots[variant], path, VARIANTS[variant].get("year_days", 365.0))
        assert ours * factor == pytest.approx(theirs, rel=1e-9, abs=1e-12), (library, name)
        held += 1
    return held


@pytest.mark.skipif(not CASES, reason="needs ../shared/data/oracles, which is not there")
@pytest.mark.parametrize("asset", ["BTC", "ETH"])
def test_the_command_gives_what_three_libraries_give(asset: str, tmp_path: Path) -> None:
    case = next(c for c in CASES if c["asset"] == asset and c["n_returns"] == 2190)
    prices, indices = tmp_path / "prices.csv", tmp_path / "indices.toml"
    write_prices(prices, {"BTC", asset}, case["start"], case["end"])
    write_indices(indices, asset, case["bench"])
    result = run("replay", prices, "--indices", indices)
    assert result.returncode == 0, result.stderr
    found = {s["index"]: s for s in map(json.loads, result.stdout.splitlines())}
    assert found["PLAIN"]["risk"]["n"] == case["n_returns"]
    assert compare(case, found) >= (40 if case["bench"] else 33)
