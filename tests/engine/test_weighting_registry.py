"""A weighting method is one file: a new one is found, checked and used as it is."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.index import weighting
from engine.index.definition import DefinitionError, parse_index
from engine.index.shard import Shard
from engine.index.weighting.registry import METHODS, find
from engine.periods import NEVER
from tests.engine.market import START, Feed, define, frame

SQUARED = '''"""`squared_cap`: in proportion to the squares of market caps."""

from engine.index.weighting.method import Method, in_proportion

METHOD = Method(
    "squared_cap",
    lambda members, settings: in_proportion([member.cap**2 for member in members]),
    ("supply",),
)
'''


@pytest.fixture
def squared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A tree in which one file was added to the methods."""
    (tmp_path / "squared_cap.py").write_text(SQUARED)
    monkeypatch.setattr(weighting, "__path__", [*weighting.__path__, str(tmp_path)])
    found = find(weighting)
    assert found.keys() - METHODS.keys() == {"squared_cap"}
    monkeypatch.setitem(METHODS, "squared_cap", found["squared_cap"])
    yield
    sys.modules.pop("engine.index.weighting.squared_cap")


def test_the_methods_are_those_of_the_files() -> None:
    assert list(METHODS) == sorted(METHODS)
    assert {"cap", "equal", "fixed", "inverse_volatility"} <= METHODS.keys()


@pytest.mark.usefixtures("squared")
def test_a_new_method_is_one_file() -> None:
    table = {"assets": ["A", "B"], "weighting": "squared_cap", "supply": {"A": 2.0, "B": 1.0}}
    warnings: list[str] = []
    assert parse_index("X", table | {"vol_window": "60d"}, warnings).weighting == "squared_cap"
    assert warnings == ["index.X.vol_window: weighting = 'squared_cap' does not use it"]
    feed = Feed(Shard(every=NEVER))
    feed.put(define("X", table, START - 1))
    feed.put(frame([(START, {"A": 10.0, "B": 10.0})]))
    basket = feed.shard.baskets.all[0]
    assert basket.holdings[0] / basket.holdings[1] == pytest.approx(4.0)


def test_an_unknown_method_is_refused_with_those_there_are() -> None:
    with pytest.raises(DefinitionError, match=f"one of {', '.join(METHODS)}"):
        parse_index("X", {"assets": ["A"], "weighting": "luck"})
