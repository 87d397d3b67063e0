"""Records that come in while messages are on their way: no false gap, and no alert twice."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.types import SECOND
from gateway.cursor import parse_cursor
from gateway.messages import Subscribe, View
from gateway.outgoing import Outgoing
from gateway.state import State
from gateway.subscription import subscribe
from tests.gateway import records
from tests.gateway.records import T0

FIGURES: tuple[View, ...] = ("rows", "levels", "snapshots")


def told(message: Outgoing) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(message.text)
    return found


def moved(state: State, seq: int) -> None:
    at = T0 + seq * SECOND // 10
    state.apply("levels", records.level("A", seq=seq, at=at))
    state.apply("snapshots", records.live("A", seq=seq, as_of=at))


@pytest.mark.parametrize("indices", [["A"], None])
@pytest.mark.parametrize("between", ["first", "update"])
def test_a_record_between_two_messages_makes_no_gap(
    indices: list[str] | None, between: str
) -> None:
    """Another task runs whenever a message is on its way."""
    state, seq = State(wall=records.wall), 1
    moved(state, seq)
    with subscribe(state) as subscription:
        asked = [Subscribe(view=view, indices=indices) for view in FIGURES]
        messages, found = subscription.take(*asked), list[dict[str, Any]]()
        for turn in ("first", "update", "last"):
            for message in messages:
                found.append(told(message))
                if (
                    turn == between
                    and found[-1]["type"] in FIGURES
                    and seq == 1 + (turn == "update")
                ):
                    seq += 1
                    moved(state, seq)
            if turn == "first":
                seq += 1
                moved(state, seq)
            messages = subscription.collect()
    gaps = [message["view"] for message in found if message["type"] == "gap"]
    assert gaps == (["rows"] if between == "first" else []), "rows were sent before the first"
    levels = [message["levels"][0] for message in found if message["type"] == "levels"]
    assert {level[-1] for level in levels} == {0}, "none was left out"
    assert (levels[-1][1], seq) == (seq, 3)


def test_an_alert_while_the_first_rows_are_sent_comes_once() -> None:
    state = State(wall=records.wall)
    state.apply("snapshots", records.live("A"))
    with subscribe(state) as subscription:
        views: tuple[View, ...] = ("rows", "alerts")
        rung = list[tuple[int, bool]]()
        messages = subscription.take(*(Subscribe(view=view) for view in views))
        next(messages)
        state.apply("alerts", records.alert("A", 1), 0)
        for message in map(told, (*messages, *subscription.collect())):
            if message["type"] == "alerts":
                rung += [(alert["seq"], message["whole"]) for alert in message["alerts"]]
            if message["type"] == "alerts" and message["whole"]:
                position = parse_cursor(message["cursor"])
                assert position is not None
                assert position.alerts == {0: 0}, "it covers what it has"
    assert rung == [(1, True)]
