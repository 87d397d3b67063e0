"""One row of recorded prices: what each cell may be, and the one reason where it may not."""

from __future__ import annotations

import math
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.names import ASSET_RULE
from engine.types import DAY, HOUR, SECOND
from tidegauge.recorded.row import COLUMNS, BadRowError, RecordedRow, parse_row, parse_ts

NS_2024 = 1_704_067_200 * SECOND
GOOD: dict[str, Any] = {"ts": "2024-01-01T00:00:00Z", "asset": "BTC", "price": "5"}
TRADE = {**GOOD, "venue": "kraken", "quote": "USD", "size": "2"}


def row(cells: dict[str, Any]) -> RecordedRow:
    return parse_row(tuple(cells.get(name) for name in COLUMNS), 2, 0)


def test_what_a_row_says() -> None:
    full = {**GOOD, "market_cap": "7e9", "supply": 0, "size": "", "venue": "", "quote": "USD"}
    found = row(full)
    assert found[:7] == (NS_2024, "BTC", 5.0, 0.0, "", "USD", 7e9)
    assert math.isnan(found.supply)
    assert row(TRADE)[:6] == (NS_2024, "BTC", 5.0, 2.0, "kraken", "USD")
    # A file without this column is in USD.
    assert row({**TRADE, "quote": None}).quote == "USD"


RULE = f"({ASSET_RULE})"


@pytest.mark.parametrize(
    ("cells", "kind", "reason"),
    [
        ({"price": True}, "price", "price true is not a number"),
        ({"price": "true"}, "price", "price 'true' is not a number"),
        ({"price": "1_000"}, "price", "price '1_000' is not a number"),
        ({"price": "١٢"}, "price", "price '١٢' is not a number"),
        ({"price": " 5"}, "price", "price ' 5' is not a number"),
        ({"price": "NaN"}, "price", "price 'NaN' is not a number"),
        ({"price": "Infinity"}, "price", "price 'Infinity' is not a number"),
        ({"price": "1e999"}, "price", "price '1e999' is not a number"),
        ({"price": "0x10"}, "price", "price '0x10' is not a number"),
        ({"price": [5]}, "price", "price [5] is not a number"),
        ({"price": {"usd": 5}}, "price", 'price {"usd":5} is not a number'),
        ({"price": "9" * 500}, "price", f"price '{'9' * 40}'… is not a number"),
        ({"price": "1\x005"}, "price", r"price '1\x005' is not a number"),
        ({"price": ""}, "price", "price is missing"),
        ({"price": None}, "price", "price is missing"),
        ({"price": "0"}, "price", "price '0' is not a positive number from 1e-30 to 1e+30"),
        ({"price": -5}, "price", "price -5 is not a positive number from 1e-30 to 1e+30"),
        ({"price": 2e30}, "price", "price 2e+30 is not a positive number from 1e-30 to 1e+30"),
        (
            {"asset": "btc"},
            "asset",
            "asset 'btc' is not an asset name " + RULE,
        ),
        (
            {"asset": "BTC "},
            "asset",
            "asset 'BTC ' is not an asset name " + RULE,
        ),
        (
            {"asset": "B\x00TC"},
            "asset",
            r"asset 'B\x00TC' is not an asset name " + RULE,
        ),
        (
            {"asset": 5},
            "asset",
            "asset 5 is not an asset name " + RULE,
        ),
        (
            {"asset": None},
            "asset",
            "asset null is not an asset name " + RULE,
        ),
        ({"size": "-1"}, "size", "size '-1' is not a number from 0 to 1e+30"),
        ({"size": False}, "size", "size false is not a number"),
        ({"market_cap": -1}, "market_cap", "market_cap -1 is not a number from 0 to 1e+30"),
        ({"market_cap": False}, "market_cap", "market_cap false is not a number"),
        ({"supply": "nan"}, "supply", "supply 'nan' is not a number"),
        ({"quote": "EUR"}, "quote", "quote 'EUR': a price without a venue is in USD"),
        ({"venue": True}, "venue", "venue true is not a name such as kraken"),
        ({"venue": "a b"}, "venue", "venue 'a b' is not a name such as kraken"),
        ({"venue": "x" * 41}, "venue", f"venue '{'x' * 40}'… is not a name such as kraken"),
        ({"venue": "kraken", "quote": ""}, "quote", "quote is missing"),
        ({"venue": "kraken", "quote": "usdt"}, "quote", "'usdt' is not a currency such as USDT"),
        ({"ts": None}, "ts", "ts is missing"),
        ({"ts": ""}, "ts", "ts is missing"),
    ],
)
def test_cells_that_cannot_be_used(cells: dict[str, Any], kind: str, reason: str) -> None:
    with pytest.raises(BadRowError) as error:
        row({**GOOD, **cells})
    assert error.value.kind == kind
    assert str(error.value).endswith(reason)


