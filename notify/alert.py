"""An alert on its way: its body, where it stands in the log, and what identifies it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from engine.alerts.matching import FIELDS

_HEAD = (
    *("id", "episode", "seq", "state", *FIELDS, "origin", "level", "peak", "drawdown", "figure"),
    *("value", "limit", "at", "peak_at", "began", "reason"),
    "words",
)
"""What is kept of an alert beside its deliveries: enough to tell it again when it still fires."""
_LONGEST_WORDS = 500


class LoggedAlert:
    """An alert of `alerts`. `body` is the whole, or after a restart what was kept of it."""

    def __init__(self, body: Mapping[str, Any], partition: int, offset: int) -> None:
        self.body, self.partition, self.offset = body, partition, offset
        self.id: str = body["id"]
        self.episode: str = body["episode"]
        self.index: str = body["index"]
        self.at: int = body["at"]
        self.fires: bool = body["state"] == "firing"

    @property
    def place(self) -> tuple[int, int]:
        """Partition and offset in `alerts`."""
        return self.partition, self.offset

    @cached_property
    def head(self) -> dict[str, Any]:
        """What identifies it and says what it is about."""
        found = {key: self.body[key] for key in _HEAD if key in self.body}
        words = (self.body.get("because") or {}).get("words")
        return found | {"words": words[:_LONGEST_WORDS]} if isinstance(words, str) else found

    def __repr__(self) -> str:
        return f"LoggedAlert({self.id}, {self.place})"
