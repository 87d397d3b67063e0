"""`tidegauge report` on six years of sixteen assets: every figure is that of the API to the byte,
in no more than three seconds."""

from __future__ import annotations

import csv
import gzip
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from engine.types import DAY
from gateway.app import create_app
from gateway.state import State
from streams.sinks.reader import TableReader
from tests.shared import shared
from tests.tidegauge.command import COMMAND, one_line, run
from tests.tidegauge.running import write
from tidegauge.filling import load_state
from tidegauge.opening import target_of

SECONDS = 3.0
"""Of processor time, with all that a start takes, on a machine of our size."""
INDICES = """
[index.ALL16]
name = "All of them"
assets = ["ADA", "AVAX", "BNB", "BTC", "DOT", "ETC", "ETH", "LINK",
          "LTC", "NEAR", "PAXG", "SOL", "TRX", "UNI", "XLM", "XRP"]
rebalance = "quarterly"
benchmarks = ["BTC", "OLD"]
[index.ALL16.alerts]
drawdown = [0.2, 0.5]

[index.OLD]
name = "The old ones"
weights = { BTC = 0.5, ETH = 0.3, BNB = 0.2 }
rebalance = "monthly"
benchmarks = ["BTC"]
"""


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("six")
    with gzip.open(shared("prices/daily_binance_usdt.csv.gz"), "rt") as lines:
        rows = sorted((r["date"], r["asset"], r["close"]) for r in csv.DictReader(lines))
    with (directory / "closes.csv").open("w", newline="") as out:
        csv.writer(out).writerows([("ts", "asset", "price"), *rows])
    indices, found = write(directory / "indices.toml", INDICES), directory / "log"
    for command in (("define", indices), ("backfill", directory / "closes.csv")):
        words = [*COMMAND, *map(str, command), "--log", str(found)]
        done = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stderr
    return found


@pytest.fixture
async def http(log: Path) -> Any:
    target = target_of(str(log))
    async with target.open() as opened:
        state = State()
        await load_state(state, opened)
        app = create_app(state, tables=TableReader(target.tables_of(opened)))
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://127.0.0.1", timeout=300
        ) as found:
            yield found
        if app.state.gateway.worker is not None:
            app.state.gateway.worker.close()


async def test_six_years_are_those_of_the_api_within_three_seconds(
    log: Path, http: httpx.AsyncClient, tmp_path: Path
) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = run("report", "ALL16", "OLD", "--log", log, "-o", tmp_path / "r.json")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0, done.stderr
    took = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"two indices, six years: {took:.2f} s of processor time")
    assert took <= SECONDS
    report = orjson.loads((tmp_path / "r.json").read_bytes())
    assert report == (await http.get("/v1/reports/ALL16,OLD?format=json")).json()
    for one in report["indices"]:
        whole = await http.get(f"/v1/indices/{one['index']}")
        own = orjson.dumps(one["snapshot"])
        assert own == orjson.dumps(whole.json()["snapshot"])
        assert own in whole.content, "the very bytes"
    [_, old] = report["indices"]
    assert len(old["series"]["level"]["at"]) >= 2190 // 2
    assert old["series"]["distribution"]["n"] == old["snapshot"]["risk"]["n"] == 2190
    episodes = old["snapshot"]["drawdown"]["episodes"]
    assert max(e["depth"] for e in episodes) == old["snapshot"]["drawdown"]["max"]


async def test_turnovers_of_a_year_sum_to_that_of_the_year(http: httpx.AsyncClient) -> None:
    told = (await http.get("/v1/indices/OLD/composition")).json()
    found = [
        r["turnover"] for r in told["rebalances"] if r["rebalanced_at"] > "2023-01-01T00:00:00Z"
    ]
    assert len(found) == 12
    assert sum(found) == pytest.approx(told["composition"]["turnover_1y"], rel=1e-12)


def test_a_quarter_stands_beside_the_whole(log: Path, tmp_path: Path) -> None:
    out = tmp_path / "q.json"
    done = run("report", "OLD", "--log", log, "-o", out, "--period", "2023-Q4")
    assert done.returncode == 0, done.stderr
    report = orjson.loads(out.read_bytes())
    [one] = report["indices"]
    assert report["period"]["name"] == "2023-Q4"
    months = [entry["return"] for entry in one["snapshot"]["calendar"]["months"]][:3]
    names = [entry["period"] for entry in one["snapshot"]["calendar"]["months"]]
    assert names == ["2023-10", "2023-11", "2023-12"]
    assert [entry["period"] for entry in one["snapshot"]["calendar"]["years"]] == ["2023"]
    # The year that begins at the end is of no time: it has no return yet, not one of 0.
    assert one["snapshot"]["as_of"] == one["to"] == "2024-01-01T00:00:00Z"
    assert {"mtd", "qtd", "ytd"}.isdisjoint(one["snapshot"]["returns"])
    assert not [p for p in one["snapshot"]["undefined"] if "2024" in p]
    assert "returns.ytd" not in one["since_start"]["figures"]
    assert one["since_start"]["figures"]["returns.1y"] is not None
    grown = 1.0
    for month in months:
        grown *= 1.0 + month
    assert one["snapshot"]["returns"]["inception"] == pytest.approx(grown - 1.0, rel=1e-12)
    assert one["snapshot"]["risk"]["n"] == 92
    assert [r["rebalanced_at"][:10] for r in one["composition"]["rebalances"]] == [
        *("2024-01-01", "2023-12-01", "2023-11-01", "2023-10-01"),
    ]
    assert one["since_start"]["figures"]["risk.n"] == 2190


def _wrong(log: Path, out: Path) -> Iterator[tuple[list[object], int, str]]:
    asked: list[object] = ["report", "OLD", "--log", log, "-o"]
    yield [*asked, out / "r.txt"], 2, "name a FILE.html, or a FILE.json"
    yield [*asked, out / "no" / "r.html"], 2, "there is no directory"
    yield [*asked, out / "r.json", "--period", "2023-5"], 2, "as 2026-10 or 2026-Q3"
    yield [*asked, out / "r.json", "--period", "9999"], 2, "as 2026-10 or 2026-Q3"
    yield [*asked, out / "r.json", "--from", "soon"], 2, "--from: "
    yield [*asked, out / "r.json", "--pdf"], 2, "--pdf prints a page"
    yield [*asked, out / "r.json", "--from", f"{30_000 * DAY}"], 1, "nothing is kept of this time"
    yield ["report", "OLDE", "--log", log, "-o", out / "r.json"], 1, "did you mean OLD?"
    yield ["report", "OLD", "--log", out / "none", "-o", out / "r.json"], 1, "there is no log"


def test_what_is_wrong_is_one_line(log: Path, tmp_path: Path) -> None:
    for words, code, said in _wrong(log, tmp_path):
        assert said in one_line(run(*words), code)
    assert list(tmp_path.iterdir()) == []
