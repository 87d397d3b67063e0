"""A tick frame as arrays: what is compiled of the Pricer takes it without an object for each trade.

Its columns stand behind one another in one block of 8-byte values, little-endian, which is also the
columnar form of `ticks` on the wire (`streams.columns`): `price` and `size` as floats, then `ts`,
`received`, `id` and `code` as integers.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress
from struct import pack
from typing import Final, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from engine.compiled import uncounted
from engine.records.bounds import Clock, Origin, RecordError, Side
from engine.records.ticks import Gap, Instrument, TickFrame
from engine.table import F64, I64

NO_ID: Final = -2
"""In the column `id`: a trade that has none."""
NAMED: Final = -1
"""In the column `id`: no number of 63 bits written without sign and leading zeros, but a text,
which stands among `names`."""
SEPARATOR: Final = "\n"
"""Between ids in the text that `read_ids` takes."""
OFF_BOOK: Final = 4
"""In the column `code`: the trade was made outside the order book. Above it stands the place of the
instrument, below it the side."""
PLACE: Final = 3
"""Bits of `code` below the place of the instrument."""
SIDES: Final[tuple[Side | None, ...]] = (None, "buy", "sell")
_CODES: Final = {side: code for code, side in enumerate(SIDES)}
COLUMNS: Final = 6
"""Each of 8 bytes a row."""
_HIGHEST: Final = 2**63 - 1
_FAULTS: Final = (
    "",
    "price and size must be finite",
    "ts and received must not be negative",
    "received decreases",
    "received is after the frame's now",
    "instrument points outside of instruments",
    "a side or an id is none",
)


class TickRows(NamedTuple):
    """Some rows of a frame, as a `TickFrame` has them."""

    instrument: list[int]
    price: list[float]
    size: list[float]
    id: list[str | None]
    ts: list[int]
    received: list[int]
    off_book: frozenset[int]
    """Counted from the first row of the frame."""


class PackedTicks:
    """A `TickFrame`, whose fields `now`, `origin`, `instruments`, `gaps`, `connector` and `clock`
    it shares. It has `rows` rows; `floats` and `ints` are their columns, `names` the ids that are
    no numbers, in order."""

    __slots__ = (
        *("now", "origin", "instruments", "gaps", "connector", "clock"),
        *("rows", "floats", "ints", "names", "items"),
    )

    def __init__(
        self,
        now: int,
        origin: Origin,
        instruments: Sequence[Instrument],
        gaps: Sequence[Gap],
        connector: str,
        clock: Clock,
        rows: int,
        block: bytes,
        offset: int,
        names: Sequence[str],
    ) -> None:
        """The columns stand in `block` from `offset` on, a multiple of 8."""
        self.now, self.origin, self.instruments, self.gaps = now, origin, instruments, gaps
        self.connector, self.clock, self.rows, self.names = connector, clock, rows, names
        self.floats: F64 = np.frombuffer(block, np.float64, 2 * rows, offset)
        self.ints: I64 = np.frombuffer(block, np.int64, 4 * rows, offset + 16 * rows)
        self.items = self.ints.data
        """The same integers; Python reads an item of these faster than one of the array."""

    @classmethod
    def of(cls, frame: TickFrame) -> PackedTicks:
        """The arrays of a frame. Raises RecordError where its columns are of unequal length."""
        block, names = packed(frame)
        return cls(
            *(frame.now, frame.origin, frame.instruments, frame.gaps, frame.connector),
            *(frame.clock, len(frame.id), block, 0, names),
        )

    def check(self) -> None:
        """What `TickFrame.check` sees to, and what its types do; raises RecordError."""
        if not self.rows:
            named = 0
        else:
            fault, named = _find_fault(
                self.floats, self.ints, self.rows, len(self.instruments), self.now
            )
            if fault:
                raise RecordError(_FAULTS[fault])
        if named != len(self.names):
            raise RecordError(f"{named} ids are texts, and there are {len(self.names)} texts")

    def received(self, row: int) -> int:
        """When a trade came in."""
        return self.items[self.rows + row]

    def place(self, row: int) -> int:
        """Which of the instruments was traded."""
        return self.items[3 * self.rows + row] >> PLACE

    def take(self, begin: int, end: int) -> TickRows:
        """TickRows begin … end as lists."""
        n, ints = self.rows, self.items
        floats = self.floats.data
        codes = ints[3 * n + begin : 3 * n + end].tolist()
        numbers = ints[2 * n + begin : 2 * n + end].tolist()
        return TickRows(
            [code >> PLACE for code in codes],
            cast("list[float]", floats[begin:end].tolist()),
            cast("list[float]", floats[n + begin : n + end].tolist()),
            self._ids(numbers, begin),
            ints[begin:end].tolist(),
            ints[n + begin : n + end].tolist(),
            frozenset(row for row, code in enumerate(codes, begin) if code & OFF_BOOK),
        )

    def _ids(self, numbers: list[int], begin: int) -> list[str | None]:
        if not self.names and NO_ID not in numbers:  # as a rule
            return list(map(str, numbers))
        n = self.rows
        before = self.items[2 * n : 2 * n + begin].tolist().count(NAMED)
        names = iter(self.names[before:])
        return [
            str(number) if number >= 0 else next(names) if number == NAMED else None
            for number in numbers
        ]

    def unpack(self) -> TickFrame:
        """The same as a frame of lists."""
        rows = self.take(0, self.rows)
        codes = self.items[3 * self.rows :].tolist()
        return TickFrame(
            *(self.now, self.origin, list(self.instruments), rows.instrument),
            *(rows.price, rows.size, [SIDES[code & 3] for code in codes], rows.id),
            *(rows.ts, rows.received, list(self.gaps), self.connector),
            *(tuple(sorted(rows.off_book)), self.clock),
        )


def packed(frame: TickFrame) -> tuple[bytes, list[str]]:
    """The columns of a frame as one block, and the ids that are no numbers.

    Raises RecordError where they are of unequal length.
    """
    rows, side = len(frame.id), _CODES
    codes = [
        place << PLACE | side[s] for place, s in zip(frame.instrument, frame.side, strict=True)
    ]
    for row in frame.off_book:
        codes[row] |= OFF_BOOK
    floats, ints = frame.price + frame.size, frame.ts + frame.received
    if (len(codes), len(floats), len(ints)) != (rows, 2 * rows, 2 * rows):
        raise RecordError("the columns have different numbers of rows")
    numbers, names = numbers_of(frame.id)
    # Several times as fast as numpy makes arrays of lists.
    return pack(f"<{2 * rows}d{4 * rows}q", *floats, *ints, *numbers, *codes), names


def numbers_of(ids: list[str | None]) -> tuple[list[int], list[str]]:
    """The column `id`, and the texts of those that are no numbers."""
    nameless = ids.count(None)
    told = [one or "" for one in ids] if nameless else ids
    text = SEPARATOR.join(told).encode("utf-8", "surrogatepass")  # type: ignore[arg-type]
    found = np.empty(len(ids), np.int64)
    if not read_ids(np.frombuffer(text, np.int8), found):  # one of them holds the separator
        for row, one in enumerate(told):
            text = (one or "").encode("utf-8", "surrogatepass")
            if not read_ids(np.frombuffer(text, np.int8), found[row : row + 1]):
                found[row] = NAMED
    numbers: list[int] = found.tolist()
    if nameless:
        numbers = [NO_ID if one is None else n for one, n in zip(ids, numbers, strict=True)]
    if NAMED not in numbers:
        return numbers, []
    return numbers, list(compress(told, [n == NAMED for n in numbers]))  # type: ignore[arg-type]


@uncounted
def read_ids(text: NDArray[np.int8], numbers: I64) -> bool:
    """Put the ids of a text into `numbers`; NAMED for what is no number of 63 bits, written without
    sign and leading zeros. False where there are more or fewer."""
    rows, row, number, digits, is_number = numbers.size, 0, 0, 0, True
    if not rows:
        return text.size == 0
    for i in range(text.size + 1):
        if i < text.size and text[i] != 10:
            digit = text[i] - 48
            if (
                not 0 <= digit <= 9
                or (digits == 1 and number == 0)
                or number > (_HIGHEST - digit) // 10
            ):
                is_number = False
            number = 10 * number + digit if is_number else 0
            digits += 1
            continue
        if row == rows:
            return False
        numbers[row] = number if is_number and digits else NAMED
        row, number, digits, is_number = row + 1, 0, 0, True
    return row == rows


@uncounted
def _find_fault(floats: F64, ints: I64, rows: int, instruments: int, now: int) -> tuple[int, int]:
    """The place in `_FAULTS` of what is wrong, 0 for nothing; and how many ids are texts."""
    last, named = 0, 0
    for row in range(rows):
        price, size, ts, received = floats[row], floats[rows + row], ints[row], ints[rows + row]
        number, code = ints[2 * rows + row], ints[3 * rows + row]
        if not (price - price == 0.0 and size - size == 0.0):
            return 1, 0
        if ts < 0 or received < 0:
            return 2, 0
        if received < last:
            return 3, 0
        last = received
        if not 0 <= code >> 3 < instruments:
            return 5, 0
        if code & 3 > 2 or number < -2:
            return 6, 0
        if number == -1:
            named += 1
    return (4 if last > now else 0), named
