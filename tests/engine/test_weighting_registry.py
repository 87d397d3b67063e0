"""A weighting method is one file: a new one is found, checked and used as it is."""

from __future__ import annotations

import importlib
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from engine.index import weighting
from engine.index.definition import DefinitionError, parse_index
from engine.index.shard import Shard
from engine.index.weighting.registry import METHODS, find
from engine.metrics import level
from engine.metrics.registry import REGISTRY
from engine.periods import NEVER
from gateway.definitions import definitions
from tests.engine.market import START, Feed, define, frame
from tests.engine.random_weighting import check_batch
from tests.reference.basket import Rebalance
from tidegauge.indices import read_indices, without_supply

SQUARED = '''"""`squared_cap`: in proportion to the squares of market caps, none above the limit."""

from engine.index.weighting.cap import by_cap
from engine.index.weighting.method import Method
from engine.metrics.machinery.card import Card

METHOD = Method(
    "squared_cap",
    lambda members, settings: by_cap([member.cap**2 for member in members], settings["cap_limit"]),
    ("supply", "cap_limit"),
    lambda member: member.cap > 0.0,
    words="by squared market cap",
    card=Card("method: squared_cap", "weights ∝ cap²", "fractions", order=125),
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
    monkeypatch.undo()
    importlib.reload(level)


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


@pytest.mark.usefixtures("squared")
def test_supplies_that_a_new_method_lacks_are_told(tmp_path: Path) -> None:
    file = tmp_path / "indices.toml"
    named = '[index.X]\nassets = ["A", "B"]\nweighting = "squared_cap"\n'
    file.write_text(f"{named}supply = {{ A = 2.0 }}\n{named.replace('X', 'Y')}")
    told = without_supply(file, read_indices(file).indices, capped={"B"})
    assert [line.split("; ")[0] for line in told] == [f"{file}:7: index Y: supply lacks A"]


@pytest.mark.usefixtures("squared")
def test_what_is_said_of_a_new_method_stands_in_its_file() -> None:
    told = definitions({}, {})["methods"]["squared_cap"]
    assert told["words"] == "by squared market cap"
    assert (told["keys"], told["stated"]) == (["supply", "cap_limit"], False)
    assert METHODS["squared_cap"].card in importlib.reload(level).FAMILY.cards


@pytest.mark.usefixtures("squared")
@pytest.mark.parametrize("weighting", ["squared_cap", None])
def test_a_new_method_is_held_against_its_batch_version(
    weighting: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where any method may be drawn. Its batch version has the weights alone: what exceeds
    `cap_limit` is cut for it."""

    def check(power: int) -> None:
        def weights(at: Rebalance) -> dict[str, float]:
            return {a: (at.seen.supply.get(a, 0.0) * at.seen.last[a][1]) ** power for a in at.fresh}

        name = "tests.reference.weighting.squared_cap"
        module = ModuleType(name)
        monkeypatch.setattr(module, "weights", weights, raising=False)
        monkeypatch.setitem(sys.modules, name, module)
        for seed in range(20):
            check_batch(random.Random(seed), 30, weighting)

    check(2)
    with pytest.raises(AssertionError):
        check(3)


@pytest.mark.parametrize("name", METHODS)
def test_each_has_words_a_card_and_a_batch_version(name: str) -> None:
    assert METHODS[name].words
    assert any(name in card.path for card in REGISTRY.cards if card.path[:7] == "method:")
    assert importlib.import_module(f"tests.reference.weighting.{name}").weights


def test_an_unknown_method_is_refused_with_those_there_are() -> None:
    with pytest.raises(DefinitionError, match=f"one of {', '.join(METHODS)}"):
        parse_index("X", {"assets": ["A"], "weighting": "luck"})
