"""Mappings that stay as they are, so that whoever encodes them may keep the bytes; those of which
only some numbers change; and those that are made when they are read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from engine.table import F64


class _Slot:
    """The type of `SLOT`."""

    def __repr__(self) -> str:
        return "SLOT"


SLOT: Final = _Slot()
"""Where a value stands in a `Slotted`."""


class Kept(dict[str, Any]):
    """A mapping that is handed out again and again and never changes.

    `encoded` is room for its bytes: None until somebody encodes it. They say the same as the
    mapping, so they are no state, and a fresh mapping without them gives the same bytes.
    """

    __slots__ = ("encoded",)

    def __init__(self, found: Mapping[str, Any]) -> None:
        super().__init__(found)
        self.encoded: bytes | None = None


class Slotted(Kept):
    """A mapping with a `SLOT` wherever a value changes oftener than the rest.

    `between` is room for the bytes around the slots.
    """

    __slots__ = ("between",)

    def __init__(self, found: Mapping[str, Any]) -> None:
        super().__init__(found)
        self.between: list[bytes] | None = None


class Joined(dict[str, Any]):
    """A mapping put together from `parts`, which have no name in common: some of them are kept.

    Where all are, `encoded` is room for the bytes of the whole.
    """

    __slots__ = ("encoded", "parts")

    def __init__(self, parts: Iterable[Mapping[str, Any]]) -> None:
        super().__init__()
        self.encoded: bytes | None = None
        self.parts = tuple(parts)
        for part in self.parts:
            self.update(part)


class Sheet:
    """What stands in the slots of several templates: `first` and `last` in those of each of them,
    and between these its own of the `numbers`, NaN for null.

    `encoded` is room for the bytes of `first`, of each number, and of `last`.
    """

    __slots__ = ("encoded", "first", "last", "numbers")

    def __init__(self, first: tuple[Any, ...], numbers: F64, last: tuple[Any, ...]) -> None:
        self.first, self.numbers, self.last = first, numbers, last
        self.encoded: tuple[list[bytes], list[bytes], list[bytes]] | None = None


class Late(Mapping[str, Any]):
    """A mapping that `make` gives of what is `known`, when it is read first: once, and nothing that
    changes meanwhile may be among it. Whoever never reads it pays nothing."""

    __slots__ = ("_found", "_known", "_make")

    def __init__(self, make: Callable[..., dict[str, Any]], known: tuple[Any, ...]) -> None:
        self._make, self._known = make, known
        self._found: dict[str, Any] | None = None

    def plain(self) -> dict[str, Any]:
        """The mapping, not to be changed."""
        if self._found is None:
            self._found, self._known = self._make(*self._known), ()
        return self._found

    def __getitem__(self, key: str) -> Any:
        return self.plain()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.plain())

    def __len__(self) -> int:
        return len(self.plain())

    def __repr__(self) -> str:
        return repr(self.plain())

    def __reduce__(self) -> tuple[type[dict[str, Any]], tuple[dict[str, Any]]]:
        return dict, (self.plain(),)  # for another process, and for copies


class Filled(Late):
    """A template with the numbers `begin` to `end` of a sheet in its slots."""

    __slots__ = ("begin", "end", "sheet", "template")

    def __init__(self, template: Slotted, sheet: Sheet, begin: int, end: int) -> None:
        super().__init__(_filled, (template, sheet, begin, end))
        self.template, self.sheet, self.begin, self.end = template, sheet, begin, end


def _filled(template: Slotted, sheet: Sheet, begin: int, end: int) -> dict[str, Any]:
    numbers = or_none(sheet.numbers[begin:end])
    found: dict[str, Any] = fill(template, iter([*sheet.first, *numbers, *sheet.last]))
    return found


def or_none(numbers: F64) -> list[float | None]:
    """Plain numbers, None for NaN."""
    return [None if number != number else number for number in numbers.tolist()]


def fill(value: Any, numbers: Iterator[Any]) -> Any:
    """A value with the next of the numbers in each slot; what has none may be the very same."""
    if value is SLOT:
        return next(numbers)
    if isinstance(value, dict) and type(value) is not Kept:
        return {name: fill(each, numbers) for name, each in value.items()}
    if isinstance(value, list):
        return [fill(each, numbers) for each in value]
    return value
