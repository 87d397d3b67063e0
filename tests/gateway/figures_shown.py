"""How the screens show a figure, said a second time: what stands there is held against this."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from typing import Any

DASH = "–"


def _number(value: float, digits: int) -> str:
    # As browsers round: halves away from zero, of the shortest decimal that is this number.
    from decimal import ROUND_HALF_UP, Decimal

    exact = Decimal(repr(value)).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    text = f"{exact:,.{digits}f}"
    return text.replace("-", "−") if re.search("[1-9]", text) else text.replace("-", "")


def money(value: float) -> str:
    size = abs(value)
    if 0 < size < 0.001:
        return f"{value:.5g}"
    return _number(value, 2 if size >= 10 or size == 0 else 4 if size >= 0.1 else 6)


def percent(value: float) -> str:
    size = abs(value * 100)
    return _number(value * 100, 0 if size >= 1000 else 1 if size >= 100 else 2) + "%"


def change(value: float) -> str:
    text = percent(value)
    return f"+{text}" if value > 0 and re.search("[1-9]", text) else text


def duration(seconds: float) -> str:
    units = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))
    for place, (name, size) in enumerate(units):
        if seconds >= size:
            text = f"{math.floor(seconds / size)}{name}"
            if place == 3:
                return text
            smaller, step = units[place + 1]
            rest = math.floor(seconds % size / step)
            return f"{text} {rest}{smaller}" if rest else text
    return "<1s" if seconds > 0 else "0s"


def moment(text: str) -> str:
    at = datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


_KINDS = {
    "money": money,
    "percent": percent,
    "change": change,
    "duration": duration,
    "count": lambda value: _number(value, 0),
    "number": lambda value: _number(value, 1),
    "ratio": lambda value: _number(value, 0 if abs(value) >= 1000 else 2),
}


def shown(display: str, value: Any) -> str:
    """A figure by its card's kind of display."""
    if value is None:
        return DASH
    if isinstance(value, str):
        return moment(value) if re.match(r"\d{4}-\d\d-\d\dT", value) else value
    return _KINDS[display](value)
