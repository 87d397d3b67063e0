"""Files of recorded prices: instants that agree, faults that are told, memory that stays small."""

from __future__ import annotations

import gzip
import os
import tracemalloc
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.feed.lines import bounded
from engine.records import AssetFrame, TickFrame
from tidegauge.errors import WrongUse
from tidegauge.recorded.frames import engine_frames
from tidegauge.recorded.reader import Reader
from tidegauge.recorded.skipped import KINDS, OTHER, REPORTED, Skipped
from tidegauge.recorded.text import LONGEST_LINE

HEADER = "ts,asset,price\n"
WITH_CAP = "ts,asset,price,market_cap\n"


def written(folder: Path, *texts: str | bytes, suffix: str = "csv") -> list[Path]:
    files = [folder / f"{place}.{suffix}" for place in range(len(texts))]
    for file, text in zip(files, texts, strict=True):
        file.write_bytes(text.encode() if isinstance(text, str) else text)
    return files


def framed(reader: Reader) -> Iterator[AssetFrame | TickFrame]:
    for rows in reader.frames():
        yield from engine_frames(rows, reader.names, "replay")


def read(
    files: Sequence[Path], strict: bool = False
) -> tuple[list[tuple[int, str, float]], list[str], Reader]:
    """The prices of assets that come out, what was reported, and the reader."""
    told: list[str] = []
    reader = Reader(files, told.append, strict)
    found = []
    for frame in framed(reader):
        assert isinstance(frame, AssetFrame)
        found += zip(frame.at, frame.asset, frame.price, strict=True)
    return found, told, reader


def test_contradicting_prices_are_both_left_out_and_named(tmp_path: Path) -> None:
    rows = "1,X,100\n1,Y,7\n1,X,200\n2,X,150\n"
    [file] = files = written(tmp_path, HEADER + rows)
    found, told, reader = read(files)
    assert found == [(1, "Y", 7.0), (2, "X", 150.0)]
    assert told == [
        f"{file}:2: X at 100.0 contradicts line 4 of the same instant, X at 200.0; "
        "neither is used; skipped",
        f"{file}:4: X at 200.0 contradicts line 2 of the same instant, X at 100.0; "
        "neither is used; skipped",
    ]
    assert reader.skipped.summary() == "2 rows skipped: 2 × contradiction"
    assert reader.good == 2
    with pytest.raises(WrongUse, match=r"0\.csv:2: X at 100.0 contradicts line 4"):
        read(files, strict=True)


def test_equal_prices_are_one(tmp_path: Path) -> None:
    files = written(tmp_path, HEADER + "1,X,100\n1,X,1e2\n2,X,5\n", HEADER + "1,X,100.0\n2,X,5\n")
    found, told, reader = read(files)
    assert (found, told, reader.good) == ([(1, "X", 100.0), (2, "X", 5.0)], [], 5)


def test_one_that_differs_spoils_all_of_its_instant(tmp_path: Path) -> None:
    one, other = written(tmp_path, HEADER + "1,X,100\n1,X,100\n2,X,5\n", HEADER + "1,X,101\n")
    found, told, reader = read([one, other])
    assert found == [(2, "X", 5.0)]
    assert [line.split(": ")[0] for line in told] == [f"{one}:2", f"{one}:3", f"{other}:2"]
    assert f"contradicts {other}:2 of the same instant" in told[0]
    assert reader.skipped.total == 3


def test_market_caps_are_compared_where_both_are_known(tmp_path: Path) -> None:
    files = written(tmp_path, WITH_CAP + "1,X,100,\n1,X,100,50\n2,X,100,50\n2,X,100,51\n3,X,1,0\n")
    told: list[str] = []
    reader = Reader(files, told.append, False)
    [frame] = framed(reader)
    assert isinstance(frame, AssetFrame)
    assert (frame.at, frame.market_cap[0]) == ([1, 3], 50.0)
    assert "X at 100.0, market cap 50.0 contradicts line 5" in told[0]
    assert len(told) == 2


