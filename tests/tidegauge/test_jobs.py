"""A replay by several processes says the same, in the same order, as by one."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.tidegauge.command import one_line, run

INDICES = 7


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Ten days of hourly prices that fall and rise through the thresholds of all indices."""
    dice = random.Random(12)
    price = {"A": 100.0, "B": 7.0}
    rows = ["ts,asset,price"]
    for hour in range(240):
        for asset in price:
            price[asset] *= 1 + dice.gauss(0, 0.03)
            rows.append(
                f"2024-01-{hour // 24 + 1:02d}T{hour % 24:02d}:00:00Z,{asset},{price[asset]:.4f}"
            )
    rows.insert(40, "x,A,1")
    prices, indices = tmp_path / "p.csv", tmp_path / "i.toml"
    prices.write_text("\n".join(rows))
    tables = [
        f'[index.I{k}]\nweights = {{ A = {k}, B = 5 }}\nreturn_interval = "1h"\n'
        f'benchmarks = ["A", "I0"]\n[index.I{k}.alerts]\ndrawdown = [0.05, 0.1]\n'
        for k in range(INDICES)
    ]
    indices.write_text("\n".join(tables).replace('"A", "I0"]\n[index.I0.', '"A"]\n[index.I0.'))
    return prices, indices


def test_the_number_of_processes_changes_nothing(files: tuple[Path, Path], tmp_path: Path) -> None:
    prices, indices = files
    found = []
    for jobs in (1, 3):
        alerts = tmp_path / "alerts"
        words = [prices, "--indices", indices, "--every", "1d", "--alerts", alerts, "--jobs", jobs]
        result = run("replay", *words)
        told = [line for line in result.stderr.splitlines() if not line.startswith("compiling")]
        found.append((result.returncode, result.stdout, told, alerts.read_text()))
    assert found[0] == found[1]
    assert found[0][0] == 0
    assert found[0][1].count("\n") == 11 * INDICES  # the first price, and ten days
    assert (
        found[0][2][0]
        == f"{prices}:41: ts 'x' is neither ISO 8601 nor integer nanoseconds; skipped"
    )
    assert found[0][3].count("firing") > INDICES


def test_jobs_are_for_files(tmp_path: Path) -> None:
    result = run("replay", "--log", tmp_path, "--jobs", "2")
    assert one_line(result, 2).endswith("--jobs is for FILE…, not for --log")
