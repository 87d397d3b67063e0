"""Six years of daily closes of 16 assets: what might have been is what `tidegauge replay` says."""

from __future__ import annotations

import csv
import gzip
import json
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import orjson

from engine.index.index_file import parse_file
from engine.types import DAY, SECOND
from gateway.computing import answer
from gateway.past import LATEST
from tests.shared import shared
from tests.tidegauge.command import run
from tests.tidegauge.running import write
from tests.tidegauge.six_years import INDICES


def days(directory: Path) -> list[tuple[int, str, float]]:
    """The recorded closes at their times, which also stand as the table of daily candles."""
    found = []
    with gzip.open(shared("prices/daily_binance_usdt.csv.gz"), "rt") as file:
        for row in csv.DictReader(file):
            start = int(datetime.fromisoformat(row["date"]).replace(tzinfo=UTC).timestamp())
            found.append(((start * SECOND + DAY), row["asset"], float(row["close"])))
    found.sort()
    (directory / "days").mkdir(parents=True)
    lines = directory / "rows.json"
    candle = ("open", "high", "low", "close", "peak")
    rows = [
        {"series": f"asset:{a}", "time": at - DAY, **dict.fromkeys(candle, c)} for at, a, c in found
    ]
    lines.write_bytes(b"\n".join(map(orjson.dumps, rows)))
    for year in range(2018, 2025):
        duckdb.execute(
            f"COPY (SELECT * REPLACE (make_timestamp_ns(time) AS time) FROM read_json('{lines}', "
            "columns = {series: 'VARCHAR', time: 'BIGINT', open: 'DOUBLE', high: 'DOUBLE', "
            "low: 'DOUBLE', close: 'DOUBLE', peak: 'DOUBLE'}) WHERE "
            f"year(make_timestamp_ns(time)) = {year} ORDER BY series, time) TO "
            f"'{directory / 'days' / str(year)}.parquet' (FORMAT parquet)"
        )
    return found


def test_six_years_of_sixteen_assets(tmp_path: Path) -> None:
    recorded = days(tmp_path / "tables")
    lines = (f"{at},{asset},{close!r}" for at, asset, close in recorded)
    prices = write(tmp_path / "p.csv", "ts,asset,price\n" + "\n".join(lines) + "\n")
    indices = write(tmp_path / "i.toml", INDICES)
    done = run("replay", prices, "--indices", indices)
    assert done.returncode == 0, done.stderr
    expected = {told["index"]: told for told in map(json.loads, done.stdout.splitlines())}
    tables = {d.id: d.to_mapping() for d in parse_file(tomllib.loads(INDICES)).indices}
    for index in ("EQUAL16", "CHANGING"):
        task: dict[str, Any] = {"do": "what_if", "tables": str(tmp_path / "tables")}
        task |= {"index": index, "indices": tables, "assets": {}, "step": DAY}
        told = orjson.loads(answer(orjson.dumps(task | {"from": 0, "to": LATEST})))["done"]
        snapshot, wanted = told["snapshot"], dict(expected[index])
        for name in ("seq", "receipt"):
            del snapshot[name], wanted[name]
        assert snapshot == wanted
    assert len(told["assets"]) == 16
    assert told["rows"] == len(recorded)
    assert snapshot["risk"]["n"] > 2000
