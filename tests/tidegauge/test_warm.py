"""While stages are at work nothing is compiled: they hold the log's lock, and others would wait."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.tidegauge.command import run
from tests.tidegauge.running import write

INDICES = """
[index.FIX]
weights = { BTC = 0.5, ETH = 0.3, SOL = 0.2 }
benchmarks = ["BTC"]
return_interval = "1s"
rebalance = "daily"
[index.FIX.alerts]
drawdown = [0.001, 0.01]
for = "1s"
[index.FIX.targets]
sharpe = 1.5
[[index.FIX.rule]]
figure = "returns.1h"
below = -0.001
[[index.FIX.rule]]
figure = "returns.1d"
above = 0.001
for = "1s"
[[index.FIX.rule]]
figure = "windows.1d.volatility"
above = 0.01
[[index.FIX.rule]]
figure = "risk.volatility"
above = 0.01
[[index.FIX.rule]]
figure = "level"
above = 1000.0
no_data = "1h"
[index.VOL]
assets = ["BTC", "ETH", "SOL"]
weighting = "inverse_volatility"
benchmarks = ["FIX", "BTC"]
return_interval = "1h"
[index.CAP]
assets = ["BTC", "ETH", "SOL"]
weighting = "cap"
cap_limit = 0.5
supply = { BTC = 19.8e6, ETH = 1.2e8, SOL = 4.6e8 }
"""
LATE = """
import sys
from numba.core.dispatcher import Dispatcher
from streams.sqlite.driver import LocalDriver

ROOMS = ("engine", "streams", "connectors", "gateway", "notify")
before, late = set(), set()

def loaded():
    modules = [m for name, m in list(sys.modules.items()) if name.split(".")[0] in ROOMS]
    kept = [f for m in modules for f in list(vars(m).values()) if isinstance(f, Dispatcher)]
    names = [(f, f.py_func.__module__, f.py_func.__name__) for f in kept]
    return {{(module, name, str(s)) for f, module, name in names for s in f.signatures}}

def watched(method):
    def call(self, *args):
        known = loaded()
        before.update(known)
        try:
            return method(self, *args)
        finally:
            late.update(loaded() - known)
    return call

for name in ("start", "take", "poll", "checkpoint"):
    setattr(LocalDriver, name, watched(getattr(LocalDriver, name)))
from tidegauge.cli import main
try:
    main({words!r}, standalone_mode=False)
except SystemExit:
    pass
assert before, "nothing is compiled at all"
print("late:", *sorted(str(each[:2]) for each in late))
"""


def late(*words: object) -> str:
    """The functions that a command compiles or loads while its stages are at work."""
    command = [sys.executable, "-c", LATE.format(words=[str(word) for word in words])]
    found = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert found.returncode == 0, found.stderr
    return found.stdout.splitlines()[-1]


@pytest.fixture
def indices(tmp_path: Path) -> Path:
    return write(tmp_path / "i.toml", INDICES)


def test_a_live_run_compiles_nothing(tmp_path: Path, indices: Path) -> None:
    """A demo is `up` on simulated exchanges, and begins with a backfill of two years."""
    words = ("demo", "--seconds", 5, "--port", 0, "--indices", indices, "--log", tmp_path / "log")
    assert late(*words) == "late:"


def test_a_short_writer_compiles_nothing(tmp_path: Path, indices: Path) -> None:
    log, day = tmp_path / "log", 86_400_000_000_000
    rows = [f"{(19_700 + n) * day},{a},{100 + n % 7}" for n in range(300) for a in ("BTC", "ETH")]
    rows += [row.replace("ETH", "SOL") for row in rows[1::2]]
    rows.sort(key=lambda row: int(row.split(",")[0]))
    prices = write(tmp_path / "p.csv", "ts,asset,price\n" + "\n".join(rows) + "\n")
    assert run("define", indices, "--log", log).returncode == 0
    assert late("backfill", prices, "--log", log) == "late:"
