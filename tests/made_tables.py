"""Tables of made-up candles, as large as those of years."""

from __future__ import annotations

from pathlib import Path

from engine.types import MINUTE
from streams.sinks import parquet
from streams.sinks.tables import SinkTable

SERIES = 24
"""Eight indices of sixteen assets, `S0` and so on."""


def fill(directory: Path, table: SinkTable, span: int, begin: int, end: int) -> None:
    """Make the files that the sink would make of candles of this length."""
    (directory / table.name).mkdir()
    database = parquet.connect("512MB")
    bounds = dict[str, tuple[int, int]]()
    for at in range(begin, end, max(span, MINUTE)):
        name = table.period(at)
        bounds[name] = bounds.get(name, (at, at))[0], at + max(span, MINUTE)
    for name, (first, last) in bounds.items():
        file = parquet.sql_text(directory / table.name / f"{name}.parquet")
        values = ", ".join(f"100 + random() AS {n}" for n in ("open", "high", "low", "close"))
        database.execute(
            f"COPY (SELECT 'S' || s AS series, make_timestamp_ns({first} + k * {span}) AS time,"
            f" {values}, 101.0 AS peak, 'bars/0' AS log_source, k AS log_offset"
            f" FROM range({SERIES}) AS a(s), range({(last - first) // span}) AS b(k)"
            f" ORDER BY series, time) TO {file} (FORMAT parquet, COMPRESSION zstd,"
            f" ROW_GROUP_SIZE {parquet._GROUP})"
        )
    database.close()
