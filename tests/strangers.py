"""Records of others that no log can use, of every topic and type: what a mistake may look like."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import orjson

from engine.records import PriceFrame
from engine.types import SECOND
from streams.codecs import LONGEST, CodecError, decode, encode
from streams.records import Record

LAST = 2**63 - 1
NAN = float("nan")
DEEP = b'{"a":' * 5000 + b"1" + b"}" * 5000
OUTPUTS = ("levels", "snapshots", "alerts")
TOPICS = ("ticks", "prices", *OUTPUTS, "snapshots.history", "definitions", "versions", "bars")
TICK = {
    **{"venue": "mine", "symbol": "B", "base": "BTC", "quote": "USD", "kind": "spot"},
    **{"price": 1.0, "size": 1.0, "side": None, "id": None},
}
SOUND = (("side", None), ("id", None), ("id", ""), ("price", -1), ("size", -1))
"""Can be read; a price below zero the Pricer refuses by itself."""
WRONG: tuple[Any, ...] = (None, [], {"a": 1}, -1, "", True, "x" * 201, 2.5e300, LAST, [[[]]])
"""What may stand where something else belongs: types, bounds, depth."""


class Foreign(NamedTuple):
    """A record that somebody else appends. `claims` the name of a writer of ours without knowing
    its token, or with it, as a copy of a record would."""

    what: str
    topic: str
    key: str
    type: str
    value: bytes
    writer: str = ""
    seq: int = 0
    knows_token: bool = False


def kinds(newest: Mapping[str, Record], start: int, ours: str) -> Iterator[Foreign]:
    """Of every kind some, given the newest record of each topic; `start` is when trades began (ns),
    `ours` a connector that writes.

    Under keys of their own: of a compacted topic the log keeps only the last record of a key.
    """
    yield from _junk(newest)
    yield from _fields(newest)
    yield from _trades(newest, start, ours)
    yield from _prices(newest, start)
    yield from _outputs(newest)
    yield from _definitions(start)


def _junk(newest: Mapping[str, Record]) -> Iterator[Foreign]:
    values = {
        **{"nothing": b"", "a word": b"junk", "no text": b"\xff\xfe", "a list": b"[1]"},
        **{"null": b"null", "nested": DEEP, "digits": b"1" * 9999, "an empty mapping": b"{}"},
        **{"nested inside": b'{"x":' + DEEP + b"}", "infinity": b'{"now": 1e999}'},
        **{"half": b'{"now": 17', "long": b'{"x": "' + b"y" * 900_000 + b'"}'},
    }
    for what, value in values.items():
        for topic in TOPICS:
            kind = newest[topic].type if topic in newest else "version"
            yield Foreign(f"{what} in {topic}", topic, f"TOP9{what}", kind, value)
            yield Foreign(f"{what} in {topic}", topic, f"TOP9{what}", "", value, "somebody", LAST)


def _fields(newest: Mapping[str, Record]) -> Iterator[Foreign]:
    """Real records, each field of which holds something else, under our own names."""
    for topic, record in newest.items():
        if topic.startswith("checkpoints") or not record.value.startswith(b"{"):
            continue
        body, rng = orjson.loads(record.value), random.Random(topic)
        for field in body:
            wrong = rng.choice(WRONG)
            what = f"{field} = {str(wrong)[:20]} in {topic}"
            value = orjson.dumps(body | {field: wrong})
            if topic == "ticks" and is_sound(record, value):
                continue
            yield Foreign(what, topic, f"{record.key}/{field}", record.type, value, "me", 1)
            if topic not in ("ticks", "prices"):
                continue
            yield Foreign(what, topic, record.key, record.type, value, record.writer, 10**9)


def is_sound(record: Record, value: bytes) -> bool:
    """Whether anybody may say that in place of a record."""
    try:
        decode(record.type, 1, value, record.time)
    except CodecError:
        return False
    return True


def _trades(newest: Mapping[str, Record], start: int, ours: str) -> Iterator[Foreign]:
    tick = TICK | {"ts": start}
    for field in tick:
        for wrong in (None, [], {"a": 1}, -1, "", True):
            if (field, wrong) not in SOUND:
                value = orjson.dumps(tick | {field: wrong})
                yield Foreign(f"a tick's {field} = {wrong}", "ticks", "mine", "tick", value)
    frame = orjson.loads(newest["ticks"].value)
    late = orjson.dumps(frame | {"now": LAST})
    yield Foreign("a frame of the year 2262", "ticks", "", "ticks", late)
    for seq in (99_999, LAST):
        value = newest["ticks"].value
        yield Foreign("a seq far ahead", "ticks", "", "ticks", value, ours, seq, True)
    value = newest["ticks"].value
    yield Foreign("never entered", "ticks", "", "ticks", value, "connector:x:1", 7, True)
    yield Foreign("too long", "ticks", "", "ticks", b" " * 900_000 + b"{}")


def prices(now: int, price: float = 1.0) -> bytes:
    """A sound record of prices."""
    return encode(PriceFrame(now, "live", ["BTC"], [now], [price], [NAN], [NAN], {}, []))[1]


def _prices(newest: Mapping[str, Record], start: int) -> Iterator[Foreign]:
    last = newest["prices"]
    for writer, seq in (("", 0), ("me", 1), ("me", 3), ("shard:0", last.seq + 1)):
        yield Foreign("prices of others", "prices", "", "prices", prices(start), writer, seq)
    body = orjson.loads(prices(start)) | {"now": LAST, "at": [LAST]}
    yield Foreign("prices of 2262", "prices", "", "prices", orjson.dumps(body))
    soon = prices(start + 900 * SECOND)
    for seq in (LAST, 10**9):
        yield Foreign(
            "a seq of ours far ahead", "prices", "", "prices", soon, "pricer:0", seq, True
        )
    for seq in (last.seq + 1, last.seq, 1):
        what = "our next seq without the token"
        yield Foreign(what, "prices", "", "prices", soon, last.writer, seq)


def _outputs(newest: Mapping[str, Record]) -> Iterator[Foreign]:
    for topic in OUTPUTS:
        record = newest[topic]
        kind, body = record.type, orjson.loads(record.value)
        locked = orjson.dumps(body | {"seq": LAST})
        yield Foreign(f"{topic} of the last seq", topic, "TOP2", kind, locked)
        for field in body:
            for seq, wrong in ((LAST - 1, [[]]), (LAST - 3, "x")):
                value = orjson.dumps(body | {field: wrong})
                what = f"{topic}' {field} = {wrong}"
                yield Foreign(what, topic, f"T{field}", kind, value, "shard:0", seq, True)
    for wrong in ({"returns": {"1d": "x"}}, {"risk": {"sharpe": {}}}, {"drawdown": 7}):
        body = orjson.loads(newest["snapshots"].value) | {"seq": LAST - 9} | wrong
        value = orjson.dumps(body)
        what = "a wrong figure"
        yield Foreign(what, "snapshots", "TOP2", "snapshot", value, "shard:0", LAST - 5, True)
    alert = orjson.loads(newest["alerts"].value)
    forged = orjson.dumps(alert | {"seq": alert["seq"] + 1, "id": "x:firing", "episode": "x"})
    yield Foreign("a sound alert of others", "alerts", "TOP2", "alert", forged, "shard:0", 10**6)


def _definitions(start: int) -> Iterator[Foreign]:
    bad = {"now": start, "origin": "live", "index": "X", "definition": {"assets": 7}}
    for body in (bad, bad | {"definition": None, "now": "x"}, bad | {"index": "no id"}):
        value = orjson.dumps(body)
        yield Foreign("no definition", "definitions", "X", "definition", value, "define:x", 1, True)
    version = {"numbers": "99", "topic": "ticks", "partition": 0, "from": 0, "at": 0}
    value = orjson.dumps(version)
    yield Foreign("a later version", "versions", "ticks/0/0", "version", value)
    yield Foreign(
        "without a token", "versions", "ticks/0/1", "version", value, "versions:ticks/0", 1
    )
    wrong = orjson.dumps(version | {"from": "x"})
    yield Foreign("no version", "versions", "x", "version", wrong, "versions:ticks/0", 9, True)


assert LONGEST > 900_000, "what is too long for us, no broker takes; tests/streams tries it"
