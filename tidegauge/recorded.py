"""Recorded prices: CSV and JSON lines to frames of the engine, instant by instant."""

from __future__ import annotations

import csv
import gzip
import hashlib
import heapq
import itertools
import math
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from io import BufferedReader
from pathlib import Path
from typing import IO, Any, NamedTuple

import orjson

from engine.definitions import ASSET, LAST_YEAR
from engine.pricing.pricer import LARGEST, SMALLEST
from engine.types import DAY, SECOND, AssetFrame, Instrument, Origin, TickFrame
from tidegauge.errors import WrongUse

COLUMNS = ("ts", "asset", "price", "size", "venue", "quote", "market_cap", "supply")
END_OF_TIME = (date(LAST_YEAR + 1, 1, 1) - date(1970, 1, 1)).days * DAY
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OTHER_UNITS = {"seconds": SECOND, "milliseconds": 1_000_000, "microseconds": 1_000}
_MARKET = range(1_230_768_000 * SECOND, 4_102_444_800 * SECOND)
"""ns of the years 2009 to 2099, from the first bitcoin on: what recorded prices are of."""
_FRACTION = re.compile(r"[.,](\d+)")
_ROWS_PER_FRAME = 2000
"""Enough that the cost of a record vanishes, few enough to keep a frame under 100 KB."""


class Row(NamedTuple):
    """One recorded price. `venue` is empty for an asset price in USD."""

    ts: int
    asset: str
    price: float
    size: float
    venue: str
    quote: str
    market_cap: float
    supply: float


class BadRowError(ValueError):
    """A row that cannot be used, with the reason."""


class Reader:
    """Reads files of recorded prices, merged by time; bad rows are reported, counted, skipped.

    `report` gets one line of text a bad row; with `strict` the first one raises WrongUse.
    """

    def __init__(self, files: Iterable[Path], report: Callable[[str], None], strict: bool) -> None:
        self.files, self.report, self.strict = list(files), report, strict
        self.good = self.bad = 0
        self.capped: set[str] = set()
        """The assets of which some row told a market cap or a supply."""

    def rows(self) -> Iterator[Row]:
        """All usable rows in order of time; rows of equal time keep the order of the files."""
        return heapq.merge(*(self._file(f) for f in self.files), key=lambda row: row.ts)

    def first_times(self) -> dict[str, int]:
        """The names in the asset column of all files, and the first time (ns) of each; without
        further checks, so a name that has no readable time has the end of time."""
        found: dict[str, int] = {}
        for file in self.files:
            here: set[str] = set()
            with _open(file) as lines:
                for _, mapping in _mappings(file, lines):
                    asset = str(mapping.get("asset", ""))
                    if asset not in here:
                        try:
                            at = parse_ts(mapping.get("ts"))
                            here.add(asset)
                        except BadRowError:
                            at = END_OF_TIME
                        found[asset] = min(at, found.get(asset, END_OF_TIME))
        return found

    def digest(self) -> str:
        """SHA-256 over the files' contents, hexadecimal."""
        total = hashlib.sha256()
        for file in self.files:
            with _readable(file) as raw:
                total.update(hashlib.file_digest(raw, "sha256").digest())
        return total.hexdigest()

    def _file(self, file: Path) -> Iterator[Row]:
        latest = 0
        with _open(file) as lines:
            for number, mapping in _mappings(file, lines):
                try:
                    row = parse_row(mapping)
                    if row.ts < latest:
                        raise BadRowError(
                            "is older than the row before; rows stand in order of time"
                        )
                except BadRowError as error:
                    self._refuse(f"{file}:{number}: {error}")
                    continue
                latest = row.ts
                self.good += 1
                if row.market_cap > 0.0 or row.supply > 0.0:
                    self.capped.add(row.asset)
                yield row

    def _refuse(self, text: str) -> None:
        if self.strict:
            raise WrongUse(text)
        self.bad += 1
        self.report(f"{text}; skipped")


def _readable(file: Path) -> BufferedReader:
    try:
        return file.open("rb")
    except OSError as error:
        raise WrongUse(f"{file}: cannot be read: {error.strerror}") from error


def _open(file: Path) -> IO[bytes]:
    raw = _readable(file)
    return gzip.open(raw) if file.suffix == ".gz" else raw  # type: ignore[return-value]


