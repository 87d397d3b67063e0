"""Records that are none of ours keep nobody out: neither their time nor their sequence does."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from typing import Any, get_args

import httpx
import msgspec
import pytest

from engine.metrics.registry import REGISTRY
from engine.types import DAY, HOUR, SECOND
from gateway.app import create_app
from gateway.figures import check_figures
from gateway.messages import Subscribe, View
from gateway.state import State
from gateway.subscription import subscribe
from tests.gateway import records
from tests.gateway.records import T0

LAST = 2**63 - 1
TOPICS = ("levels", "snapshots", "alerts", "definitions")


def ours(topic: str, n: int) -> dict[str, Any]:
    """The n-th record of a topic, n seconds behind T0."""
    at = T0 + n * SECOND
    if topic == "levels":
        return records.level(seq=n, at=at, level=500.0 + n)
    if topic == "snapshots":
        return records.live(seq=n, as_of=at, level=500.0 + n)
    if topic == "alerts":
        return records.alert(seq=n, at=at, episode=f"e{n}")
    return records.definition(now=at, name=f"number {n}")


def newest(state: State, topic: str) -> int:
    """Which of our records is held."""
    entry = state.entry("TOP3")
    if topic == "alerts":
        return next(state.alerts.newest_first()).head.seq
    assert entry is not None
    if topic == "levels":
        assert entry.level is not None
        return entry.level.seq
    if topic == "snapshots":
        assert entry.snapshot is not None
        return int(entry.snapshot["seq"])
    assert entry.definition is not None
    return int(entry.definition["name"].split()[-1])


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize("time", ["as_is", "now", "soon", "far", "last", "past"])
@pytest.mark.parametrize("seq", [0, 5, 2**40, 2**53 - 1, 2**53, LAST])
def test_a_record_of_any_time_and_sequence_keeps_out_none_that_come_after_it(
    topic: str, time: str, seq: int
) -> None:
    wall = [T0 + 3 * SECOND]
    state = State(wall=lambda: wall[0])
    for n in (1, 2, 3):
        state.apply(topic, ours(topic, n), n)
    body = ours(topic, 3) | {"seq": seq}
    at = {
        "as_is": T0 + 3 * SECOND, "now": wall[0] + SECOND // 2, "soon": wall[0] + 20 * HOUR,
        "far": wall[0] + 2 * DAY, "last": LAST, "past": 0,
    }[time]  # fmt: skip
    field = {"snapshots": "as_of", "definitions": "now"}.get(topic, "at")
    state.apply(topic, body | {field: at}, 3)
    for n in (4, 5):
        wall[0] = T0 + n * SECOND
        state.apply(topic, ours(topic, n), n)
        assert newest(state, topic) == n
    state.apply(topic, ours(topic, 4), 7)  # what comes a second time is old as ever
    assert newest(state, topic) == 5
    assert state.dropped[topic, "old"] >= 1
    if topic != "definitions" and seq >= 2**53:
        assert state.dropped[topic, "malformed"] == 1
    if time in ("far", "last") and seq < 2**53:
        assert state.dropped[topic, "ahead" if time == "far" else "malformed"] == 1


def test_a_log_whose_clock_was_set_back_is_read_in_its_order() -> None:
    """Its time is ahead of ours for hours; nothing in it contradicts itself."""
    state = State(wall=lambda: T0 - 5 * HOUR)
    for n in (1, 2, 4, 3, 4, 5, 2):
        for topic in ("levels", "snapshots"):
            state.apply(topic, ours(topic, n))
    assert (newest(state, "levels"), newest(state, "snapshots")) == (5, 5)
    assert state.dropped == {("levels", "old"): 3, ("snapshots", "old"): 3}
    entry = state.entry("TOP3")
    assert entry is not None
    assert entry.line.level.tolist() == [502.0, 504.0, 505.0], "from the second on, one a bucket"


def test_a_level_of_the_future_does_not_clear_the_line() -> None:
    wall = [T0]
    state = State(wall=lambda: wall[0])
    for n in range(2, 17, 2):
        wall[0] = T0 + n * SECOND
        state.apply("levels", ours("levels", n))
        if n == 4:
            state.apply("levels", ours("levels", 4) | {"at": T0 + 20 * HOUR, "seq": 4})
        if n == 6:
            state.apply("levels", ours("levels", 6) | {"at": T0 + 40 * SECOND, "seq": 6})
    entry = state.entry("TOP3")
    assert entry is not None
    assert entry.line.level.tolist() == [500.0 + n for n in range(2, 17, 2)]


def test_an_alert_cannot_count_more_than_stand_in_the_log() -> None:
    state = State(wall=records.wall)
    state.apply("alerts", records.alert(seq=3), 2)
    state.apply("alerts", records.alert(seq=9, at=T0 + 1, episode="x"), 3)
    state.apply("alerts", records.alert(seq=4, at=T0 + 2, episode="y"), 4)
    assert [a.head.seq for a in state.alerts.newest_first()] == [4, 3]
    assert state.dropped == {("alerts", "impossible"): 1}
    assert state.alerts.missed == 0


def test_ids_that_nobody_defined_take_no_place_from_defined_indices() -> None:
    state = State(wall=records.wall, max_indices=3)
    state.apply("definitions", records.definition("A"))
    for n in range(5):
        state.apply("levels", records.level(f"X{n}"))
        state.apply("alerts", records.alert(f"X{n}"))
    state.apply("definitions", records.definition("B"))
    state.apply("definitions", records.definition("C"))
    for index in "ABC":
        state.apply("levels", records.level(index))
        state.apply("alerts", records.alert(index))
    assert [entry.index for entry in state.entries()] == ["A", "B", "C"]
    assert all(entry.level is not None for entry in state.entries())
    assert {"A", "B", "C"} <= set(state.alerts.indices)
    state.apply("definitions", records.definition("D"))
    assert state.dropped["definitions", "too_many_indices"] == 1


def test_what_is_left_out_is_told_for_some_time_and_counted_for_good() -> None:
    now = [100.0]
    state = State(wall=records.wall, clock=lambda: now[0])
    state.apply("levels", records.level() | {"at": T0 + 3 * DAY})
    state.reject("alerts", 7, "not JSON")
    state.apply("levels", records.level())
    state.apply("levels", records.level())
    told = ["left out of alerts: 1 malformed", "left out of levels: 1 ahead"]
    assert state.left_out.notes(now[0]) == told
    now[0] += 601.0
    assert state.left_out.notes(now[0]) == []
    assert state.left_out.by_topic() == {"alerts": {"malformed": 1}, "levels": {"ahead": 1}}
    assert state.dropped["levels", "old"] == 1


# Any type, bound, depth and size in every record


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every (container, key) inside of a value."""
    for key, inner in list(value.items() if isinstance(value, dict) else enumerate(value)):
        yield value, key
        if isinstance(inner, dict | list):
            yield from places(inner)


