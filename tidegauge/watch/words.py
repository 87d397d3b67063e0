"""Figures, times and statuses as a terminal shows them. No meaning is in a colour alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

NONE = "–"
STATUSES = {
    "live": ("● live", "green"),
    "degraded": ("◐ degraded", "magenta"),
    "stale": ("○ stale", "red"),
    "warming": ("… warming", "yellow"),
}
"""By status the word with a sign of its own, and its colour."""
SEVERITIES = {
    "critical": ("▲▲ critical", "bold red"),
    "warning": ("▲ warning", "yellow"),
    "info": ("· info", "cyan"),
}
RANKS = {"critical": 0, "warning": 1, "info": 2}
_UNITS = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def status_word(status: str | None) -> tuple[str, str]:
    """A status and its style."""
    return STATUSES.get(status or "", (status or "no data", "dim"))


def severity_word(severity: str | None) -> tuple[str, str]:
    """A severity and its style."""
    return SEVERITIES.get(severity or "", (severity or NONE, ""))


def figure_text(value: Any, display: str) -> str:
    """A figure as its card says that it is shown (`engine.metrics.machinery.card.DISPLAYS`)."""
    if value is None:
        return NONE
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or NONE
    if display == "time" or (isinstance(value, str) and display != "text"):
        return moment_text(str(value))
    if isinstance(value, str):
        return value
    match display:
        case "percent":
            return f"{value:.2%}"
        case "change":
            return f"{value:+.2%}"
        case "count":
            return f"{value:,.0f}"
        case "duration":
            return duration_text(value)
        case _:
            return f"{value:,.2f}"


def duration_text(seconds: float) -> str:
    """A time in its largest unit and the next: `2 d 3 h`."""
    left, parts = round(seconds), list[str]()
    for size, unit in _UNITS:
        if left >= size:
            parts.append(f"{left // size} {unit}")
            left %= size
        elif parts:
            break
        if len(parts) == 2:
            break
    return " ".join(parts) or "0 s"


def moment_text(text: str | None) -> str:
    """An RFC 3339 time: of today the time alone, else with its date; UTC, as everywhere."""
    if not text:
        return NONE
    try:
        at = datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return text
    today = datetime.now(UTC).date()
    return f"{at:%H:%M:%S}" if at.date() == today else f"{at:%Y-%m-%d %H:%M}"


def figure_of(row: Mapping[str, Any], path: str) -> Any:
    """What stands at a path; None where it leads nowhere."""
    found: Any = row
    for name in path.split("."):
        if not isinstance(found, Mapping):
            return None
        found = found.get(name)
    return found