def _mappings(file: Path, lines: IO[bytes]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Line number and columns of every row. What cannot be split has the key `error`."""
    try:
        if file.name.removesuffix(".gz").endswith((".jsonl", ".ndjson", ".json")):
            yield from _json_lines(lines)
        else:
            yield from _csv(file, lines)
    except (OSError, EOFError, zlib.error) as error:
        raise WrongUse(f"{file}: cannot be unpacked: {error}") from error


def _json_lines(lines: IO[bytes]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            value = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            value = {"error": f"is not JSON: {error}"}
        yield number, value if isinstance(value, dict) else {"error": "is not a JSON object"}


def _csv(file: Path, lines: IO[bytes]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    names = [name.strip().lstrip("\ufeff") for name in _split(next(lines, b"")) or []]
    missing = [name for name in COLUMNS[:3] if name not in names]
    if missing:
        raise WrongUse(
            f"{file}:1: the header lacks {', '.join(missing)}; "
            f"expected ts,asset,price and optionally {','.join(COLUMNS[3:])}"
        )
    for number, line in enumerate(lines, 2):
        values = _split(line)
        if values is None:
            yield number, {"error": "a quotation mark in it is not closed on the same line"}
        elif len(values) == len(names):
            yield number, dict(zip(names, values, strict=True))
        elif values != [""]:
            error = f"has {len(values)} columns, the header {len(names)}"
            yield number, {"error": error}


def _split(line: bytes) -> list[str] | None:
    """The columns of a line of CSV; None where a quotation mark stays open.

    A row is a line: one stray quotation mark would else swallow all rows up to the next one.
    """
    text = line.decode("utf-8", "replace").rstrip("\r\n")
    if '"' not in text:
        return text.split(",")
    try:
        return next(csv.reader([text], strict=True), [""])
    except csv.Error:
        return None


def parse_row(mapping: Mapping[str, Any]) -> Row:
    """Check one row's columns; raises BadRowError."""
    if "error" in mapping:
        raise BadRowError(mapping["error"])
    asset, venue = str(mapping.get("asset", "")), str(mapping.get("venue") or "")
    if not ASSET.fullmatch(asset):
        raise BadRowError(f"asset {asset!r} is not a name such as BTC")
    price = _number(mapping, "price")
    if not SMALLEST <= price <= LARGEST:
        told = f"is not a positive number from {SMALLEST:g} to {LARGEST:g}"
        raise BadRowError(f"price {mapping.get('price')!r} {told}")
    size = _number(mapping, "size") if mapping.get("size") not in (None, "") else 0.0
    if not 0.0 <= size < math.inf:
        raise BadRowError(f"size {mapping.get('size')!r} is not a number of at least 0")
    quote = str(mapping.get("quote") or "USD")
    if not venue and quote != "USD":
        raise BadRowError(f"quote {quote!r}: a price without a venue is in USD")
    known = [_number(mapping, name) for name in ("market_cap", "supply")]
    # 0 stands for unknown in recordings of market caps.
    cap, supply = (v if 0.0 < v < math.inf else math.nan for v in known)
    return Row(parse_ts(mapping.get("ts")), asset, price, size, venue, quote, cap, supply)


def _number(mapping: Mapping[str, Any], name: str) -> float:
    value = mapping.get(name)
    if value is None or value == "":
        return math.nan
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise BadRowError(f"{name} {value!r} is not a number") from error


def parse_ts(value: Any) -> int:
    """Int ns as they are; ISO 8601 to ns; a bare date is its close, the next 00:00 UTC.

    Raises BadRowError, also for a time outside of 1970 to 2200 and for a number of seconds,
    milliseconds or microseconds.

    >>> parse_ts("1970-01-01"), parse_ts("1970-01-01T00:00:00.000000001Z"), parse_ts(7)
    (86400000000000, 1, 7)
    """
    text = str(value).strip()
    whole = text.isascii() and text.isdigit()
    ns = int(text[:20]) if whole else _iso(value, text)  # 20 digits are beyond any time
    if not 0 <= ns < END_OF_TIME:
        raise BadRowError(f"ts {text[:30]!r} is not a time from 1970 to {LAST_YEAR}")
    if whole:
        for unit, size in _OTHER_UNITS.items():
            if ns * size in _MARKET:
                raise BadRowError(f"ts {value!r} looks like {unit}; expected nanoseconds")
    return ns


def _iso(value: Any, text: str) -> int:
    try:
        if len(text) == 10:
            days = date.fromisoformat(text).toordinal() - date(1970, 1, 1).toordinal()
            return (days + 1) * DAY
        fraction = _FRACTION.search(text)
        moment = datetime.fromisoformat(_FRACTION.sub("", text, count=1))
    except ValueError as error:
        raise BadRowError(f"ts {value!r} is neither ISO 8601 nor integer nanoseconds") from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    ns = (moment - _EPOCH) // timedelta(seconds=1) * SECOND
    return ns + int(fraction[1][:9].ljust(9, "0")) if fraction else ns


def frames(
    rows: Iterable[Row], origin: Origin, every: int | None = None
) -> Iterator[AssetFrame | TickFrame]:
    """Rows in order of time to frames that never split an instant, nor a slot of `every` ns.

    Within an instant asset prices come before the trades of venues.
    """
    pending: list[Row] = []
    kinds: set[bool] = set()
    for ts, group in itertools.groupby(rows, key=lambda row: row.ts):
        instant = list(group)
        here = {bool(row.venue) for row in instant}
        if pending:
            crossed = every is not None and (ts - 1) // every > (pending[0].ts - 1) // every
            if crossed or here != kinds or len(here) > 1 or len(pending) >= _ROWS_PER_FRAME:
                yield from _frame(pending, origin)
                pending = []
        pending += instant
        kinds = here
    if pending:
        yield from _frame(pending, origin)


def _frame(rows: list[Row], origin: Origin) -> Iterator[AssetFrame | TickFrame]:
    prices = [row for row in rows if not row.venue]
    trades = [row for row in rows if row.venue]
    if prices:
        columns = [list(c) for c in zip(*prices, strict=True)]
        ts, asset, price, *_, cap, supply = columns
        yield AssetFrame(prices[-1].ts, origin, asset, ts, price, cap, supply)
    if trades:
        markets = [
            Instrument(r.venue, f"{r.asset}-{r.quote}", r.asset, r.quote, "spot", False)
            for r in trades
        ]
        instruments = list(dict.fromkeys(markets))
        place = {instrument: k for k, instrument in enumerate(instruments)}
        yield TickFrame(
            now=trades[-1].ts,
            origin=origin,
            instruments=instruments,
            instrument=[place[market] for market in markets],
            price=[r.price for r in trades],
            size=[r.size for r in trades],
            side=[None] * len(trades),
            id=[None] * len(trades),
            ts=[r.ts for r in trades],
            received=[r.ts for r in trades],
            gaps=[],
        )
