"""Recorded prices read compiled are those read row by row, to the last word said of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from engine.numbers import decimal
from tests.reference.recorded_files import Reader as SlowReader
from tests.reference.recorded_instants import frames as slow_frames
from tidegauge.errors import WrongUse
from tidegauge.recorded import file as recorded_file
from tidegauge.recorded import text as recorded_text
from tidegauge.recorded.frames import engine_frames
from tidegauge.recorded.grammar import decimal_at, time_at
from tidegauge.recorded.reader import Reader
from tidegauge.recorded.row import BadRowError, parse_ts

MANY = settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def compiled(function: Any, text: str) -> tuple[Any, bool]:
    """What compiled code finds in a cell amid others."""
    raw = text.encode()
    value, sure = function(np.frombuffer(b"7" + raw + b",8\n", np.uint8), 1, 1 + len(raw))
    return value, bool(sure)


def careful_number(text: str) -> float | None:
    try:
        return decimal(text)
    except ValueError:
        return None


def careful_time(text: str) -> int | None:
    try:
        return parse_ts(text)
    except BadRowError:
        return None


numbers = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.floats(1e-30, 1e30).map(lambda x: f"{x:.17e}"),
    st.decimals(-(10**12), 10**12, places=8).map(str),
    # Exactly between two floats, and next to it.
    st.tuples(st.integers(2**53, 2**62), st.integers(0, 30)).map(lambda t: f"{t[0]}e-{t[1]}"),
    st.integers(2**52, 2**53 - 1).map(lambda n: f"{2 * n + 1}e0"),
    st.integers(2**53, 2**55).map(lambda n: f"{n * 25}00e-4"),
    st.from_regex(r"\A[+-]?[0-9]{0,22}\.?[0-9]{0,22}([eE][+-]?[0-9]{0,3})?\Z"),
    st.text(alphabet="0123456789+-.eE_ naifx\x00١", max_size=8),
)


@settings(max_examples=3000, deadline=None)
@given(numbers)
@example("1367979963500533900e-2")
@example("9007199254740993")
@example("-0.0")
def test_a_compiled_number_is_the_careful_one(text: str) -> None:
    value, sure = compiled(decimal_at, text)
    if sure:
        expected = careful_number(text)
        assert expected is not None
        assert (value, math.copysign(1.0, value)) == (expected, math.copysign(1.0, expected))


@settings(max_examples=500, deadline=None)
@given(st.floats(1e-30, 1e30))
def test_what_a_program_writes_is_read_compiled(price: float) -> None:
    for text in (repr(price), f"{price:.12g}", f"{price:.3f}" if price < 1e15 else "1"):
        value, sure = compiled(decimal_at, text)
        assert (value, sure) == (float(text), True)


times = st.one_of(
    st.datetimes().map(lambda t: t.isoformat()),
    st.datetimes().map(lambda t: t.isoformat(" ", "seconds") + "Z"),
    st.tuples(st.datetimes(), st.integers(-1500, 1500)).map(
        lambda t: f"{t[0].isoformat()}{t[1] // 60:+03d}:{t[1] % 60:02d}"
    ),
    st.dates().map(str),
    st.from_regex(r"\A(19|2\d)\d\d-[01]\d-[0-3]\d[T ][0-2]\d:[0-6]\d(:[0-6]\d)?[.,]?\d{0,12}Z?\Z"),
    st.integers(-10, 2**66).map(str),
    st.sampled_from([7, 10, 13, 16, 19]).flatmap(lambda n: st.integers(0, 10**n)).map(str),
    st.text(alphabet="0123456789-:TZ. +,", max_size=30),
)


@settings(max_examples=3000, deadline=None)
@given(times)
@example("2024-02-29")
@example("2023-02-29")
@example("20240101")
@example("1704067200000")
@example("01704067200000000000")
def test_a_compiled_time_is_the_careful_one(text: str) -> None:
    value, sure = compiled(time_at, text)
    if sure:
        assert value == careful_time(text)


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-01",
        "2024-01-01T00:00:00Z",
        "2024-01-01 23:59:59",
        "2024-01-01T00:00:00.123456789+01:00",
        "1704067200000000000",
        "5",
    ],
)
def test_common_times_are_read_compiled(text: str) -> None:
    assert compiled(time_at, text) == (parse_ts(text), True)


def fast(files: Sequence[Path], every: int | None) -> tuple[Any, ...]:
    told: list[str] = []
    reader = Reader(files, told.append, False)
    found: list[Any] = []
    try:
        for rows in reader.frames(every):
            found += engine_frames(rows, reader.names, "replay")
    except WrongUse as error:
        return (str(error),)
    last = reader.last
    return text_of(found), told, reader.skipped.summary(), reader.good, reader.capped, last


def slow(files: Sequence[Path], every: int | None) -> tuple[Any, ...]:
    told: list[str] = []
    reader = SlowReader(files, told.append, False)
    try:
        found = list(slow_frames(reader.instants(), "replay", every))
    except WrongUse as error:
        return (str(error),)
    last = reader.last and (reader.last.ts, reader.where(reader.last))
    return text_of(found), told, reader.skipped.summary(), reader.good, reader.capped, last


def text_of(frames: list[Any]) -> str:
    """Frames as text: so NaN equals NaN, and 1 is not 1.0."""
    return repr(frames)


cells = {
    "ts": st.one_of(
        st.integers(1, 9).map(str), st.sampled_from(["2024-01-01", "", "x", "1704067200", '"3"'])
    ),
    "asset": st.sampled_from(["X", "Y", "币安", '"X"', "x", "", "Ｘ", '"X', "Z\r"]),
    "price": st.sampled_from(
        ["1", "1", "1.0", "2", "0.1", "1e-40", "x", "", "-1", "123456789012345678901234567890"]
    ),
    "size": st.sampled_from(["", "1", "-1", "0"]),
    "venue": st.sampled_from(["", "", "", "kraken", "okx", "a b", '"okx"']),
    "quote": st.sampled_from(["", "USD", "USD", "USDT", "usd"]),
    "market_cap": st.sampled_from(["", "", "5", "6", "0", "-1", "x"]),
    "supply": st.sampled_from(["", "", "5", "0"]),
    "note": st.sampled_from(["", "é", "\x00", "a"]),
}


@st.composite
def csv_files(draw: st.DrawFn) -> str:
    optional = draw(st.lists(st.sampled_from([*cells][3:]), unique=True))
    names = draw(st.permutations(["ts", "asset", "price", *optional]))
    mostly = draw(st.booleans())
    good = {**dict.fromkeys(names, ""), "ts": "9", "asset": "X", "price": "1"}
    rows = [",".join(names)]
    for n in range(draw(st.integers(0, 25))):
        row = {**good, "ts": str(n // 3 + 1)}
        for name in names if draw(st.integers(0, 3)) == 0 or not mostly else ["asset", "price"]:
            row[name] = draw(cells[name])
        rows.append(",".join(row.values()) + draw(st.sampled_from(["", "", "", "\r", ",", '"'])))
    return "\n".join(rows) + draw(st.sampled_from(["", "\n", "\n\n", "\n\r\n"]))


values = st.one_of(
    st.integers(-1, 9),
    st.sampled_from(["X", "Y", "", "USD", "okx", "1", "2024-01-01", "币", None, True, 1.5, [1]]),
)
lines = st.one_of(
    st.dictionaries(st.sampled_from([*cells]), values).map(lambda d: orjson.dumps(d).decode()),
    st.fixed_dictionaries(
        {"ts": st.integers(1, 5), "asset": st.sampled_from("XY"), "price": st.sampled_from([1, 2])},
        optional={
            "venue": st.sampled_from(["", "okx"]),
            "quote": st.sampled_from(["USD", None, ""]),
            "market_cap": st.sampled_from([None, 1e9, "7", 0]),
            "note": st.one_of(st.text(max_size=3), st.none(), st.booleans(), st.floats(0, 9)),
        },
    ).map(lambda d: orjson.dumps(d).decode().replace(",", " ,\t")),
    st.sampled_from(
        ["", " ", "{}", "[]", '{"ts":1,"asset":"X","price":1,"price":1}', '{"ts":01}', "nul",
         '{"ts":1,"asset":"X","price":+1}', '{"ts":1,"asset":"X","price":.5}', '{"ts":1,}',
         '{"ts":1,"asset":"\\u0058","price":1}', '{"ts":1,"asset":"X","price":1} x',
         '{"ts":1,"asset":"X","price":5.}', '{"ts":1,"asset":"X","price":1e400}',
         '{"ts":1,"asset":"X","price":NaN}', '{"ts":1,"asset":"X","price":1,"note":nulls}']
    ),
)  # fmt: skip


@MANY
@given(st.lists(csv_files(), min_size=1, max_size=1), st.sampled_from([None, 2]), st.integers(1, 5))
def test_csv_is_read_as_row_by_row(
    tmp_path: Path, texts: list[str], every: int | None, room: int
) -> None:
    compare(tmp_path, texts, "csv", every, room)


@MANY
@given(st.lists(lines, max_size=20), st.sampled_from([None, 2]), st.integers(1, 5))
def test_json_lines_are_read_as_row_by_row(
    tmp_path: Path, found: list[str], every: int | None, room: int
) -> None:
    compare(tmp_path, ["\n".join(['{"asset":null}', *found])], "jsonl", every, room)


def compare(folder: Path, texts: Sequence[str], suffix: str, every: int | None, room: int) -> None:
    """Both ways say the same; in chunks of so few rows and bytes that all seams are met."""
    files = [folder / f"{place}.{suffix}" for place in range(len(texts))]
    for file, text in zip(files, texts, strict=True):
        file.write_bytes(text.encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recorded_file, "_ROOM", room)
        patch.setattr(recorded_text, "BLOCK", 10 * room)
        found = fast(files, every)
    expected = slow(files, every)
    # Of several files that end at the same time, either may be called the last.
    kept = len(expected) if len(files) == 1 else len(expected) - 1
    assert found[:kept] == expected[:kept]


@MANY
@given(
    st.lists(
        st.lists(
            st.tuples(
                st.integers(1, 6),
                st.sampled_from("XY"),
                st.sampled_from([1, 1, 2]),
                st.sampled_from(["", "", "okx"]),
            ).map(lambda row: (*row[:3], row[3], "USD" if row[3] else "")),
            max_size=12,
        ).map(sorted),
        min_size=2,
        max_size=4,
    ),
    st.integers(1, 5),
)
def test_several_files_are_merged_as_row_by_row(
    tmp_path: Path, spread: list[list[tuple[Any, ...]]], room: int
) -> None:
    texts = [
        "\n".join(["ts,asset,price,venue,quote", *(",".join(map(str, row)) for row in rows)])
        for rows in spread
    ]
    compare(tmp_path, texts, "csv", None, room)
