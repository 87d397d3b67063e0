"""One strict reader of numbers: what it takes is what a grammar takes, and nothing of Python's."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from connectors.venues.fields import json_number, text_number
from connectors.venues.fields import number as field
from engine.numbers import LONGEST_NUMBER, decimal, number, whole

DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
WHOLE = re.compile(r"[+-]?[0-9]+")
FORMS = (
    *("true", "1_000", "nan", "NaN", "inf", "-Infinity", "0x10", "1e", "1e5.0", ".", "", "+"),
    *(" 1", "1 ", "1\n", "1\x1f", "\u00a01", "1 000", "1,5", "1d", "1L", "١٢", "１２", "1²", "−1"),
    *("1e400", "-1e999", "1\x00", "1.2.3", "e5", "_1", "1_", "0b1", "1j", "½", "--1"),
)
"""Nothing of this is a number; float() takes many of them."""


def reference(text: str) -> float | None:
    """The exact value rounded once, where the grammar has the text and the value is finite."""
    match = DECIMAL.fullmatch(text)
    if len(text) > LONGEST_NUMBER or match is None:
        return None
    # Decimal's own exponents end somewhere beyond 10^17; every float is far inside.
    value = float(text if match[2] and len(match[2]) > 10 else Decimal(text))
    return value if math.isfinite(value) else None


def read(text: str) -> float | None:
    try:
        return decimal(text)
    except ValueError:
        return None


near = st.text(alphabet="0123456789.+-eE_ \t\nxXnaifINF٣²\u00a0", max_size=12)
grammar = st.from_regex(DECIMAL, fullmatch=True)


@settings(max_examples=1000, deadline=None)
@given(near | grammar | st.floats().map(repr) | st.decimals().map(str) | st.text(max_size=20))
@example("9" * LONGEST_NUMBER)
@example("9" * (LONGEST_NUMBER + 1))
@example("0." + "0" * (LONGEST_NUMBER - 3) + "1")
@example("1.7976931348623157e308")
@example("4.9e-324")
def test_takes_what_the_grammar_takes(text: str) -> None:
    assert read(text) == reference(text)


@settings(deadline=None)
@given(near | st.integers().map(str))
def test_whole_numbers(text: str) -> None:
    try:
        found = whole(text)
    except ValueError:
        assert WHOLE.fullmatch(text) is None or len(text) > LONGEST_NUMBER
    else:
        assert WHOLE.fullmatch(text)
        assert found == int(Decimal(text).to_integral_exact())


@pytest.mark.parametrize("text", FORMS)
def test_forms_that_are_none(text: str) -> None:
    for reader in (decimal, number, field, text_number):
        with pytest.raises(ValueError, match="a number is not"):
            reader(text)


def test_forms_that_are_one() -> None:
    forms = ("12", ".5", "+1", "4.2e-6", "5.", "-3", "1E5", "007", "0.00000291")
    assert [decimal(text) for text in forms] == [
        *(12.0, 0.5, 1.0, 4.2e-6, 5.0, -3.0, 1e5, 7.0, 2.91e-6)
    ]
    assert [field(text) for text in ("12", 12, 12.5)] == [12.0, 12.0, 12.5]


@pytest.mark.parametrize("value", [True, False, None, [1], {}, b"1", math.nan, math.inf, 10**400])
def test_values_that_are_none(value: Any) -> None:
    for reader in (number, field, json_number):
        with pytest.raises(ValueError, match="a number is n"):
            reader(value)


@pytest.mark.parametrize("value", [0, -1, 0.0, -0.0])
def test_venues_send_positive_numbers(value: float) -> None:
    assert number(value) == value
    for reader, sent in ((json_number, value), (text_number, repr(value)), (field, value)):
        with pytest.raises(ValueError, match="a number is not positive"):
            reader(sent)
