"""A rule in one line: `returns.1h below -0.05 for 10m clear -0.03`."""

from __future__ import annotations

import re
from typing import Any

from engine.alerts.rule import ABOVE, BELOW, EQUALS, HAS
from engine.toml_table import DefinitionError

_SIDES = {
    **dict.fromkeys((">", ">=", ABOVE), ABOVE),
    **dict.fromkeys(("<", "<=", BELOW), BELOW),
    **dict.fromkeys(("=", "==", EQUALS), EQUALS),
    HAS: HAS,
}
_SIGN = r">=|<=|==|>|<|=|\s(?:above|below|equals|has)\s"
_LINE = re.compile(rf"\s*(\S+?)\s*({_SIGN})\s*(\S+)((?:\s.*)?)")
_CLOCKS = ("for", "clear_for", "cooldown", "no_data")
_OTHERS = ("clear", "severity")


def parse_line(text: str) -> dict[str, Any]:
    """The table of a `[[rule]]`; raises DefinitionError.

    >>> parse_line("returns.1h < -0.05 for 10m severity critical")
    {'figure': 'returns.1h', 'below': -0.05, 'for': '10m', 'severity': 'critical'}
    """
    match = _LINE.fullmatch(text)
    words = match[4].split() if match else []
    if match is None or len(words) % 2:
        example = '"returns.1h below -0.05 for 10m clear -0.03"'
        raise DefinitionError(("rule",), f"expected a rule such as {example}, got {text!r}")
    side = _SIDES[match[2].strip()]
    found = {"figure": match[1], side: _number(match[3]) if side in (ABOVE, BELOW) else match[3]}
    for key, value in zip(words[::2], words[1::2], strict=True):
        if key not in (*_CLOCKS, *_OTHERS):
            known = ", ".join((*_CLOCKS, *_OTHERS))
            raise DefinitionError(("rule", key), f"unknown word in {text!r}; known are {known}")
        found[key] = _number(value) if key == "clear" else value
    return found


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text  # what reads the table says what is wrong with it
