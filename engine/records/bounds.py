"""The bounds that fields of records share, and the error for what breaks one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, NewType, Self

import msgspec
from msgspec import Meta

from engine.names import INDEX_ID
from engine.types import SECOND

INT64 = 2**63 - 1
LAST_TIME = 7_258_118_400 * SECOND
"""2200-01-01. Later times are mistakes, and with a bar or a period added they could leave int64."""
DEEPEST = 12
"""How deep a free mapping may nest, about twice of what ours do. Deeper ones could be read and
never be written again, for encoders stop at some hundred levels."""

Kind = Literal["spot", "perpetual", "future", "option"]
Side = Literal["buy", "sell"]
Origin = Literal["live", "backfill", "replay"]
Clock = Literal["", "stepped"]

Time = Annotated[int, Meta(ge=0, le=LAST_TIME)]
Stamp = Annotated[int, Meta(ge=0, le=INT64)]
"""A time as a venue gives it. What is absurd in one is for the gate to refuse, trade by trade."""
Count = Annotated[int, Meta(ge=0, le=INT64)]
"""Of things, and an offset or a sequence."""
Seq = Annotated[int, Meta(ge=0, lt=2**53)]
"""A sequence that is published: exact in every program, also where all numbers are floats. A
million records a second take 285 years to come here."""
Price = Annotated[float, Meta(gt=0.0)]
Text = Annotated[str, Meta(min_length=1, max_length=200)]
"""A name. The longest of ours, the symbol of an option, has some forty characters."""
Word = Annotated[str, Meta(max_length=200)]
"""A name that may be empty."""
IndexId = Annotated[str, Meta(pattern=rf"\A{INDEX_ID.pattern}\Z")]


def _free(depth: int) -> Any:
    """The type of JSON that can be written again: not too deep, with integers of 64 bits."""
    plain = None | bool | Annotated[int, Meta(ge=-INT64, le=INT64)] | float | str
    if depth == 0:
        return plain
    # By a name: a type's hash goes through all that is in it, twice as much at each depth.
    name: Any = NewType
    inner = name(f"Free{depth}", _free(depth - 1))
    return plain | list[inner] | dict[str, inner]  # type: ignore[valid-type]


if TYPE_CHECKING:
    FreeMapping = dict[str, Any]
else:
    FreeMapping = dict[str, _free(DEEPEST - 1)]


class RecordError(ValueError):
    """A record breaks a bound. The text is the reason, fit for a person."""


class Body(msgspec.Struct, frozen=True):
    """What a record holds. Equal where all fields are; never changed, only replaced."""

    def _replace(self, **changes: Any) -> Self:
        """The same with other values in some fields, as named tuples have it."""
        return msgspec.structs.replace(self, **changes)

    def check(self) -> None:
        """Raises RecordError where fields that are sound each do not fit together."""


def check_rows(record: Body, columns: Sequence[str], rows: int) -> None:
    """All these columns have so many rows."""
    for name in columns:
        column = getattr(record, name)
        if len(column) != rows:
            raise RecordError(f"column {name} has {len(column)} rows, the first column {rows}")


def check_instants(name: str, times: list[int], now: int) -> None:
    """Times of rows do not decrease and end at `now` or before."""
    if not times:
        return
    # Sorting what is sorted is the fastest way to see in Python that it was.
    if len(times) > 1 and times != sorted(times):
        raise RecordError(f"{name} decreases")
    if times[-1] > now:
        raise RecordError(f"{name} is after the frame's now")


def check_span(what: str, start: int, end: int) -> None:
    """A span of time does not end before it starts."""
    if start > end:
        raise RecordError(f"{what} ends before it starts")