def test_trades_of_one_venue_are_no_contradiction(tmp_path: Path) -> None:
    header = "ts,asset,price,size,venue,quote\n"
    rows = "1,X,100,1,kraken,USD\n1,X,200,1,kraken,USD\n1,X,150,,,\n"
    reader = Reader(written(tmp_path, header + rows), pytest.fail, False)
    prices, trades = framed(reader)
    assert isinstance(prices, AssetFrame)
    assert isinstance(trades, TickFrame)
    assert (prices.price, trades.price) == ([150.0], [100.0, 200.0])


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.lists(
            st.tuples(st.integers(1, 4), st.sampled_from("XY"), st.sampled_from([1.0, 1.0, 2.0])),
            max_size=8,
        ),
        min_size=1,
        max_size=3,
    ),
    st.randoms(use_true_random=False),
)
def test_instants_are_those_of_a_plain_grouping(
    tmp_path: Path, spread: list[list[tuple[int, str, float]]], dice: object
) -> None:
    rows = [row for part in spread for row in part]
    expected = {}
    for ts, asset, _ in rows:
        prices = {price for at, name, price in rows if (at, name) == (ts, asset)}
        if len(prices) == 1:
            expected[ts, asset] = prices.pop()
    texts = []
    for part in spread:
        ordered = sorted(part, key=lambda row: row[0])  # those of one instant as they came
        texts.append(HEADER + "".join(f"{ts},{asset},{price}\n" for ts, asset, price in ordered))
    found, told, reader = read(written(tmp_path, *texts))
    assert {(ts, asset): price for ts, asset, price in found} == expected
    assert len(found) == len(expected)
    assert [at for at, *_ in found] == sorted(at for at, *_ in found)
    left_out = [row for row in rows if row[:2] not in expected]
    assert reader.skipped.total == len(left_out)
    assert len(told) == min(len(left_out), REPORTED)
    assert reader.good == len(rows) - len(left_out)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf", "1: the header lacks ts, asset, price"),
        (b"\n1,X,5\n", "1: the header lacks ts, asset, price; expected ts,asset,price and opt"),
        (b"ts;asset;price\n", "1: the header lacks ts, asset, price"),
        (b"ts,asset\n1,X\n", "1: the header lacks price"),
        (b"ts,asset,price,price\n", "1: the header has price twice"),
        (b"ts,asset,price\r1,X,5\r", "1: lines end in CR alone"),
        ("ts,asset,price\n1,X,5\n".encode("utf-16"), "is text in UTF-16; save it as UTF-8"),
        (b"ts,asset,price,\xff\n", "1: the header is not text in UTF-8 (byte 15)"),
        (b'ts,"asset,price\n', "1: the header a quotation mark in it is not closed"),
        (b"x" * (2 * LONGEST_LINE), "1: the header is longer than 1 MB"),
        (b"\x1f\x8b\x08\x00", "cannot be unpacked: "),
        (gzip.compress(b"", mtime=0), "is empty"),
        (gzip.compress(HEADER.encode() * 99, mtime=0)[:-9], "cannot be unpacked: "),
    ],
)
def test_files_that_are_not_of_prices(text: bytes, says: str, tmp_path: Path) -> None:
    files = written(tmp_path, text)
    for strict in (False, True):
        with pytest.raises(WrongUse) as error:
            read(files, strict)
        assert says in str(error.value)
        assert str(error.value).startswith(f"{files[0]}:")


