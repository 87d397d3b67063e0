"""Two faults on one venue close in time, and faults while our process stands still."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from connectors.feed import overlap
from tests.connectors.faults.matrix import (
    DOCS,
    PAIR_SEEDS,
    PAIRS_EXPLAINED,
    late_in_memory,
    pairs_in_memory,
    violations,
)
from tests.connectors.faults.pairs import PAIRS, Pair
from tests.connectors.faults.world import VENUES


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Thousands of warnings are the point here."""
    logging.disable(logging.ERROR)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("pair", PAIRS, ids=str)
def test_nothing_is_lost_in_silence_by_two_faults(pair: Pair) -> None:
    matrix = pairs_in_memory(PAIR_SEEDS, [pair])
    wrong = violations(matrix)
    assert not wrong, "\n".join(wrong)
    assert len(matrix) == len(VENUES)
    harm = sum(o.lost + o.late for outcomes in matrix.values() for o in outcomes)
    assert (harm > 0) == (pair.second != "duplicated")


def test_a_process_that_stands_still_tells_no_silence_of_its_own() -> None:
    matrix = late_in_memory(PAIR_SEEDS)
    wrong = violations(matrix)
    assert not wrong, "\n".join(wrong)
    stalls = {kind: 0 for kind, _ in matrix}
    for (kind, _), outcomes in matrix.items():
        stalls[kind] += sum(o.stalls for o in outcomes)
    assert {kind for kind, told in stalls.items() if told} == {
        "mute_symbol, late 0.5 s",
        "mute_symbol, late 2.0 s",
    }


def test_the_document_has_every_pair() -> None:
    text = DOCS.read_text(encoding="utf-8")
    assert PAIRS_EXPLAINED in text
    for pair in PAIRS:
        assert f"| {pair} " in text, "write it anew: python -m tests.connectors.faults.matrix"


@pytest.mark.parametrize("had", [False, True])
def test_the_pairs_see_gaps_that_are_false_or_missing(
    had: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a parser tells is passed, or nothing of it."""

    def wrong(self: Any, gap: Any) -> bool:
        return had

    monkeypatch.setattr(overlap._Seam, "has", wrong)
    pairs = [pair for pair in PAIRS if pair.second == "id_gaps" and pair.first == "cut_24h_known"]
    found = violations(pairs_in_memory(PAIR_SEEDS, pairs))
    assert any(("uncovered" if had else "false Gaps") in line for line in found)
    assert all("/okx/" in line for line in found)
