"""The view `episodes` of the stream: what fires now, and who sees to it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import msgspec
import orjson
import pytest

from engine.records import Acknowledgement, Matchers, Silence
from engine.types import HOUR, SECOND
from gateway.messages import EpisodesMessage, Subscribe
from gateway.outgoing import Outgoing
from gateway.state import State
from gateway.subscription import Subscription, subscribe
from streams.records import Record
from tests.gateway import records
from tests.gateway.records import T0


class Times:
    """A clock and a wall clock that go together."""

    now = 0

    def clock(self) -> float:
        return self.now / SECOND

    def wall(self) -> int:
        return T0 + self.now


def said(topic: str, key: str, body: Any) -> Record:
    kind = topic.removesuffix("s")
    value = orjson.dumps(msgspec.to_builtins(body))
    return Record(topic, 0, 0, key, kind, 1, "log", f"{kind}:x", 1, T0, value)


def acknowledged(episode: str, *, withdrawn: bool = False) -> Record:
    said_of = Acknowledgement(episode, "ada", "", T0, withdrawn)
    row = said("acknowledgements", episode, said_of)
    return row._replace(writer="acknowledge:x")


def silenced(until: int, index: str) -> Record:
    found = Silence("s1", Matchers(index=(index,)), T0, until, "ada", "", T0)
    return said("silences", "s1", found)


def episodes(messages: Iterable[Outgoing]) -> list[EpisodesMessage]:
    return [
        msgspec.json.decode(message.text, type=EpisodesMessage)
        for message in messages
        if json.loads(message.text)["type"] == "episodes"
    ]


def begun(state: State, **asked: Any) -> tuple[Subscription, list[EpisodesMessage]]:
    subscription = subscribe(state)
    return subscription, episodes(subscription.take(Subscribe(view="episodes", **asked)))


def names(message: EpisodesMessage) -> list[str]:
    return [episode.episode for episode in message.episodes]


def test_what_fires_is_whole_first_and_then_what_changed() -> None:
    times = Times()
    state = State(wall=times.wall, clock=times.clock)
    for index, level in (("A", 900.0), ("B", 880.0)):
        state.apply("snapshots", records.live(index, seq=1, level=level))
        state.apply("levels", records.level(index, 2, T0, level, 1000.0))
        state.apply("alerts", records.alert(index))
    state.apply("alerts", records.flag_alert("B", 2))
    one, [first] = begun(state)
    assert (first.whole, first.open, first.slow) == (True, 3, 1)
    assert set(names(first)) == {"A-0.1", "B-0.1", "B-drift"}
    [a] = [e for e in first.episodes if e.index == "A"]
    assert (a.then, a.now.value) == (pytest.approx(0.1), pytest.approx(0.1))
    assert (a.begun, a.slow) == ("2025-11-23T00:00:00Z", False)
    assert episodes(one.collect()) == []

    state.attend(acknowledged("A-0.1"))
    [update] = episodes(one.collect())
    assert (names(update), update.whole) == (["A-0.1"], False)
    assert update.episodes[0].acknowledged == {
        **{"episode": "A-0.1", "who": "ada", "comment": "", "at": "2025-11-23T00:00:00Z"}
    }
    state.attend(acknowledged("A-0.1", withdrawn=True))
    [update] = episodes(one.collect())
    assert update.episodes[0].acknowledged is None

    times.now += SECOND // 2  # values are looked at once a second, whoever asks
    state.apply("levels", records.level("A", 3, T0 + 1, 850.0, 1000.0))
    assert episodes(one.collect()) == []
    times.now += SECOND
    state.apply("levels", records.level("B", 3, T0 + 1, 880.0, 1000.0))
    [update] = episodes(one.collect())
    values = {e.episode: e.now.value for e in update.episodes}
    assert values["A-0.1"] == pytest.approx(0.15)

    state.apply("alerts", records.alert("A", 2, "resolved"))
    [update] = episodes(one.collect())
    assert (update.closed, names(update), update.open, update.slow) == (["A-0.1"], [], 2, 1)


def test_a_silence_is_told_when_it_begins_and_when_it_is_over() -> None:
    times = Times()
    state = State(wall=times.wall, clock=times.clock)
    state.apply("alerts", records.alert("A"))
    one, _ = begun(state)
    state.attend(silenced(T0 + HOUR, "A"))
    [update] = episodes(one.collect())
    assert update.episodes[0].silenced is not None
    assert update.episodes[0].silenced["until"] == "2025-11-23T01:00:00Z"
    times.now = HOUR
    [update] = episodes(one.collect())
    assert update.episodes[0].silenced is None


def test_a_client_follows_its_indices_and_an_old_one_is_sent_the_whole() -> None:
    state = State(wall=records.wall)
    for index in ("A", "B"):
        state.apply("alerts", records.alert(index))
    mine, [first] = begun(state, indices=["B"])
    assert (names(first), first.open) == (["B-0.1"], 1)
    state.apply("alerts", records.alert("A", 2, "resolved"))
    assert episodes(mine.collect()) == []
    state.apply("alerts", records.alert("B", 2, "resolved"))
    [update] = episodes(mine.collect())
    assert (update.closed, update.open) == (["B-0.1"], 0)
    late, _ = begun(state)
    assert state.firing is not None
    state.firing._reach = state.version + 1  # as after thousands of episodes
    state.apply("alerts", records.alert("A", 3, episode="again"))
    [update] = episodes(late.collect())
    assert (update.whole, names(update)) == (True, ["again"])
