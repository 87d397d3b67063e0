"""Parquet is read as the same rows in CSV are; its types say what a cell is."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.types import DAY, SECOND
from tests.tidegauge.test_recorded_columns import fast
from tidegauge.errors import WrongUse
from tidegauge.recorded import parquet as recorded_parquet
from tidegauge.recorded.reader import Reader

NS = 1_704_067_200 * SECOND


def parquet(file: Path, rows: str, types: str) -> Path:
    """A file of `rows` (SQL values) whose columns are named and typed by `types`."""
    with duckdb.connect() as database:
        database.execute(f"CREATE TABLE t ({types})")
        if rows:
            database.execute(f"INSERT INTO t VALUES {rows}")
        database.execute(f"COPY t TO '{file}' (FORMAT parquet)")
    return file


def read(file: Path) -> tuple[list[tuple[Any, ...]], list[str], Reader]:
    told: list[str] = []
    reader = Reader([file], told.append, False)
    names = reader.names.assets.all
    found = [
        (ts, names[asset], price)
        for rows in reader.frames()
        for ts, asset, price in rows[["ts", "asset", "price"]].tolist()
    ]
    return found, [line.removeprefix(f"{file}:") for line in told], reader


@pytest.mark.parametrize(
    ("kind", "value", "ns"),
    [
        ("BIGINT", str(NS), NS),
        ("TIMESTAMP", "'2024-01-01 00:00:00.000001'", NS + 1000),
        ("TIMESTAMP_NS", "'2024-01-01 00:00:00.000000001'", NS + 1),
        ("TIMESTAMP_MS", "'2024-01-01 00:00:00.001'", NS + 1_000_000),
        ("DATE", "'2024-01-01'", NS + DAY),
        ("VARCHAR", "'2024-01-01T00:00:00Z'", NS),
        ("VARCHAR", "'2024-01-01'", NS + DAY),
    ],
)
@pytest.mark.parametrize(
    ("price_type", "price"),
    [("DOUBLE", 0.1), ("BIGINT", 7.0), ("DECIMAL(38, 18)", 0.1), ("VARCHAR", 4.2e-6)],
)
def test_types(
    kind: str, value: str, ns: int, price_type: str, price: float, tmp_path: Path
) -> None:
    types = f"ts {kind}, asset VARCHAR, price {price_type}"
    file = parquet(tmp_path / "p.parquet", f"({value}, 'X', '{price:.17g}')", types)
    assert read(file)[:2] == ([(ns, "X", price)], [])


def test_bad_rows_are_named_by_their_number(tmp_path: Path) -> None:
    rows = [
        f"({NS}, 'X', 1, NULL)",
        f"({NS}, 'x', 1, NULL)",
        f"({NS}, NULL, 1, NULL)",
        f"({NS}, 'X', 'NaN', NULL)",
        f"({NS}, 'X', NULL, NULL)",
        f"({NS}, 'X', -1, NULL)",
        "(NULL, 'X', 1, NULL)",
        "(1704067200, 'X', 1, NULL)",
        f"({NS - 1}, 'X', 1, NULL)",
        f"({NS}, 'X', 2, NULL)",
        f"({NS + 1}, 'Y', 2, 1e40)",
        f"({NS + 1}, 'Y', 2, 5)",
    ]
    types = "ts BIGINT, asset VARCHAR, price DOUBLE, market_cap DOUBLE"
    found, told, reader = read(parquet(tmp_path / "p.parquet", ", ".join(rows), types))
    assert found == [(NS + 1, "Y", 2.0)]
    assert [line.split(": ")[0] for line in told] == [*map(str, range(2, 10)), "1", "10"]
    assert "4: price nan is not a number; skipped" in told
    assert "7: ts is missing; skipped" in told
    assert "8: ts '1704067200' looks like seconds; expected nanoseconds; skipped" in told
    assert "9: is older than line 1; rows stand in order of time; skipped" in told
    assert reader.skipped.total == 11
    assert reader.capped == {"Y"}


cell = {
    "asset": st.sampled_from(["X", "Y", "币安", "x", ""]),
    "price": st.sampled_from(["1", "1", "2", "0.1", "1e-40", "-1"]),
    "size": st.sampled_from(["", "1", "-1"]),
    "venue": st.sampled_from(["", "", "okx", "a b"]),
    "quote": st.sampled_from(["", "USD", "USDT"]),
    "market_cap": st.sampled_from(["", "5", "0", "-1"]),
    "supply": st.sampled_from(["", "5", "0"]),
}


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(st.fixed_dictionaries({"ts": st.integers(0, 9), **cell}), min_size=1, max_size=12),
    st.integers(1, 4),
)
def test_rows_are_those_of_csv(tmp_path: Path, rows: list[dict[str, Any]], window: int) -> None:
    rows.sort(key=lambda row: int(row["ts"]) // 3)
    plain, packed = tmp_path / "p.csv", tmp_path / "p.parquet"
    with plain.open("w", newline="") as out:
        writer = csv.DictWriter(out, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    numbers = ("price", "size", "market_cap", "supply")
    columns = ["ts", *cell]
    types = {name: "DOUBLE" if name in numbers else "VARCHAR" for name in cell}
    values = [
        [row[n] if row[n] != "" or n not in numbers else None for n in columns] for row in rows
    ]
    with duckdb.connect() as database:
        named = ", ".join(f"{name} {kind}" for name, kind in {"ts": "BIGINT", **types}.items())
        database.execute(f"CREATE TABLE t ({named})")
        database.executemany(f"INSERT INTO t VALUES ({', '.join('?' * len(columns))})", values)
        database.execute(f"COPY t TO '{packed}' (FORMAT parquet)")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recorded_parquet, "_FEWEST", 0)
        patch.setattr(recorded_parquet, "_MOST", window)
        found = fast([packed], None)
    expected = fast([plain], None)
    kinds = [summary.split(": ", 1)[-1] for summary in (found[2], expected[2])]
    assert (found[0], found[3], found[4]) == (expected[0], expected[3], expected[4])
    # A row of the one is a line of the other, which has a line of names before it.
    lines = re.escape(f"{plain}:") + r"(\d+)"
    assert kinds[0] == re.sub(lines, lambda line: f"{packed}:{int(line[1]) - 1}", kinds[1])


@pytest.mark.parametrize(
    ("types", "says"),
    [
        ("ts BIGINT, asset VARCHAR", "1: the header lacks price; expected ts,asset,price and opt"),
        ("ts DOUBLE, asset VARCHAR, price DOUBLE", " column ts is DOUBLE; expected a timestamp, a"),
        ("ts BIGINT, asset INTEGER, price DOUBLE", " column asset is INTEGER; expected text"),
        ("ts BIGINT, asset VARCHAR, price BOOLEAN", " column price is BOOLEAN; expected a number"),
    ],
)
def test_files_that_are_not_of_prices(types: str, says: str, tmp_path: Path) -> None:
    file = parquet(tmp_path / "p.parquet", "", types)
    with pytest.raises(WrongUse) as error:
        read(file)
    assert str(error.value).startswith(f"{file}:{says}")


def test_a_file_that_is_cut_off_or_has_an_odd_name(tmp_path: Path) -> None:
    types = "ts BIGINT, asset VARCHAR, price DOUBLE"
    file = parquet(tmp_path / "p.parquet", f"({NS}, 'X', 1)", types)
    whole = file.read_bytes()
    odd = tmp_path / "it's [a] *.parquet"
    odd.write_bytes(whole)
    assert read(odd)[0] == [(NS, "X", 1.0)]
    file.write_bytes(whole[:-9])
    with pytest.raises(WrongUse, match=r"p\.parquet: cannot be read as Parquet: "):
        read(file)
