"""Figures of real crypto closes against those that three libraries computed."""

from __future__ import annotations

import csv
import gzip
import json
import math
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.shared import DATA, shared
from tests.tidegauge.command import run
from tidegauge.indices import read_indices
from tidegauge.replay import Collected
from tidegauge.stored import replay_recorded

YEAR = 365
ANNUAL = math.expm1(YEAR * math.log1p(0.0001))
"""0.0001 a day as a yearly rate."""

# What each index differs in from the defaults.
VARIANTS = {
    "PLAIN": "",
    "RF3": "risk_free = 0.03",
    "RF": f"risk_free = {ANNUAL!r}",
    "MAR": f"target = {ANNUAL!r}",
    "REQ": "omega_threshold = 0.10",
    "JULIAN": "year_days = 365.25",
}

# library, its figure -> variant, our figure, what theirs is multiplied by
EQUAL: dict[tuple[str, str], tuple[str, str, float]] = {
    ("empyrical", "simple_cum_return"): ("PLAIN", "returns.inception", 1),
    ("empyrical", "annual_return_cagr"): ("PLAIN", "cagr", 1),
    ("empyrical", "annual_volatility"): ("PLAIN", "risk.volatility", 1),
    ("empyrical", "sharpe"): ("PLAIN", "risk.sharpe", 1),
    ("empyrical", "sharpe_rf_0001"): ("RF", "risk.sharpe", 1),
    ("empyrical", "sortino"): ("PLAIN", "risk.sortino", 1),
    ("empyrical", "sortino_mar_0001"): ("MAR", "risk.sortino", 1),
    ("empyrical", "downside_risk"): ("PLAIN", "risk.downside_deviation", 1),
    ("empyrical", "omega"): ("PLAIN", "risk.omega", 1),
    ("empyrical", "omega_req10pct_annual"): ("REQ", "risk.omega", 1),
    ("empyrical", "calmar"): ("PLAIN", "risk.calmar", 1),
    ("empyrical", "max_drawdown"): ("PLAIN", "drawdown.max", -1),
    ("empyrical", "var_5"): ("PLAIN", "risk.var_95", -1),
    ("empyrical", "cvar_5"): ("PLAIN", "risk.cvar_95", -1),
    ("empyrical", "beta"): ("PLAIN", "benchmarks.BTC.beta", 1),
    # They give it per bar, we per year.
    ("empyrical", "excess_sharpe"): ("PLAIN", "benchmarks.BTC.information_ratio", math.sqrt(YEAR)),
    ("quantstats", "comp"): ("PLAIN", "returns.inception", 1),
    ("quantstats", "cagr"): ("PLAIN", "cagr", 1),
    ("quantstats", "volatility"): ("PLAIN", "risk.volatility", 1),
    ("quantstats", "sharpe"): ("PLAIN", "risk.sharpe", 1),
    ("quantstats", "sharpe_rf_3pct_annual"): ("RF3", "risk.sharpe", 1),
    ("quantstats", "sortino"): ("PLAIN", "risk.sortino", 1),
    ("quantstats", "omega"): ("PLAIN", "risk.omega", 1),
    ("quantstats", "calmar"): ("PLAIN", "risk.calmar", 1),
    ("quantstats", "max_drawdown"): ("PLAIN", "drawdown.max", -1),
    ("quantstats", "skew"): ("PLAIN", "risk.skew", 1),
    ("quantstats", "kurtosis"): ("PLAIN", "risk.kurtosis", 1),
    ("quantstats", "alpha"): ("PLAIN", "benchmarks.BTC.alpha", 1),
    ("quantstats", "beta"): ("PLAIN", "benchmarks.BTC.beta", 1),
    ("quantstats", "information_ratio"): (
        "PLAIN",
        "benchmarks.BTC.information_ratio",
        math.sqrt(YEAR),
    ),
    ("ffn", "total_return"): ("PLAIN", "returns.inception", 1),
    ("ffn", "cagr"): ("JULIAN", "cagr", 1),
    ("ffn", "max_drawdown"): ("PLAIN", "drawdown.max", -1),
    ("ffn", "daily_sharpe"): ("PLAIN", "risk.sharpe", 1),
    ("ffn", "daily_sortino"): ("PLAIN", "risk.sortino", 1),
    ("ffn", "daily_vol"): ("PLAIN", "risk.volatility", 1),
    ("ffn", "daily_skew"): ("PLAIN", "risk.skew", 1),
    ("ffn", "daily_kurt"): ("PLAIN", "risk.kurtosis", 1),
}

