"""Times and forms as they are asked for, and the newest candles in memory."""

from __future__ import annotations

import math
import sys
import threading
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from engine.types import DAY, HOUR, MINUTE, SECOND
from gateway.api.parameters import EARLIEST, cursor_of, instant, moment, place_of
from gateway.api.problems import ApiProblem
from gateway.api.reply import TABULAR, Replier
from gateway.past import LATEST
from gateway.recent import KEPT, SECONDS_KEPT, Recent
from gateway.wire import rfc3339


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-27", 20_784 * DAY),
        ("2026-11-27T12:00:00Z", 20_784 * DAY + 12 * HOUR),
        ("2026-11-27t12:00:00.000000001z", 20_784 * DAY + 12 * HOUR + 1),
        ("2026-11-27T13:30:00+01:30", 20_784 * DAY + 12 * HOUR),
        ("2026-11-27T13:30:00 01:30", 20_784 * DAY + 12 * HOUR),  # in an address + is a blank
        ("2026-11-27T12:00", 20_784 * DAY + 12 * HOUR),
        ("2026-12-31T23:59:60Z", 20_819 * DAY),
        ("0001-01-01", 0),
        ("9999-12-31T23:59:59Z", LATEST),
        ("1000000000000000", 10**15),
    ],
)
def test_times(text: str, expected: int) -> None:
    assert instant(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("", "yesterday", "2026-13-01", "2026-02-30", "2026-11-27T25:00:00Z", "2026-11-27T12"),
        *("2026-11-27T12:00:00+2500", "20261127T", "1e9", "-5", "٣", "7258118400000000001"),
        *("1700000000", "0"),
    ],
)
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(ValueError, match=r"^(a time such as|whole nanoseconds)"):
        instant(text)


@given(st.integers(EARLIEST, LATEST))
def test_a_time_that_we_tell_is_taken(at: int) -> None:
    assert instant(rfc3339(at)) == instant(str(at)) == moment(at) == at


@pytest.mark.parametrize("told", [True, 1.5, -1, "17", None])
def test_a_body_says_a_number_as_one(told: object) -> None:
    with pytest.raises(ValueError, match=r"time|nanoseconds"):
        moment(told)


@given(st.text(max_size=100))
def test_a_place_comes_back_from_its_cursor(place: str) -> None:
    assert place_of(cursor_of(place)) == place


def replier(**headers: str) -> Replier:
    told = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Replier(Request({"type": "http", "headers": told}))


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("*/*", "json"),
        ("", "json"),
        ("text/csv", "csv"),
        ("text/*;q=0.4, application/json;q=0.3", "csv"),
        ("application/vnd.apache.arrow.stream, */*;q=0.1", "arrow"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "json"),
        ("text/csv;q=0, */*", "json"),
    ],
)
def test_the_form_that_is_accepted(accept: str, form: str) -> None:
    assert replier(accept=accept).form(TABULAR, None) == form
    assert replier(accept=accept).form(TABULAR, "arrow") == "arrow"


def test_no_form_that_is_accepted() -> None:
    with pytest.raises(ApiProblem, match="given as application/json, text/csv, application/vnd"):
        replier(accept="image/png, application/json;q=0").form(TABULAR, None)


@pytest.mark.parametrize(
    ("accepted", "is_small"),
    [("gzip", True), ("br, *;q=0.5", True), ("gzip;q=0", False), ("", False), ("br", False)],
)
async def test_compressed_where_that_is_accepted(accepted: str, is_small: bool) -> None:
    body = b'{"a": [' + b"1.5, " * 5000 + b"1]}"
    answer = await replier(accept_encoding=accepted).send(body, "json")
    assert (answer.headers.get("content-encoding") == "gzip") is is_small
    told = httpx.Response(200, headers=answer.headers, content=answer.body)
    assert told.content == body


def bar(start: int, name: str = "minute", **more: Any) -> dict[str, Any]:
    values = {"open": 1.0, "high": 2.0, "low": 0.5, "close": 1.5, "peak": 2.0}
    return {"index": "A", name: start, **values} | more


def test_the_newest_candles_are_kept_and_no_more() -> None:
    recent = Recent()
    for k in range(100):
        assert recent.take_bar(bar(k * MINUTE)) is None
    assert recent.take_bar(bar(50 * MINUTE)) == "old"
    found = recent.candles("A", MINUTE, 0, LATEST)
    assert [c[0] for c in found] == [k * MINUTE for k in range(100 - KEPT[MINUTE], 100)]
    assert recent.since("A", MINUTE) == found[0][0]
    assert found[0][1:] == (1.0, 2.0, 0.5, 1.5, 2.0)
    asset = bar(0, "day", index=None, asset="BTC", peak=None)
    assert recent.take_bar(asset) is None
    assert math.isnan(recent.candles("asset:BTC", DAY, 0, DAY)[0][5])
    recent.forget("A")
    assert recent.candles("A", MINUTE, 0, LATEST) == []


def test_seconds_are_made_of_levels() -> None:
    recent = Recent()
    for k, level in enumerate((5.0, 7.0, 6.0, 8.0)):
        recent.take_level("A", k * SECOND // 4 + 1, level, 9.0, level, level)
    recent.take_level("A", SECOND + 1, 4.0, 9.0, 3.5, 4.5)
    assert recent.candles("A", SECOND, 0, LATEST) == [
        (0, 5.0, 8.0, 5.0, 8.0, 9.0),
        (SECOND, 4.0, 4.5, 3.5, 4.0, 9.0),
    ]
    recent.take_level("A", SECOND, 3.0, 9.0, 3.0, 3.0)  # what was later than that was none of ours
    assert [c[0] for c in recent.candles("A", SECOND, 0, LATEST)] == [0]
    for k in range(1000):
        recent.take_level("A", (k + 2) * SECOND, 1.0, 9.0, 1.0, 1.0)
    assert len(recent.candles("A", SECOND, 0, LATEST)) == SECONDS_KEPT


def test_seconds_read_by_another_thread_are_whole() -> None:
    recent, found = Recent(), list[Any]()
    begun, over = threading.Event(), threading.Event()

    def read() -> None:
        begun.set()
        while not over.is_set():
            found.extend(recent.candles("A", SECOND, 0, LATEST)[-3:])

    often, reader = sys.getswitchinterval(), threading.Thread(target=read)
    sys.setswitchinterval(1e-6)
    try:
        reader.start()
        begun.wait()
        for k in range(20_000):
            level = float(k // 3)  # three levels a second, all the same
            recent.take_level("A", (k // 3 + 1) * SECOND - 2 + k % 3, *[level] * 4)
    finally:
        over.set()
        reader.join()
        sys.setswitchinterval(often)
    assert len(found) > 100
    wrong = [candle for candle in found if set(candle[1:]) != {candle[0] / SECOND}]
    assert wrong == []
