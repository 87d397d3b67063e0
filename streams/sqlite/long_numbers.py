"""Long numbers taken out of texts, and put back to the byte.

Times and ids are most of what is new from one record to the next, and their digits compress badly.
So each leaves a mark in its text, and those of one name (`"ts":`) are kept together, as steps from
one to the next.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from time import sleep
from typing import NamedTuple

import numpy as np
import orjson

LONGEST = 1 << 16
"""Bytes of a text: to search a longer one would hold up other threads for milliseconds."""
_CONTROL = bytes(range(32))
_END = b"\n"
"""Of a text, where another follows."""
_MARKS = _CONTROL.replace(_END, b"")
"""What stands in the place of a number: a byte for each name."""
_NO_MARKS = bytes(byte for byte in range(256) if byte not in _MARKS)
_ONE_MARK = bytes(_MARKS[0] if byte in _MARKS else byte for byte in range(256))
"""For `translate`: all marks become the first."""
_NUMBER = re.compile(rb'([1-9](?<=[:\[,"].)(?:\d{8,17}|(?<!9)\d{18}))(?=[,\]}"])')
"""Of nine digits or more, without a leading zero and below 9e18: the integer tells all of it, and
the step from one to another has 64 bits. What stands around it shuts out parts of a number."""
_SHARE = 5
"""Numbers are taken out where they are more than one in so many bytes. In texts with fewer of them
they are mostly those of a moment ago, and are compressed better as they stand."""
_SAMPLE = 16
"""That is looked at in one of so many texts."""
_AT_ONCE = 20
"""Texts after which other threads may go on, which is some 0.1 ms: they would else wait for 5 ms,
when Python ends a thread's turn."""
_Found = dict[bytes, tuple[bytes, list[bytes]]]
"""By name, in the order of the marks: its mark and its numbers."""


class Numbers(NamedTuple):
    """Texts without their long numbers."""

    text: bytes
    """One text after the other, with marks."""
    shapes: Sequence[tuple[int, int]]
    """By mark, how many numbers there are, and the unit of the steps between them: their greatest
    common divisor."""
    steps: bytes
    """By mark, the steps in that unit as integers of 8 bytes: the lowest byte of all, then the next
    one. The higher ones are nearly all alike."""


def is_text(value: bytes) -> bool:
    """Whether a value is one that `take_out` takes, as all short JSON of ours is: it has no control
    characters."""
    return len(value) <= LONGEST and len(value.translate(None, _CONTROL)) == len(value)


def take_out(texts: Sequence[bytes]) -> Numbers:
    """Texts without their long numbers, if that is worth it."""
    if not _has_many(texts):
        return Numbers(_END.join(texts), (), b"")
    found: _Found = {}
    marked = list[bytes]()
    for text in texts:
        if len(marked) % _AT_ONCE == 0:
            sleep(0)
        marked.append(_marked(text, found))
    shapes, steps = list[tuple[int, int]](), list[bytes]()
    for _, numbers in found.values():
        unit, stored = _to_steps(numbers)
        shapes.append((len(numbers), unit))
        steps.append(stored)
    return Numbers(_END.join(marked), shapes, b"".join(steps))


def put_back(numbers: Numbers) -> list[bytes]:
    """The inverse of `take_out`; of no texts it is an empty one."""
    text, shapes, steps = numbers
    if not shapes:
        return text.split(_END)
    begin, found = 0, list[Iterator[bytes]]()
    for count, unit in shapes:
        found.append(_from_steps(steps[begin : begin + 8 * count], unit))
        begin += 8 * count
    next_of = dict(zip(_MARKS, found, strict=False)).__getitem__
    marks = text.translate(None, _NO_MARKS)
    parts = [b""] * (2 * len(marks) + 1)
    parts[::2] = text.translate(_ONE_MARK).split(_MARKS[:1])
    parts[1::2] = map(next, map(next_of, marks))
    return b"".join(parts).split(_END)


def _has_many(texts: Sequence[bytes]) -> bool:
    sample = _END.join(texts[::_SAMPLE])
    return sum(map(len, _NUMBER.findall(sample))) * _SHARE > len(sample)


def _marked(text: bytes, found: _Found) -> bytes:
    """A text with marks; its numbers are added to those `found`."""
    parts, name = _NUMBER.split(text), b""
    for place in range(1, len(parts), 2):
        before = parts[place - 1]
        end = before.rfind(b'":')
        if end >= 0:  # else it is one more of the same list
            name = before[before.rfind(b'"', 0, end) : end]
        if name not in found:
            if len(found) == len(_MARKS):
                continue  # it stays in the text
            found[name] = _MARKS[len(found) : len(found) + 1], []
        mark, numbers = found[name]
        numbers.append(parts[place])
        parts[place] = mark
    return b"".join(parts)


def _to_steps(numbers: Sequence[bytes]) -> tuple[int, bytes]:
    steps = np.diff(np.array([*map(int, numbers)], np.int64), prepend=0)
    unit = int(np.gcd.reduce(steps))
    return unit, (steps // unit).view(np.uint8).reshape(-1, 8).T.tobytes()


def _from_steps(stored: bytes, unit: int) -> Iterator[bytes]:
    lowest_first = np.frombuffer(stored, np.uint8).reshape(8, -1)
    steps = np.ascontiguousarray(lowest_first.T).view(np.int64)
    found = orjson.dumps(np.cumsum(steps * unit), option=orjson.OPT_SERIALIZE_NUMPY)
    return iter(found[1:-1].split(b","))