def test_only_files_that_can_be_read_twice(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    keep = os.open(pipe, os.O_RDWR)  # a writer, so that nobody waits for one
    try:
        with pytest.raises(WrongUse, match="is no regular file"):
            read([pipe])
    finally:
        os.close(keep)
    with pytest.raises(WrongUse, match="cannot be read: Is a directory"):
        read([tmp_path])


@pytest.mark.parametrize(
    ("line", "kind", "says"),
    [
        (b"2,X", "columns", "has 2 columns, the header 3"),
        (b"2,X,5,", "columns", "has 4 columns, the header 3"),
        (b"2,X,5,000", "columns", "has 4 columns, the header 3"),
        (b'2,X,"5,000"', "price", "price '5,000' is not a number"),
        (b'2,X,"5', "quotes", "a quotation mark in it is not closed on the same line"),
        (b'2,X,"' + b"5" * 140_000 + b'"', "quotes", "a cell of it is too long"),
        (b"2,X\xff,5", "text", "is not text in UTF-8 (byte 3)"),
        (b"2,X,5" + b"0" * LONGEST_LINE, "long", "is longer than 1 MB"),
        (b"2,X,5\r,", "columns", "has 4 columns, the header 3"),
        (b"0,X,5", "late", "is older than line 2; rows stand in order of time"),
        (b"\x00" * 10, "columns", "has 1 columns, the header 3"),
    ],
)
def test_lines_of_csv(line: bytes, kind: str, says: str, tmp_path: Path) -> None:
    [file] = files = written(tmp_path, HEADER.encode() + b"1,X,1\r\n\n" + line + b"\n3,X,3")
    found, told, reader = read(files)
    assert found == [(1, "X", 1.0), (3, "X", 3.0)]
    assert told == [f"{file}:4: {says}; skipped"]
    assert reader.skipped.summary() == f"1 row skipped: 1 × {kind}"


@pytest.mark.parametrize(
    ("line", "kind", "says"),
    [
        (b'{"ts":2,"asset":"X","price":true}', "price", "price true is not a number"),
        (b'{"ts":2,"asset":"X","price":NaN}', "json", "is not JSON"),
        (b'{"ts":2,"asset":"X","price":1e999}', "json", "is not JSON: number is infinity"),
        (b'{"ts":2,"asset":"X","price":1_000}', "json", "is not JSON"),
        (b'{"ts":2.0,"asset":"X","price":1}', "ts", "ts 2.0 is neither"),
        (b'{"ts":true,"asset":"X","price":1}', "ts", "ts true is neither"),
        (b'{"ts":2,"asset":"X"}', "price", "price is missing"),
        (b'{"ts":2,"asset":"X","price":1,"price":2}', "json", "has price twice"),
        (b'[2,"X",5]', "json", "is not a JSON object"),
        (b'{"ts":2,"asset":"\xff","price":1}', "json", "is not JSON"),
        (b"[" * 100_000, "json", "is not JSON"),
        (b'{"ts":2,"asset":"X","price":"' + b"1" * LONGEST_LINE, "long", "is longer than 1 MB"),
        (b'{"ts":0,"asset":"X","price":1}', "late", "is older than line 1"),
    ],
)
def test_lines_of_json(line: bytes, kind: str, says: str, tmp_path: Path) -> None:
    good = b'{"ts":1,"asset":"X","price":1}\r\n\n'
    rows = b"\xef\xbb\xbf" + good + line + b'\n{"ts":3,"asset":"X","price":"3"}'
    [file] = files = written(tmp_path, rows, suffix="jsonl")
    found, told, reader = read(files)
    assert found == [(1, "X", 1.0), (3, "X", 3.0)]
    assert told[0].startswith(f"{file}:3: {says}")
    assert told[0].endswith("; skipped")
    assert reader.skipped.summary() == f"1 row skipped: 1 × {kind}"


def test_what_a_file_may_look_like(tmp_path: Path) -> None:
    text = '\ufeffprice, ts ,asset\r\n"5",1,"X"\r\n\r\n6,2,X'
    files = written(tmp_path, text, gzip.compress(text.encode()))
    found, told, reader = read(files)
    assert (found, told, reader.good) == ([(1, "X", 5.0), (2, "X", 6.0)], [], 4)


def test_columns_that_nobody_knows_are_told_once(tmp_path: Path) -> None:
    [file] = files = written(tmp_path, "ts,asset,price,marketcap\n1,X,5,7\n2,X,5,7\n")
    told: list[str] = []
    reader = Reader(files, told.append, strict=False)
    assert [frame.now for frame in framed(reader)] == [2]
    assert reader.first_times == {"X": 1}
    assert told == [f"{file}:1: not used: 'marketcap'; known are ts, asset, price, size, venue, "
                    "quote, market_cap, supply"]  # fmt: skip
    row = '{"ts":1,"asset":"X","price":1,"venue":"kraken","vol":1}\n'
    told.clear()
    list(Reader(written(tmp_path, row * 3, suffix="jsonl"), told.append, False).frames())
    assert [line.split(": ", 1)[1][:30] for line in told] == [
        "not used: 'vol'; known are ts,",
        "has a venue and no quote, so i",
    ]


def test_the_first_are_told_and_all_are_counted() -> None:
    told: list[str] = []
    skipped = Skipped(told.append, strict=False)
    assert skipped.summary() == ""
    for line in range(1190):
        skipped.add(f"p.csv:{line}", "late", "is older than line 1")
    for line in range(1190, 1203):
        skipped.add(f"p.csv:{line}", "price", "price 'x' is not a number")
    assert told == [f"p.csv:{n}: is older than line 1; skipped" for n in range(10)]
    assert skipped.summary() == (
        "1,203 rows skipped: 1,190 × late, 13 × price (from p.csv:1190 on); first 10 above"
    )
    for kind in range(100):
        skipped.add("p.csv:9999", f"kind {kind}", "is odd")
    assert skipped.summary().count(" × ") == KINDS + 1
    assert f"{102 - KINDS} × {OTHER}" in skipped.summary()


def peak(files: Sequence[Path]) -> tuple[int, Reader]:
    """Bytes of memory that reading took at most, once the compiler has had its own."""
    list(Reader(files, lambda _: None, strict=False).frames())
    reader = Reader(files, lambda _: None, strict=False)
    tracemalloc.start()
    try:
        for _ in reader.frames():
            pass
        return tracemalloc.get_traced_memory()[1], reader
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param("".join(f"2,X,{n + 1}\n" for n in range(20_000)), id="contradictions"),
        pytest.param("2,X,1\n" * 20_000 + "2,X,3\n", id="equal, and one that is not"),
        pytest.param("".join(f"{n},X,x\n" for n in range(20_000)), id="numbers"),
        pytest.param("3,X,1\n" + "2,X,1\n" * 20_000, id="late"),
    ],
)
def test_bad_rows_cost_bounded_memory(rows: str, tmp_path: Path) -> None:
    used, reader = peak(written(tmp_path, HEADER + rows))
    assert reader.skipped.total >= 20_000
    assert used < 3_000_000  # some rooms of rows, whatever is wrong with them


