"""What a client is sent: the whole, then changes, and what was left out, whatever happens to it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.alerts import KEPT
from gateway.cursor import parse_cursor
from gateway.messages import Subscribe, Unsubscribe
from gateway.outgoing import Outgoing
from gateway.refusal import RefusedRequest
from gateway.state import State
from gateway.subscription import INTERVAL, Subscription, TooManyClients, TooSlow, subscribe
from gateway.trail import KEPT as TRAIL
from gateway.views import MESSAGE_BYTES, ROWS_A_PART
from tests.gateway import records
from tests.gateway.records import T0
from tidegauge.client.following import StreamFollower
from tidegauge.client.items import IndexAlert, IndexSnapshot, SkippedSpan


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def told(messages: Iterable[Outgoing]) -> list[dict[str, Any]]:
    return [json.loads(message.text) for message in messages]


def of_kind(messages: Iterable[Outgoing], kind: str) -> list[dict[str, Any]]:
    return [message for message in told(messages) if message["type"] == kind]


def begun(state: State, *requests: Subscribe) -> Subscription:
    subscription = subscribe(state)
    for request in requests:
        list(subscription.take(request))
    return subscription


def test_rows_come_whole_in_parts_then_only_those_that_changed() -> None:
    state = State(wall=records.wall)
    for n in range(ROWS_A_PART + 1):
        state.apply("snapshots", records.live(f"I{n:03}", level=1000.0))
    with subscribe(state) as subscription:
        taken, *parts = told(subscription.take(Subscribe(view="rows", request="all")))
        assert (taken["type"], taken["request"], taken["indices"]) == ("subscribed", "all", None)
        assert [(p["whole"], p["part"], p["parts"]) for p in parts] == [(True, 1, 2), (True, 2, 2)]
        ids = [row["index"] for part in parts for row in part["rows"]]
        assert ids == sorted(ids)
        assert len(ids) == ROWS_A_PART + 1
        assert [m["cursor"] is None for m in (taken, *parts)] == [True, True, False]
        assert told(subscription.collect()) == []
        state.apply("snapshots", records.live("I007", seq=2, level=1001.0))
        (update,) = told(subscription.collect())
    assert [(r["index"], r["level"]) for r in update["rows"]] == [("I007", 1001.0)]
    assert not update["whole"]


def test_levels_are_conflated_and_counted_and_alerts_are_not() -> None:
    state = State(wall=records.wall)
    state.apply("levels", records.level())
    with begun(state, Subscribe(view="levels"), Subscribe(view="alerts")) as subscription:
        for seq in range(2, 52):
            state.apply("levels", records.level(seq=seq, at=T0 + seq, level=float(seq)))
            state.apply("alerts", records.alert(seq=seq, episode=f"e{seq}"))
        alerts, levels = told(subscription.collect())
        at = "2025-11-23T00:00:00.000000051Z"
        assert levels["levels"] == [["TOP3", 51, at, 51.0, 1010.0, 2, 49]]
        assert [item["seq"] for item in alerts["alerts"]] == list(range(2, 52))
        assert alerts["firing"] == 1  # one rule can fire once at a time
        for seq in range(52, 52 + 2 * TRAIL):
            state.apply("levels", records.level(seq=seq, at=T0 + seq, level=float(seq)))
        (levels,) = told(subscription.collect())
    assert levels["levels"][0][5:] == [None, None]  # more than anybody remembers


async def test_the_cursor_of_alerts_that_go_ahead_of_figures_is_behind_them() -> None:
    clock = Clock()
    state = State(wall=records.wall, clock=clock)
    state.apply("snapshots", records.live())
    with begun(state, Subscribe(view="alerts"), Subscribe(view="levels")) as subscription:
        for offset in (0, 1):
            clock.now += INTERVAL / 4.0  # figures are not due
            alert = records.alert(seq=offset + 1, episode=f"e{offset}")
            state.apply("alerts", alert, offset)
            (message,) = told(await subscription.next(1.0))
            assert [alert["seq"] for alert in message["alerts"]] == [offset + 1]
            position = parse_cursor(message["cursor"])
            assert position is not None
            assert position.alerts == {0: offset}
            with subscribe(state) as again:
                request = Subscribe(view="alerts", cursor=message["cursor"])
                assert of_kind(again.take(request), "alerts") == []


def test_large_views_come_in_bounded_messages() -> None:
    state = State(wall=records.wall)
    for n in range(100):
        state.apply("snapshots", records.live(f"I{n:03}", level=1000.0 + n))
    with subscribe(state) as subscription:
        raw = list(subscription.take(Subscribe()))
    assert len(raw) > 3
    assert max(len(message.text) for message in raw) < 2 * MESSAGE_BYTES
    snapshots = [s for message in of_kind(raw, "snapshots") for s in message["snapshots"]]
    assert [s["level"] for s in snapshots] == [1000.0 + n for n in range(100)]
    assert snapshots[0]["drawdown"]["episodes"][1]["recovered_at"] is None
    assert snapshots[0]["drawdown"]["episodes"][0]["recovered_at"] == "2025-08-27T00:00:00Z"


def test_a_change_is_the_sections_that_are_not_as_before() -> None:
    state = State(wall=records.wall)
    state.apply("snapshots", records.live(seq=1))
    with begun(state, Subscribe(indices=["TOP3"])) as subscription:
        state.apply("snapshots", records.live(seq=2, level=1004.0))
        (message,) = told(subscription.collect())
    (change,) = message["changes"]
    assert (change["index"], change["seq"]) == ("TOP3", 2)
    assert change["sections"] == {
        "seq": 2, "level": 1004.0, "receipt": records.receipt(2)
    }  # fmt: skip


def test_figures_by_path_with_reasons_and_only_where_they_may_have_changed() -> None:
    state = State(wall=records.wall)
    state.apply("snapshots", records.live(seq=1))
    paths = ["risk.sharpe", "risk.var_99_cf", "drawdown.peak_at", "level", "windows.1d.return"]
    paths += ["calendar.months.2025-02.return", "benchmarks.SOL.beta", "status"]
    with subscribe(state) as subscription:
        (first,) = of_kind(subscription.take(Subscribe(view="figures", figures=paths)), "figures")
        (found,) = first["figures"]
        assert found["values"] == {
            "risk.sharpe": 1.27, "risk.var_99_cf": None, "windows.1d.return": 0.051,
            "drawdown.peak_at": "2025-10-14T00:00:00Z", "level": 1003.2, "status": "live",
            "calendar.months.2025-02.return": 0.0, "benchmarks.SOL.beta": None,
        }  # fmt: skip
        assert found["undefined"] == {
            "risk.var_99_cf": "cf_domain", "benchmarks.SOL.beta": "absent"
        }  # fmt: skip
        state.apply("snapshots", records.live(seq=2, level=1004.0))
        (message,) = told(subscription.collect())
    assert message["figures"][0]["values"] == {"level": 1004.0}


def test_views_are_taken_up_and_left_one_by_one() -> None:
    state = State(wall=records.wall)
    for index in ("A1", "A2", "A3"):
        state.apply("snapshots", records.live(index))

    def seen(subscription: Subscription) -> list[str]:
        return [
            c["index"] for m in of_kind(subscription.collect(), "changes") for c in m["changes"]
        ]

    def all_change(seq: int) -> None:
        for index in ("A1", "A2", "A3"):
            state.apply("snapshots", records.live(index, seq=seq))

    with begun(state, Subscribe(indices=["A2"])) as subscription:
        all_change(2)
        assert seen(subscription) == ["A2"]
        all_change(3)
        due, taken, more = told(subscription.take(Subscribe(indices=["A1", "A2"])))
        assert [c["index"] for c in due["changes"]] == ["A2"]  # what was due goes before
        assert taken["indices"] == ["A1", "A2"]
        assert [s["index"] for s in more["snapshots"]] == ["A1", "A2"]
        all_change(4)
        assert seen(subscription) == ["A1", "A2"]
        (taken,) = told(subscription.take(Unsubscribe(indices=["A2"])))
        assert taken["indices"] == ["A1"]
        all_change(5)
        assert seen(subscription) == ["A1"]
        list(subscription.take(Unsubscribe()))
        all_change(6)
        assert told(subscription.collect()) == []


@pytest.mark.parametrize(
    ("request_", "status", "detail", "near"),
    [
        (Subscribe(indices=["TOP4"]), 404, "no index 'TOP4'; did you mean TOP3?", ["TOP3"]),
        (Subscribe(view="alerts", indices=["XX"]), 404, "no index 'XX'; see /v1/indices", []),
        (
            Subscribe(view="figures", figures=["risk.sharpee"]), 404,
            "figures: no snapshot has 'risk.sharpee'; did you mean risk.sharpe or risk.sharpe_se "
            "or targets.sharpe?",
            ["risk.sharpe", "risk.sharpe_se", "targets.sharpe"],
        ),
        (
            Subscribe(view="figures"), 422,
            "figures: paths of a snapshot, as risk.sharpe; none is given", [],
        ),
        (
            Subscribe(cursor="1.ff"), 422,
            "cursor: none of this stream; without it comes the whole", [],
        ),
        (Subscribe(figures=["level"]), 422, "figures: they go with the view figures", []),
    ],
)  # fmt: skip
def test_what_is_not_there_is_refused(
    request_: Subscribe, status: int, detail: str, near: list[str]
) -> None:
    state = State(wall=records.wall)
    state.apply("snapshots", records.live())
    with subscribe(state) as subscription:
        with pytest.raises(RefusedRequest) as refused:
            subscription.take(request_)
        assert (refused.value.status, refused.value.near) == (status, near)
        assert refused.value.detail == detail


def test_a_retired_index_is_told_and_a_new_one_comes_by_itself() -> None:
    state = State(wall=records.wall)
    state.apply("definitions", records.definition("A1"))
    state.apply("definitions", records.definition("A2"))
    with begun(state, Subscribe(view="rows")) as subscription:
        state.apply("definitions", records.definition("A1", now=T0 + 1, retired=True))
        state.apply("definitions", records.definition("A3", now=T0 + 1))
        gone, rows = told(subscription.collect())
    assert gone["indices"] == ["A1"]
    assert [row["index"] for row in rows["rows"]] == ["A3"]


def test_client_behind_the_kept_alerts_is_too_slow() -> None:
    state = State(wall=records.wall)
    with begun(state, Subscribe(view="alerts")) as subscription:
        for seq in range(1, KEPT + 1):
            state.apply("alerts", records.alert(seq=seq, episode=f"e{seq}"))
        (message,) = told(subscription.collect())
        assert len(message["alerts"]) == KEPT
        for seq in range(KEPT + 1, 2 * KEPT + 2):
            state.apply("alerts", records.alert(seq=seq, episode=f"e{seq}"))
        with pytest.raises(TooSlow, match="alerts were missed"):
            list(subscription.collect())


def test_number_of_clients_is_bounded() -> None:
    state = State(wall=records.wall, max_clients=1)
    with subscribe(state):
        with pytest.raises(TooManyClients, match="1 clients"):
            subscribe(state)
        assert state.evicted == {"too_many_clients": 1}
    with subscribe(state):
        assert state.clients == 1
    assert state.clients == 0


def test_clients_of_all_indices_share_their_messages() -> None:
    state = State(wall=records.wall)
    asked = Subscribe(view="rows"), Subscribe(view="levels"), Subscribe(view="alerts")
    with begun(state, *asked) as one, begun(state, *asked) as other:
        state.apply("snapshots", records.live())
        state.apply("levels", records.level(seq=2, at=T0 + 1))
        first, second = list(one.collect()), list(other.collect())
    assert len(first) == 2
    assert all(a is b for a, b in zip(first, second, strict=True))


async def test_levels_wait_for_the_interval_and_alerts_do_not() -> None:
    clock = Clock()
    state = State(wall=records.wall, clock=clock)
    with begun(state, Subscribe(view="levels"), Subscribe(view="alerts")) as subscription:
        state.apply("levels", records.level())
        assert [m["type"] for m in told(await subscription.next(1.0))] == ["levels"]
        state.apply("levels", records.level(seq=2))
        waiting = asyncio.create_task(subscription.next(1.0))
        await asyncio.sleep(0)
        state.apply("levels", records.level(seq=3))
        await asyncio.sleep(0)
        assert not waiting.done()
        state.apply("alerts", records.alert())
        assert [m["type"] for m in told(await waiting)] == ["alerts"]
        clock.now += INTERVAL
        (message,) = told(await subscription.next(1.0))
        assert [item[1] for item in message["levels"]] == [3]


async def test_next_gives_nothing_after_its_timeout_and_once_it_is_called() -> None:
    state = State(wall=records.wall)
    with subscribe(state) as subscription:
        assert list(await subscription.next(0.01)) == []
        waiting = asyncio.create_task(subscription.next(600.0))
        await asyncio.sleep(0)
        subscription.call()
        assert list(await waiting) == []


# Whatever happens: cuts, restarts, conflation


INDICES = ("A", "B", "C")


class World:
    """A log, the gateway over it, and a client that notes what it was told."""

    def __init__(self) -> None:
        self.snapshots: list[dict[str, Any]] = []
        self.alerts: list[dict[str, Any]] = []
        self.follower = StreamFollower()
        self.seen: list[IndexSnapshot] = []
        self.rung: list[tuple[str, int]] = []
        self.state = State(wall=records.wall)
        self.subscription: Subscription | None = None

    def publish(self, index: str, change: float) -> None:
        body = records.live(index, seq=10 * len(self.snapshots) + 3, change=change)
        self.snapshots.append(body)
        self.state.apply("snapshots", body, len(self.snapshots) - 1)

    def ring(self, index: str) -> None:
        seq = 1 + sum(alert["index"] == index for alert in self.alerts)
        self.alerts.append(records.alert(index, seq=seq, episode=f"{index}{seq}"))
        self.state.apply("alerts", self.alerts[-1], len(self.alerts) - 1)

    def restart(self) -> None:
        """The gateway reads the newest snapshot of each index, and the alerts."""
        self.cut()
        self.state = State(wall=records.wall)
        newest = {body["index"]: n for n, body in enumerate(self.snapshots)}
        for n in sorted(newest.values()):
            self.state.apply("snapshots", self.snapshots[n], n)
        for n, alert in enumerate(self.alerts):
            self.state.apply("alerts", alert, n)

    def cut(self) -> None:
        self.subscription = None

    def read(self, most: int) -> None:
        """The client takes some messages, and loses the rest with its connection."""
        if self.subscription is None:
            self.subscription = subscribe(self.state)
            cursor = self.follower.cursor
            asked = Subscribe(cursor=cursor), Subscribe(view="alerts", cursor=cursor)
            messages = list(self.subscription.take(*asked))
        else:
            messages = list(self.subscription.collect())
        for message in messages[:most]:
            for item in self.follower.take(message.text):
                if isinstance(item, IndexSnapshot):
                    self.seen.append(item)
                elif isinstance(item, IndexAlert):
                    self.rung.append((item.index, item.seq))
        if len(messages) > most:
            self.cut()


STEPS = st.one_of(
    st.tuples(st.just("publish"), st.sampled_from(INDICES), st.sampled_from([0.1, 0.2])),
    st.tuples(st.just("ring"), st.sampled_from(INDICES)),
    st.tuples(st.just("read"), st.sampled_from([0, 1, 2, 3, 99])),
    st.tuples(st.just("cut")),
    st.tuples(st.just("restart")),
)


@example(
    [("publish", "A", 0.1), ("cut",), ("read", 2), ("publish", "A", 0.1), ("publish", "A", 0.1)]
)
@given(st.lists(STEPS, max_size=60))
@settings(max_examples=300, deadline=None)
def test_a_client_ends_with_what_rest_says_and_was_told_all_that_it_missed(
    steps: list[Any],
) -> None:
    world = World()
    for index in INDICES:
        world.publish(index, 0.0)
    world.read(99)
    for name, *arguments in steps:
        getattr(world, name)(*arguments)
    world.read(99)
    world.read(99)
    for index in INDICES:
        entry = world.state.entry(index)
        assert entry is not None
        assert orjson.dumps(world.follower.bodies[index]) == entry.snapshot_json()
        published = [b["seq"] for b in world.snapshots if b["index"] == index]
        seen = [item for item in world.seen if item.index == index]
        assert [item.seq for item in seen] == sorted({item.seq for item in seen})  # no doubles
        for before, item in pairwise(seen):
            missed = [seq for seq in published if before.seq < seq < item.seq]
            if item.gap is None:
                assert missed == []
            elif item.gap.first is not None:
                assert item.gap == SkippedSpan(missed[0], missed[-1], len(missed))
    expected = [(alert["index"], alert["seq"]) for alert in world.alerts]
    assert world.rung == expected


async def test_news_says_since_when_it_stands_in_the_log() -> None:
    state = State(wall=lambda: T0)
    for index, appended in (("A", T0 - 5), ("B", T0 - 3)):
        state.apply("snapshots", records.live(index, seq=1), 0, 7, T0 - 99)
        state.apply("levels", records.level(index, seq=1), 0, 0, appended)
    with subscribe(state) as subscription:
        first = subscription.take(Subscribe(view="snapshots"), Subscribe(view="levels"))
        assert {message.provenance for message in first} == {None}, "the whole is no news"
        state.apply("snapshots", records.live("A", seq=2, as_of=T0 + 1), 1, 7, T0 - 20)
        state.apply("snapshots", records.live("B", seq=2, as_of=T0 + 2), 2, 7, T0 - 30)
        state.apply("levels", records.level("A", seq=3, at=T0 + 3), 1, 0, T0 - 1)
        told = {message.kind: message.provenance for message in subscription.collect()}
        assert told["changes"] == (T0 - 30, T0 + 2, 7), "of the oldest"
        assert told["levels"] == (T0 - 1, 0, 0)
