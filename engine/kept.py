"""Mappings that stay as they are, so that whoever encodes them may keep the bytes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
