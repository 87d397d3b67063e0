"""What every adapter of the log's port does: one script, which each of them must pass."""

from __future__ import annotations

from contextlib import aclosing

from streams.log import Log, Writer, backwards, end_of, places
from streams.records import OutRecord, Record


def out(topic: str, key: str, value: bytes, seq: int, writer: str = "w") -> OutRecord:
    return OutRecord(topic, 0, key, "t", value, writer, seq, None)


async def read(log: Log, topic: str, *span: int) -> list[Record]:
    async with aclosing(log.read(topic, 0, *span)) as records:
        return [record async for record in records]


async def check_port(log: Log) -> None:
    """Append, read, follow, the last of each key, ends."""
    assert log.log_id
    assert places(log, "ticks", "definitions") == [("ticks", 0), ("definitions", 0)]
    begin = await end_of(log, "snapshots")
    async with log.writer() as writer:
        await check_appends(log, writer)
        await check_keys(log, writer, begin)


async def check_appends(log: Log, writer: Writer) -> None:
    first = [out("ticks", f"k{n}", b"%d" % n, n + 1) for n in range(3)]
    await writer.send(first[:2], [*first[2:], out("alerts", "a", b"alert", 1)])
    assert await log.ends([("ticks", 0), ("alerts", 0)]) == {("ticks", 0): 3, ("alerts", 0): 1}
    assert await log.start("ticks", 0) == 0
    assert [await log.since("ticks", 0, time) for time in (0, 2**62)] == [0, 3]
    found = await read(log, "ticks")
    assert [(r.topic, r.partition, r.offset, r.key, r.type, r.v) for r in found] == [
        ("ticks", 0, n, f"k{n}", "t", 1) for n in range(3)
    ]
    assert [(r.log, r.writer, r.seq, r.value) for r in found] == [
        (log.log_id, "w", n + 1, b"%d" % n) for n in range(3)
    ]
    assert [r.offset for r in await read(log, "ticks", 1)] == [1, 2]
    assert [r.offset for r in await read(log, "ticks", 1, 2)] == [1]
    assert await read(log, "levels") == []
    await writer.send(out("ticks", "", b"x", n) for n in range(4, 130))
    async with aclosing(backwards(log, "ticks")) as newest:
        assert [r.offset async for r in newest] == list(range(128, -1, -1))
    async with aclosing(log.follow({("ticks", 0): 128, ("alerts", 0): 1})) as batches:
        assert [r.offset for r in await something(batches)] == [128]
        await writer.send([out("alerts", "b", b"next", 2)])
        assert [(r.topic, r.key) for r in await something(batches)] == [("alerts", "b")]


async def check_keys(log: Log, writer: Writer, begin: int) -> None:
    for seq, (key, value) in enumerate((("A", b"1"), ("B", b"2"), ("A", b"3"), ("CC", b"4")), 1):
        await writer.send([out("snapshots", key, value, seq)])
    await writer.send([out("snapshots", "B", b"", 5)])
    assert await last(log) == {"A": b"3", "CC": b"4"}
    assert await last(log, "A", "B") == {"A": b"3"}
    await writer.send([out("snapshots", "B", b"6", 6)])
    await writer.send([out("snapshots", "B", b"", 7)])  # the very last record
    assert await last(log, "B") == {}
    before = await end_of(log, "snapshots")
    assert before > begin
    await writer.send([out("snapshots", "D", b"8", 8)])
    assert [(r.key, r.offset) for r in await read(log, "snapshots", before)] == [("D", before)]


async def last(log: Log, *prefixes: str) -> dict[str, bytes]:
    """The value of every key that is not forgotten."""
    found = dict[str, bytes]()
    async with aclosing(log.latest("snapshots", 0, prefixes or ("",))) as records:
        async for record in records:
            found[record.key] = record.value
    return {key: value for key, value in sorted(found.items()) if value}


async def something(batches: object) -> list[Record]:
    """The next batch with anything in it."""
    async for batch in batches:  # type: ignore[attr-defined]
        if batch:
            return list(batch)
    raise AssertionError("it follows for ever")