ORACLES = DATA / "oracles" / "oracles_crypto_libs.json"
CASES = json.loads(ORACLES.read_text())["cases"] if ORACLES.exists() else []


@cache
def closes() -> dict[str, list[tuple[str, str, str]]]:
    """(date, asset, close) of the recorded days, by date."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    with gzip.open(shared("prices/daily_binance_usdt.csv.gz"), "rt") as lines:
        for row in csv.DictReader(lines):
            found.setdefault(row["date"], []).append((row["date"], row["asset"], row["close"]))
    return dict(sorted(found.items()))


def write_prices(file: Path, assets: set[str], start: str, end: str) -> None:
    """The closes of some assets between two dates, as ts,asset,price."""
    with file.open("w") as out:
        out.write("ts,asset,price\n")
        for day, rows in closes().items():
            if start <= day <= end:
                out.writelines(f"{ts},{a},{close}\n" for ts, a, close in rows if a in assets)


def write_indices(file: Path, asset: str, benchmark: str | None) -> None:
    """One index per variant, of one asset."""
    against = f'benchmarks = ["{benchmark}"]\n' if benchmark else ""
    file.write_text(
        "\n".join(
            f'[index.{name}]\nassets = ["{asset}"]\n{against}{setting}\n'
            for name, setting in VARIANTS.items()
        )
    )


def figure(snapshot: dict[str, Any], path: str) -> float:
    """A figure by its dotted path."""
    value: Any = snapshot
    for key in path.split("."):
        value = value[key]
    assert isinstance(value, float), (path, value)
    return value


def compare(case: dict[str, Any], snapshots: dict[str, dict[str, Any]]) -> int:
    """Hold every figure of a case that is defined alike against ours; how many there were."""
    held = 0
    for (library, name), (variant, path, factor) in EQUAL.items():
        theirs = case["values"][library].get(name)
        if theirs is None or (path.startswith("benchmarks") and not case["bench"]):
            continue
        ours = figure(snapshots[variant], path)
        assert ours == pytest.approx(theirs * factor, rel=1e-9, abs=1e-12), (library, name)
        held += 1
    return held


@pytest.mark.skipif(not CASES, reason="needs ../shared/data/oracles, which is not there")
@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c['asset']}-{c['start'][:4]}")
def test_every_case_equals_three_libraries(case: dict[str, Any], tmp_path: Path) -> None:
    prices, indices = tmp_path / "prices.csv", tmp_path / "indices.toml"
    wanted = {case["asset"], case["bench"]} - {None}
    write_prices(prices, wanted, case["start"], case["end"])
    write_indices(indices, case["asset"], case["bench"])
    collected = Collected(all_snapshots=False)
    replay_recorded([prices], indices, read_indices(indices)[0], None, True, collected)
    assert collected.last["PLAIN"]["risk"]["n"] == case["n_returns"]
    assert compare(case, collected.last) >= (36 if case["bench"] else 29)


@pytest.mark.skipif(not CASES, reason="needs ../shared/data/oracles, which is not there")
@pytest.mark.parametrize("asset", ["BTC", "ETH"])
def test_the_command_gives_them_too(asset: str, tmp_path: Path) -> None:
    case = next(c for c in CASES if c["asset"] == asset and c["n_returns"] == 2190)
    prices, indices = tmp_path / "prices.csv", tmp_path / "indices.toml"
    write_prices(prices, {"BTC", asset}, case["start"], case["end"])
    write_indices(indices, asset, case["bench"])
    result = run("replay", prices, "--indices", indices)
    assert result.returncode == 0, result.stderr
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert compare(case, {s["index"]: s for s in found}) >= (36 if case["bench"] else 29)
