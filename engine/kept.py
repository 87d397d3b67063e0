"""Mappings that stay as they are, so that whoever encodes them may keep the bytes; and those that
are made when they are read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any


class Kept(dict[str, Any]):
    """A mapping that is handed out again and again and never changes.

    `encoded` is room for its bytes: None until somebody encodes it. They say the same as the
    mapping, so they are no state, and a fresh mapping without them gives the same bytes.
    """

    __slots__ = ("encoded",)

    def __init__(self, found: Mapping[str, Any]) -> None:
        super().__init__(found)
        self.encoded: bytes | None = None


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
