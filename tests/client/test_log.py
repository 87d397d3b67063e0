"""The client over a log itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import orjson
import pytest

from engine.types import SECOND
from streams.records import OutRecord, Record, StreamError
from streams.sqlite.file import SqliteLog
from streams.sqlite.log import DirectoryLog
from tests.gateway import records
from tests.gateway.records import T0
from tidegauge import opening
from tidegauge.client import AsyncClient, RefusedError
from tidegauge.client.errors import Lost
from tidegauge.client.feed import FeedPlace
from tidegauge.client.log_source import LogFollower


async def test_a_log_gives_every_record(tmp_path: Path) -> None:
    counts: dict[str, int] = {}

    async def put(topic: str, kind: str, *bodies: dict[str, object]) -> None:
        made = []
        for body in bodies:
            counts[topic] = counts.get(topic, 0) + 1
            key, value = str(body["index"]), orjson.dumps(body)
            made.append(OutRecord(topic, 0, key, kind, value, "shard:0", counts[topic], body))
        async with log.writer() as writer:
            await writer.send(made)

    with SqliteLog(tmp_path) as file:
        log = DirectoryLog(file)
        await put("snapshots", "snapshot", records.live(seq=1), records.live("B", seq=1))
        await put("alerts", "alert", records.alert(seq=1))
        async with AsyncClient(str(tmp_path)) as client:
            async with aclosing(client.snapshots("TOP3")) as snapshots:
                first = await anext(snapshots)
                assert (first.index, first.seq, first.body["as_of"]) == (
                    "TOP3", 1, "2025-11-23T00:00:00Z"
                )  # fmt: skip
                for seq in (2, 2, 3):  # once more, as after a crash
                    await put("snapshots", "snapshot", records.live(seq=seq, as_of=T0 + SECOND))
                    if seq == 2 and counts["snapshots"] == 3:
                        assert (await anext(snapshots)).seq == 2
                assert (await anext(snapshots)).seq == 3
            async with aclosing(client.alerts()) as alerts:
                assert alerts.cursor is None
                assert (await anext(alerts)).id == "TOP3-0.1:firing"  # it fires now
                await put("alerts", "alert", records.alert("B", seq=1))
                waiting = await anext(alerts)
                assert (waiting.index, waiting.seq) == ("B", 1)
                assert alerts.cursor is not None  # of before: with B it is not done
                assert waiting.cursor is not None
                assert (alerts.cursor[-1], waiting.cursor[-1]) == ("0", "1")
            await put("alerts", "alert", records.alert("B", 2, "resolved"))
            async with aclosing(client.alerts(since=waiting.cursor)) as alerts:
                assert (await anext(alerts)).id == "B-0.1:resolved"
            with pytest.raises(RefusedError, match="no cursor of this log"):
                await anext(client.alerts(since="1.00000000.0.deadbeef..0"))


class TwoPartitions:
    """A log in which one alert fires in each of two partitions; the second fails as often as it is
    told to."""

    log_id = "0f0f0f0f-1"

    def __init__(self, fails: int = 0) -> None:
        self.partitions, self.fails = {"alerts": 2}, fails

    @asynccontextmanager
    async def open(self) -> AsyncIterator[TwoPartitions]:
        yield self

    async def ends(self, places: list[tuple[str, int]]) -> dict[tuple[str, int], int]:
        return dict.fromkeys(places, 1)

    async def read(self, topic: str, partition: int, *_: int) -> AsyncIterator[Record]:
        if partition == 1 and self.fails:
            self.fails -= 1
            raise StreamError("the broker went")
        yield self._record(partition)

    async def follow(self, starts: dict[tuple[str, int], int]) -> AsyncIterator[list[Record]]:
        yield [self._record(p) for (_, p), offset in starts.items() if offset == 0]
        raise StreamError("the end")

    def _record(self, partition: int) -> Record:
        body = records.alert("AB"[partition], seq=1, episode=f"e{partition}")
        value = orjson.dumps(body)
        return Record(
            "alerts", partition, 0, body["index"], "alert", 1, self.log_id, "shard:0", 1, T0, value
        )


async def given(
    follower: LogFollower, most: int = 9, *, losses: int = 1
) -> list[tuple[str, str | None]]:
    """The alerts and their cursors, of some tries."""
    found: list[tuple[str, str | None]] = []
    for _ in range(losses):
        try:
            async with aclosing(follower.items()) as items:
                async for item in items:
                    found.append((item.index, item.cursor))
                    if len(found) == most:
                        return found
        except Lost:
            pass
    return found


async def test_who_stops_among_those_that_fire_is_given_the_others_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(opening, "target_of", lambda address: TwoPartitions())
    ((first, cursor),) = await given(LogFollower("x", "alerts", (), FeedPlace()), 1)
    assert (first, cursor) == ("A", None)  # B is still to come
    (_, (last, cursor)) = await given(LogFollower("x", "alerts", (), FeedPlace()))
    assert last == "B"
    assert cursor is not None
    assert await given(LogFollower("x", "alerts", (), FeedPlace(cursor))) == []


async def test_a_loss_while_those_that_fire_are_read_skips_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log = TwoPartitions(fails=1)
    monkeypatch.setattr(opening, "target_of", lambda address: log)
    found = await given(LogFollower("x", "alerts", (), FeedPlace()), losses=3)
    assert [index for index, _ in found] == ["A", "B"]
