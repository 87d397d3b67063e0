"""One TOML table, read with checks: every complaint leads to the key that it is about."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, NoReturn

from engine.numbers import number
from engine.types import DAY, HOUR, MINUTE, SECOND

_DURATION = re.compile(r"([0-9]{1,12})(s|m|h|d)")
_UNITS = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY}

LONGEST_MESSAGE, LONGEST_KEY = 400, 60
"""Characters of a message, and of a key in its path: both may quote what is as long as a file."""


class DefinitionError(ValueError):
    """A definition that cannot be used. `path` leads to the offending key, outermost first; "[1]"
    in it is the second table of a list."""

    def __init__(self, path: tuple[str, ...], message: str) -> None:
        message = _cut(message, LONGEST_MESSAGE)
        super().__init__(f"{dotted(tuple(_cut(key, LONGEST_KEY) for key in path))}: {message}")
        self.path = path
        self.message = message


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest]}…"


def dotted(path: tuple[str, ...]) -> str:
    """A path as it is shown.

    >>> dotted(("index", "X", "change", "[1]", "at"))
    'index.X.change[1].at'
    """
    return ".".join(path).replace(".[", "[")


def parse_duration(text: object, path: tuple[str, ...] = ()) -> int:
    """A duration such as 30d, 48h or 1s in ns; raises DefinitionError.

    >>> parse_duration("90s")
    90000000000
    """
    match = _DURATION.fullmatch(text) if isinstance(text, str) else None
    ns = int(match[1]) * _UNITS[match[2]] if match else 0
    if not 0 < ns < 2**63:  # times are int64
        message = f'expected a duration such as "30d", "48h" or "1s", got {text!r}'
        raise DefinitionError(path, message)
    return ns


class TomlTable:
    """One TOML table being read: typed look-ups that fail with the key's path."""

    def __init__(self, path: tuple[str, ...], table: Mapping[str, Any]) -> None:
        if not isinstance(table, Mapping):
            raise DefinitionError(path, f"expected a table, got {table!r}")
        self.path, self.table, self.seen = path, table, set[str]()

    def where(self) -> str:
        """The table's own place, as it is shown."""
        return dotted(self.path)

    def fail(self, key: str, message: str) -> NoReturn:
        """Raise DefinitionError about this key."""
        raise DefinitionError((*self.path, key), message)

    def get(self, key: str, default: Any = None) -> Any:
        """The value as it stands, or the default."""
        self.seen.add(key)
        return self.table.get(key, default)

    def number(self, key: str, default: float, low: float, high: float = math.inf) -> float:
        """A finite number in [low, high)."""
        value = self.get(key, default)
        try:
            found = math.nan if isinstance(value, str) else number(value)
        except ValueError:
            found = math.nan
        if not low <= found < high:
            bounds = " that is finite" if low == -math.inf else f" of at least {low:g}"
            bounds += "" if high == math.inf else f" and below {high:g}"
            self.fail(key, f"expected a number{bounds}, got {value!r}")
        return found

    def choice(self, key: str, default: str, choices: Collection[str]) -> str:
        """One of these texts."""
        value = self.get(key, default)
        if not isinstance(value, str) or value not in choices:
            self.fail(key, f"expected one of {', '.join(choices)}, got {value!r}")
        return str(value)

    def duration(self, key: str, default: str, low: int, high: int) -> int:
        """A duration as text or in ns, in ns."""
        value = self.get(key, default)
        if isinstance(value, int) and not isinstance(value, bool):
            ns = value  # the canonical form
        else:
            ns = parse_duration(value, (*self.path, key))
        if not low <= ns <= high:
            self.fail(key, f"{value!r} is out of range ({low // SECOND} s to {high // SECOND} s)")
        return ns

    def names(
        self, key: str, default: tuple[str, ...], valid: Callable[[str], object], rule: str
    ) -> list[str]:
        """A list of distinct texts that are valid; `rule` says what is, for messages."""
        value = self.get(key, list(default))
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            self.fail(key, f"expected a list of names, got {value!r}")
        for name in value:
            if not valid(name):
                self.fail(key, f"{name!r} is not a valid name ({rule})")
        if len(set(value)) < len(value):
            self.fail(key, f"a name stands twice in {value!r}")
        return value

    def numbers_by_name(self, key: str, low: float, high: float = math.inf) -> dict[str, float]:
        """A table of numbers in [low, high)."""
        value = self.get(key, {})
        if not isinstance(value, Mapping):
            self.fail(key, f"expected a table of numbers, got {value!r}")
        table = TomlTable((*self.path, key), value)
        return {name: table.number(name, math.nan, low, high) for name in value}

    def close(self) -> None:
        """Refuse keys that nobody asked for."""
        for key in self.table:
            if key not in self.seen:
                self.fail(key, "unknown key")
