"""Each table of a metric has a place of its own in checkpoints."""

from __future__ import annotations

import pytest

from engine.metrics.machinery.card import Card
from engine.metrics.machinery.family import CLOSES, SERIES, Family, StateTable
from engine.metrics.machinery.registry import Registry
from engine.metrics.registry import REGISTRY
from engine.table import Table


class Mine(Table):
    COLUMNS = {"n": ("i8", (), 0)}  # noqa: RUF012 - as short as it can be


@pytest.mark.parametrize("name", ["moments", "closes", "rings", "days", "moments.of_mine"])
def test_two_of_one_name_are_refused(name: str) -> None:
    more = Family("Mine", (), states=(StateTable(name, SERIES, Mine),))
    where = rf"tests.engine.test_states: its state '{name}' would stand .* give it another name"
    with pytest.raises(ValueError, match=where):
        Registry([*REGISTRY.families, more])


def test_two_of_one_file_are_refused() -> None:
    states = (StateTable("mine", SERIES, Mine), StateTable("mine", CLOSES, Mine))
    with pytest.raises(ValueError, match=r"'mine' of tests.engine.test_states does"):
        Registry([*REGISTRY.families, Family("Mine", (), states=states)])


def test_another_name_is_taken() -> None:
    card = Card("risk.mine", "n", "count")
    more = Family("Mine", (card,), states=(StateTable("mine", SERIES, Mine),))
    assert card in Registry([*REGISTRY.families, more]).cards
