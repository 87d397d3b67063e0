"""What an asset may be called."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.names import is_asset_name

GOOD = ["BTC", "1INCH", "A", "X" * 20, "币安人生", "ÄÖ", "МИР", "ビット", "2Z"]
BAD = [
    *("", "X" * 21, "btc", "Btc", "B-C", "B C", "B.C", "BTC\n", "B\u200bC", "\u3164", "ＢＴＣ"),
    *("A\u0308", "²X", "мир", "💥", "\ud800", None, 7, b"BTC"),
]


@pytest.mark.parametrize("name", GOOD)
def test_names(name: str) -> None:
    assert is_asset_name(name)


@pytest.mark.parametrize("name", BAD, ids=repr)
def test_no_names(name: object) -> None:
    assert not is_asset_name(name)


@given(st.text(max_size=22))
def test_a_name_is_stable_and_visible(name: str) -> None:
    if is_asset_name(name):
        assert name == name.upper()
        assert name.isprintable()
        assert not any(c.isspace() for c in name)
        assert 1 <= len(name) <= 20