@pytest.mark.parametrize(
    ("written", "ns"),
    [
        (0, 0),
        (NS_2024, NS_2024),
        (str(NS_2024), NS_2024),
        ("2024-01-01", NS_2024 + DAY),
        ("2200-12-30", 7_289_568_000 * SECOND),
        ("2024-01-01T00:00:00Z", NS_2024),
        ("2024-01-01t00:00:00z", NS_2024),
        ("2024-01-01 00:00", NS_2024),
        ("20240101T000000Z", NS_2024),
        ("2024-01-01T05:30:00+05:30", NS_2024),
        ("2024-01-01T05:30:00+0530", NS_2024),
        ("2023-12-31T19:00:00-05", NS_2024),
        ("2024-01-01T00:00:00.000000001Z", NS_2024 + 1),
        ("2024-01-01T00:00:00,5", NS_2024 + SECOND // 2),
        ("2024-01-01T00:00:00.0000000019+01:00", NS_2024 - HOUR + 1),
    ],
)
def test_times(written: Any, ns: int) -> None:
    assert parse_ts(written) == ns


NEITHER = "is neither ISO 8601 nor integer nanoseconds"
NO_TIME = "is not a time from 1970 to 2200"


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (True, NEITHER),
        (1704067200.5, NEITHER),
        (float(NS_2024), NEITHER),
        ("1704067200.0", NEITHER),
        ("1.7e18", NEITHER),
        ([1], NEITHER),
        ("١٧٠٤", NEITHER),
        ("1_704_067_200_000_000_000", NEITHER),
        (f" {NS_2024}", NEITHER),
        (f"+{NS_2024}", NEITHER),
        ("2024-01-01x00:00:00", NEITHER),
        ("2024-01-01T00:00:00Z ", NEITHER),
        ("2024-02-30", NEITHER),
        ("2023-02-29T00:00:00Z", NEITHER),
        ("2024-01-01T24:00:00Z", NEITHER),
        ("2024-01-01T00:00:60Z", NEITHER),
        ("2024-01-01T00:00:00+24:00", NEITHER),
        ("2024-01-01T00:00:00.Z", NEITHER),
        ("2024-01-01T00:00:00." + "0" * 60, NEITHER),
        ("2024-1-1", NEITHER),
        ("01/02/2024", NEITHER),
        ("2024-W01-1", NEITHER),
        ("２０２４-01-01", NEITHER),
        ("now", NEITHER),
        (-1, NO_TIME),
        ("1969-12-30", NO_TIME),
        ("1970-01-01T00:00:00+01:00", NO_TIME),
        ("2201-01-01T00:00:00Z", NO_TIME),
        ("2300-01-01", NO_TIME),
        (2**63, NO_TIME),
        ("0" * 100, NO_TIME),
        (1704067200, "looks like seconds; expected nanoseconds"),
        ("1704067200000", "looks like milliseconds; expected nanoseconds"),
        (1704067200000000, "looks like microseconds; expected nanoseconds"),
        (20240131, "looks like a date; write 2024-01-31, or nanoseconds"),
        ("20240131120000", "looks like a date; write 2024-01-31, or nanoseconds"),
    ],
)
def test_what_is_no_time(written: Any, reason: str) -> None:
    with pytest.raises(BadRowError) as error:
        parse_ts(written)
    assert error.value.kind == "ts"
    assert str(error.value).startswith("ts ")
    assert str(error.value).endswith(reason)


@settings(deadline=None)
@given(
    st.integers(31_536_000, 7_000_000_000),
    st.integers(-23 * 60 - 59, 23 * 60 + 59),
    st.integers(0, 10**9 - 1),
    st.sampled_from("T "),
)
def test_times_equal_what_python_reads(
    seconds: int, minutes: int, fraction: int, between: str
) -> None:
    text = datetime.fromtimestamp(seconds, timezone(timedelta(minutes=minutes))).isoformat(between)
    assert parse_ts(text) == seconds * SECOND
    assert parse_ts(f"{text[:19]}.{fraction:09d}{text[19:]}") == seconds * SECOND + fraction