def test_a_line_without_end_is_never_held(tmp_path: Path) -> None:
    """64 MB in 64 KB."""
    file = tmp_path / "p.csv.gz"
    with gzip.open(file, "wb", compresslevel=1) as out:
        out.write(HEADER.encode())
        for _ in range(64):
            out.write(b"0" * 2**20)
        out.write(b"\n3,X,5\n")
    used, reader = peak([file])
    assert (reader.good, reader.skipped.total) == (1, 1)
    assert used < 6 * LONGEST_LINE


@settings(deadline=None)
@given(st.lists(st.text(alphabet="ab\n", max_size=12)), st.integers(1, 8))
def test_bounded_lines_are_the_lines(parts: list[str], longest: int) -> None:
    text = "".join(parts).encode()
    whole = text.splitlines(keepends=True)
    found = list(bounded(BytesIO(text), longest))
    assert len(found) == len(whole)
    for line, plain in zip(found, whole, strict=True):
        assert line == plain or (line is None and len(plain) >= longest)
        assert line is None or len(line) <= longest


def test_raw_frames_are_refused_once(tmp_path: Path) -> None:
    file = tmp_path / "frames.jsonl"
    file.write_text('{"e":"trade","s":"BTCUSDT","p":"1.5","T":1}\n' * 20)
    told = list[str]()
    with pytest.raises(WrongUse, match=r"frames\.jsonl:1: has no asset.*tidegauge decode VENUE"):
        list(Reader([file], told.append, strict=False).frames())
    assert told == []
