"""Texts come back to the byte, whatever numbers stand in them, and records take less room."""

from __future__ import annotations

import random

import cramjam
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.records import Instrument, TickFrame
from engine.types import SECOND
from streams.codecs import encode
from streams.sqlite import long_numbers
from streams.sqlite.long_numbers import LONGEST, is_text, put_back, take_out

NOW = 1_790_000_000 * SECOND
NUMBERS = [
    *(b"0", b"-0", b"7", b"-1790000000000000000", b"1e5", b"1.50", b"1790000000000000000e1"),
    *(b"007", b"0123456789", b"123456789", b"99999999", b"1.1790000000000000000"),
    *(b"1790000000000000000", b"1790000000000000000.5", b"8999999999999999999"),
    *(b"9000000000000000000", b"9223372036854775808", b"123456789012345678901234567890"),
]
BETWEEN = [
    *(b'{"ts":[', b'{"id":["', b'","', b'"]}', b"]}", b",", b":", b'"', b'":', b'\\"', b'"\\":'),
    *(b"[[", b"]]", b" ", b"{", b"}", b"null", b'"\xc3\xa9":', b".", b"-", b"\xff"),
]
texts = st.lists(st.sampled_from(NUMBERS + BETWEEN), max_size=12).map(b"".join)


@pytest.fixture
def _always(monkeypatch: pytest.MonkeyPatch) -> None:
    """However few numbers there are."""
    monkeypatch.setattr(long_numbers, "_SHARE", 10**9)
    monkeypatch.setattr(long_numbers, "_SAMPLE", 1)


@settings(max_examples=1000, deadline=None)
@given(st.lists(texts | st.binary(max_size=30).filter(is_text), min_size=1, max_size=20))
def test_texts_come_back(found: list[bytes]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(long_numbers, "_SHARE", 10**9)
        patch.setattr(long_numbers, "_SAMPLE", 1)
        numbers = take_out(found)
    assert put_back(numbers) == found


@pytest.mark.usefixtures("_always")
@pytest.mark.parametrize(
    ("text", "left"),
    [
        (b'{"now":123456789}', b'{"now":\x00}'),
        (b'{"ts":[123456789,8999999999999999999,5]}', b'{"ts":[\x00,\x00,5]}'),
        (b'{"ts":[123456789],"id":["3735683327"]}', b'{"ts":[\x00],"id":["\x01"]}'),
        (b'{"a":[123456789],"b":1,"a":[123456789]}', b'{"a":[\x00],"b":1,"a":[\x00]}'),
    ],
)
def test_long_numbers_are_taken_out_by_name(text: bytes, left: bytes) -> None:
    numbers = take_out([text])
    assert numbers.text == left
    assert put_back(numbers) == [text]


@pytest.mark.usefixtures("_always")
@pytest.mark.parametrize(
    "number",
    [
        *(b"12345678", b"0123456789", b"-123456789", b"1.123456789", b"123456789.5"),
        *(b"123456789e5", b"9000000000000000000", b"12345678901234567890", b'\\"123456789x'),
    ],
)
def test_what_its_integer_does_not_tell_stays(number: bytes) -> None:
    text = b'{"a":%b,"b":123456789}' % number
    assert take_out([text]).text == b'{"a":%b,"b":\x00}' % number


@pytest.mark.usefixtures("_always")
def test_names_beyond_the_marks_stay() -> None:
    found = [b'{"n%d":%d}' % (n, 10**9 + n) for n in range(40)]
    numbers = take_out(found)
    assert len(numbers.shapes) == 31
    assert found[-1] in numbers.text
    assert put_back(numbers) == found


def test_texts_with_few_long_numbers_stay() -> None:
    found = [b'{"at":1790000000000000000,"words":"%b"}' % (b"so many words " * 9)] * 20
    assert take_out(found) == (b"\n".join(found), (), b"")


@pytest.mark.parametrize("value", [b"\x00", b"a\nb", b'{\t"a":1}', b"\x1f", b"a" * (LONGEST + 1)])
def test_what_could_be_a_mark_is_no_text(value: bytes) -> None:
    assert not is_text(value)


def test_a_unit_that_all_steps_share_is_divided_out() -> None:
    found = [b'{"now":%d}' % (NOW + n * 10_000_000) for n in range(100)]
    numbers = take_out(found)
    assert numbers.shapes == [(100, 10_000_000)]
    assert put_back(numbers) == found


def frames(count: int) -> list[bytes]:
    """Records of one trade to three each, as a quiet market has them."""
    rng, found, now, ids = random.Random(7), list[bytes](), NOW, 3_735_683_259
    a, b = (Instrument(v, "BTCUSDT", "BTC", "USDT", "spot", True) for v in ("binance", "okx"))
    for _ in range(count):
        size = rng.randint(1, 3)
        received = sorted(now + rng.randrange(10_000_000) for _ in range(size))
        now, ids = now + 10_000_000, ids + size
        frame = TickFrame(
            *(now, "live", [a, b], [rng.randrange(2) for _ in received]),
            *([round(rng.gauss(60_000, 20), 2) for _ in received],),
            *([round(rng.random(), 5) for _ in received], ["buy"] * size),
            *([str(ids - k) for k in range(size)], [at // 1000 * 1000 for at in received]),
            *(received, [], "bench"),
        )
        found.append(encode(frame)[1])
    return found


def compressed(*parts: bytes) -> int:
    return len(cramjam.zstd.compress(b"".join(parts), 12))


def test_real_records_take_less_room() -> None:
    found = frames(1000)
    numbers = take_out(found)
    assert put_back(numbers) == found
    assert len(numbers.shapes) == 4, "now, id, ts, received"
    assert compressed(numbers.text, numbers.steps) < 0.8 * compressed(*found)
