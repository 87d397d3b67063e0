"""The past where something of it is not kept: it is told, and no candle is made of a part."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb

from engine.types import MINUTE, SECOND
from tests.gateway.test_past import ns
from tests.gateway.world import World, client


async def test_a_hole_between_tables_and_memory_is_told(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.live(4)
    world.write()
    world.live(8)
    for topic in ("levels", "bars"):  # a gateway that begins to read only now
        world._shown[topic] = world.log.end(topic, 0) - 1
    world.live(3)
    world.show()
    async with client(world.app()) as http:
        begin = world.now - 20 * MINUTE
        told = (await http.get(f"/v1/indices/MIX/history?step=1m&from={begin}")).json()
    [hole] = told["missing"]
    assert 7 * MINUTE < ns(hole["to"]) - ns(hole["from"]) < 9 * MINUTE
    world.close()


async def test_a_hole_within_what_is_kept_is_told(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.live(8)
    world.write()
    world.show()
    since = world.now // MINUTE * MINUTE - 5 * MINUTE
    for file in (tmp_path / "tables" / "seconds").glob("*.parquet"):
        kept = f"epoch_ns(time) NOT BETWEEN {since} AND {since + 2 * MINUTE - 1}"
        duckdb.sql(f"COPY (FROM '{file}' WHERE {kept}) TO '{file}.new' (FORMAT parquet)")
        os.replace(f"{file}.new", file)
    async with client(world.app()) as http:
        path = f"/v1/indices/MIX/history?from={world.now - 8 * MINUTE}"
        seconds = (await http.get(f"{path}&step=1s")).json()
        others = (await http.get(f"{path}&step=7s")).json()
        minutes = (await http.get(f"{path}&step=1m")).json()
    world.close()
    for told in (seconds, others):
        assert [(ns(hole["from"]), ns(hole["to"])) for hole in told["missing"]] == [
            (since, since + 2 * MINUTE)
        ]
        starts = [ns(at) for at in told["columns"]["at"]]
        length = told["step"] * SECOND
        assert starts[0] < since < starts[-1]
        assert not any(since - length < at < since + 2 * MINUTE for at in starts)
    assert minutes["missing"] == []