def nested(depth: int) -> Any:
    value: Any = 1
    for k in range(depth):
        value = {"a": value} if k % 2 else [value]
    return value


ANYTHING = [
    *(None, True, False, 0, -1, 1, 7, 2**31, 2**53, LAST, -LAST, 0.0, -0.0, 1e-320, 1e308, -1.5),
    *("", "x", "BTC", "live", "x" * 500, "\x00\x1b[2J\n", "é\U0001f600", "1", "nan"),
    *([], {}, [[]], [None], [1, "2"], {"": None}, {"1d": {}}, {"a": {"b": [{}]}}, nested(9)),
    *([0] * 3000, {str(k): k for k in range(3000)}, "y" * 100_000),
]
PATHS = (
    *("/v1/indices", "/v1/indices/TOP3", "/v1/indices/TOP3/composition", "/v1/alerts"),
    *("/v1/definitions", "/readyz", "/metrics"),
)
ASKED = (
    *(Subscribe(view=view) for view in get_args(View) if view != "figures"),
    Subscribe(view="figures", figures=["risk", "level", "drawdown.peak_at", "status"]),
)
RANKED = [".".join(goal.path) for goal in REGISTRY.goals.values()]


@pytest.mark.parametrize("seed", range(6))
async def test_no_record_makes_an_answer_fail(seed: int) -> None:
    """Fields of real records replaced, removed and added by anything; every answer stays 200."""
    rng = random.Random(seed)
    state = State(wall=records.wall)
    made = {topic: ours(topic, 0) for topic in TOPICS}
    made["alerts"] |= records.disputed_alert(seq=0) | {"evidence": {"a": 1}}
    taken = 0
    client = subscribe(state)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=create_app(state)), base_url="http://127.0.0.1"
    ) as http:
        for n in range(1, 120):
            for topic in TOPICS:
                body = copy.deepcopy(made[topic])
                for field in ("at", "as_of", "now"):
                    body |= {field: T0 + n} if field in body else {}
                body |= {"seq": n} if "seq" in body else {}
                for _ in range(rng.choice((1, 1, 2, 5))):
                    container, key = rng.choice(list(places(body)))
                    chance, anything = rng.random(), copy.deepcopy(rng.choice(ANYTHING))
                    if chance < 0.15 and isinstance(container, dict):
                        del container[key]
                    elif chance < 0.25 and isinstance(container, dict):
                        container[rng.choice(("new", "*", "1d", "BTC", ""))] = anything
                    else:
                        container[key] = anything
                before = sum(state.applied.values())
                state.apply(topic, body)
                taken += sum(state.applied.values()) - before
            for message in (*client.take(*ASKED), *client.collect()):
                json.loads(message.text)
            for path in (*rng.sample(PATHS, 2), f"/v1/rank?profile={rng.choice(RANKED)}"):
                answer = await http.get(path)
                assert answer.status_code in (200, 503 if path == "/readyz" else 404), path
    assert taken > 100, "some of it can be used"
    assert sum(state.dropped.values()) > 100


def test_figures_are_what_their_cards_say() -> None:
    for sound in (records.live(), records.warming()):
        check_figures(sound)
        check_figures(json.loads(json.dumps(sound)))
    for path in RANKED:
        names = path.replace("*", "BTC").split(".")
        snapshot: Any = "x"
        for name in reversed(names):
            snapshot = {name: snapshot}
        with pytest.raises(msgspec.ValidationError, match="Expected `float"):
            check_figures(snapshot)
        for k in range(1, len(names)):
            group: Any = [{}]
            for name in reversed(names[:k]):
                group = {name: group}
            with pytest.raises(msgspec.ValidationError):
                check_figures(group)
