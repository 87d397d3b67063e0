"""Times, numbers, ids and lists of trades, as the parsers read them."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.venues.events import Malformed
from connectors.venues.fields import (
    iso_ns,
    json_number,
    text_id,
    text_number,
    text_unix_ns,
    unix_ns,
)
from connectors.venues.trades import each_trade
from engine.records import Instrument, Tick


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("2026-07-07T22:58:16.156605Z", 1783465096_156605_000),
        ("2026-07-07T22:58:16Z", 1783465096_000000_000),
        ("2026-07-07T22:58:16.1Z", 1783465096_100000_000),
        ("2026-07-07T22:58:16.123456789Z", 1783465096_123456_789),
        ("2026-07-07T22:58:16.123456789987Z", 1783465096_123456_789),
        ("2024-02-29T23:59:59.999999999Z", 1709251199_999999_999),
        ("2262-04-11T23:47:16.854775807Z", 2**63 - 1),
    ],
)
def test_iso_times_are_exact(text: str, ns: int) -> None:
    assert iso_ns(text) == ns


@pytest.mark.parametrize(
    "text",
    [
        "2026-07-07T22:58:16.Z",
        "2026-07-07T22:58:16.15",
        "2026-07-07 22:58:16.15Z",
        "2026-07-07T22:58:60Z",
        "2026-02-29T00:00:00Z",
        "0001-01-01T00:00:00.000000Z",
        "2262-04-11T23:47:16.854775808Z",
        "2026-07-07T22:58:16.1_5Z",
        "2026-07-07T22:58:16.-15Z",
        "2026-07-07T22:58:16.٣Z",
        "2026-W27-2T22:58:16Z",
        "",
        "Z",
        None,
        1783465096,
        1.5,
    ],
)
def test_times_that_are_none(text: Any) -> None:
    with pytest.raises(ValueError, match=r"time|month|day|second|range"):
        iso_ns(text)


def test_unix_times() -> None:
    assert unix_ns(1652459224818, 10**6) == 1652459224818 * 10**6
    assert text_unix_ns("1652459224.818", 10**9) == 1652459224818 * 10**6
    assert text_unix_ns("1619093543708.26425555555", 10**6) == 1619093543708264255
    for bad in (True, 1.5, "1", None, -1, 0, 2**70):
        with pytest.raises(ValueError, match="time"):
            unix_ns(bad, 10**6)
    for worse in (1, None, "", ".", "1.", "+1", "1_0", "1e3", "9" * 50, "0"):
        with pytest.raises(ValueError, match="time"):
            text_unix_ns(worse, 10**6)


def test_numbers() -> None:
    assert text_number("0.00000291") == 0.00000291
    assert json_number(63501) == 63501.0
    for bad in (True, "1", None, 0, -1, float("nan"), float("inf"), [1]):
        with pytest.raises(ValueError, match="number"):
            json_number(bad)
    for worse in (1.0, None, "", "-0", "inf", "1_0"):
        with pytest.raises(ValueError, match=r"number|convert"):
            text_number(worse)


def test_text_ids() -> None:
    assert text_id("a9188a0a-82bc") == "a9188a0a-82bc"
    for bad in (1, None, "", "x" * 65, "a\nb", [], "\ud800"):
        with pytest.raises(ValueError, match="id"):
            text_id(bad)


def test_a_bad_trade_leaves_the_others_of_its_frame() -> None:
    btc = Instrument("gate", "BTC_USDT", "BTC", "USDT", "spot", False)
    a, b = (Tick(btc, 1.0, 2.0, "buy", number, 10**18) for number in ("1", "2"))

    def read(trade: Any) -> Any:
        return {"a": a, "b": b}[trade]

    events = each_trade(read, ["a", "c", [], "b"], "the frame")
    assert [events[0], events[3]] == [a, b]
    assert events[1] == Malformed("a trade with 'c' missing or unknown", "the frame")
    assert isinstance(events[2], Malformed)
