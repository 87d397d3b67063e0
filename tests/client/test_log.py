"""The client over a log itself."""

from __future__ import annotations

from contextlib import aclosing
from pathlib import Path

import orjson
import pytest

from engine.types import SECOND
from streams.records import OutRecord
from streams.sqlite.file import SqliteLog
from streams.sqlite.log import DirectoryLog
from tests.gateway import records
from tests.gateway.records import T0
from tidegauge.client import AsyncClient, RefusedError


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
