"""Figures with a reason where there is none: the typed undefined of every metric."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.table import F64, I64
from engine.types import SECOND

IN_WORDS = {
    "not_started": "the index has not started",
    "too_few": "too few observations yet",
    "too_short": "the history is too short for this yet",
    "no_price": "no price at or near the start of the period",
    "no_loss": "there has been no loss",
    "no_rise": "the benchmark has not risen yet",
    "no_fall": "the benchmark has not fallen yet",
    "zero_variance": "the returns do not vary",
    "cf_domain": "the Cornish-Fisher expansion does not hold for this skew and kurtosis",
    "not_recovered": "not recovered yet",
    "no_drawdown": "there has been no drawdown",
    "unobserved": "not observed",
    "no_turn": "no move of 20 % from an extreme yet",
    "nothing_filled": "no missed trades were fetched within a day",
    "no_gain": "there has been no gain",
}
"""Every reason for which a figure of an index can be null, as people read it."""
REASONS = ("", *IN_WORDS)
"""By their codes in columns; 0 is a figure that holds."""
_CODE = {reason: code for code, reason in enumerate(REASONS)}

ZERO_RETURN = 1e-14
"""A return of smaller magnitude is rounding of the level (2⁻⁵³ each side), not a move."""
ZERO_DEVIATION = 1e-12
"""A standard deviation below this is rounding of returns; ratios over it say nothing."""


def settled(changes: F64) -> F64:
    """Returns, or falls, with what is only rounding set to 0."""
    return np.where(np.abs(changes) < ZERO_RETURN, 0.0, changes)


def settled_return(change: float) -> float:
    """A return that is only rounding is 0."""
    return 0.0 if abs(change) < ZERO_RETURN else change


_EXACT = 1 << 53
"""Integers beyond it are not all floats."""


def seconds(ns: I64) -> F64:
    """Times as seconds, rounded once also beyond 2⁵³ ns (104 days)."""
    found: F64 = ns / SECOND
    for k in np.flatnonzero(np.abs(ns) > _EXACT).tolist():
        found[k] = ns.item(k) / SECOND
    return found


class Column(NamedTuple):
    """One figure of every row: values, and reason codes that are 0 where the value holds."""

    values: NDArray[Any]
    codes: NDArray[np.uint8]

    def over(self, other: Column) -> Column:
        """This figure divided by another; undefined where either is."""
        codes = np.where(self.codes > 0, self.codes, other.codes)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            return Column(self.values / other.values, codes)

    def times(self, factor: float | F64) -> Column:
        """This figure scaled."""
        return Column(self.values * factor, self.codes)


def column(values: NDArray[Any], *undefined: tuple[NDArray[np.bool_], str]) -> Column:
    """Values with reasons; of several (mask, reason) that apply to a row the first one counts."""
    codes = np.zeros(len(values), dtype=np.uint8)
    for mask, reason in reversed(undefined):
        codes[mask] = _CODE[reason]
    return Column(values, codes)


def few(n: I64, seen: I64, least: int) -> tuple[tuple[NDArray[np.bool_], str], ...]:
    """The reasons of a table that has taken too few of what there was (`seen`): it may have come
    later than the index, with a newer version."""
    short = n < least
    return ((short & (seen >= least), "unobserved"), (short, "too_few"))


class Undefined:
    """Collects the reasons of one snapshot's nulls."""

    def __init__(self, reasons: dict[str, str] | None = None) -> None:
        self.reasons: dict[str, str] = {} if reasons is None else reasons

    def nulls(self, path: str, names: tuple[str, ...], reason: str) -> dict[str, None]:
        """A mapping of nulls with one reason."""
        for name in names:
            self.reasons[f"{path}.{name}"] = reason
        return dict.fromkeys(names)
