"""A definition's text is parsed once, and everybody gets the same object."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from engine.index import canonical as module
from engine.index.canonical import canonical, parse_canonical
from engine.index.definition import DefinitionError, parse_index

TABLE: dict[str, Any] = {
    "weights": {"A": 0.25, "B": 0.75},
    "benchmarks": ["A"],
    "alerts": {"drawdown": [0.05, 0.1]},
    "targets": {"sharpe": 1.5},
    "change": [{"at": 10**18, "add": ["C"], "remove": ["B"], "weights": {"C": 0.5}}],
}


@pytest.fixture(autouse=True)
def _nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_parsed", {})


def test_what_a_log_holds_of_a_definition_is_that_definition() -> None:
    definition = parse_index("X", TABLE)
    read = orjson.loads(orjson.dumps(canonical(definition)))
    assert parse_canonical("X", read) is definition
    assert parse_index("X", read) == definition  # as without what is known
    assert parse_canonical("Y", read) == parse_index("Y", read)


def test_what_differs_is_told_apart() -> None:
    one = parse_canonical("X", TABLE)
    assert parse_canonical("X", {**TABLE, "weights": {"B": 0.75, "A": 0.25}}) != one
    with pytest.raises(DefinitionError, match="base_level"):
        parse_canonical("X", {**TABLE, "base_level": True})
    assert parse_canonical("X", {**TABLE, "base_level": 1}).base_level == 1.0


def test_what_is_no_definition_is_refused_each_time() -> None:
    for table in ({"assets": []}, {"assets": ["A"], "name": object()}, None, {"assets": {"A"}}):
        for _ in range(2):
            with pytest.raises(DefinitionError):
                parse_canonical("X", table)
    assert not module._parsed


def test_the_oldest_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT", 2)
    first, second, third = (parse_canonical(name, {"assets": ["A"]}) for name in "XYZ")
    assert len(module._parsed) == 2
    assert parse_canonical("Z", {"assets": ["A"]}) is third
    assert parse_canonical("Y", {"assets": ["A"]}) is second
    assert parse_canonical("X", {"assets": ["A"]}) == first
