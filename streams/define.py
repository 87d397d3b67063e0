"""Index and coin definitions in the log: what is in force, and how it changes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec
import orjson

from engine.index.canonical import canonical, parse_canonical
from engine.index.coin_events import AssetDefinition, merged, parse_asset
from engine.index.definition import DefinitionError, IndexDefinition, check_change
from engine.index.index_file import check_all
from engine.periods import iso
from engine.records import AssetRecord, DefinitionRecord
from streams.backfill import reached_by
from streams.codecs import encode
from streams.log import LOG_KEY, Log, end_of
from streams.reading import left_out, read_or_log
from streams.records import OutRecord, Record

ASSET_KEY = "asset:"
"""Begins the key of a coin's record in `definitions`. No index id has small letters."""

DefiningRecord = DefinitionRecord | AssetRecord


class DefineResult(NamedTuple):
    """Index ids by what `define` did with them, and coins likewise. Nothing is written for
    `unchanged`. `notes` say in words what becomes of the coins of `assets`."""

    added: list[str]
    changed: list[str]
    retired: list[str]
    unchanged: list[str]
    notes: Sequence[str] = ()


class Defined(NamedTuple):
    """What is in force: indices by their id, coins by their name."""

    indices: dict[str, IndexDefinition]
    assets: dict[str, AssetDefinition]


async def defined_in(log: Log) -> Defined:
    """What is in force in a log."""
    return all_in_force([record async for record in log.latest("definitions", 0)])


def all_in_force(records: Iterable[Record]) -> Defined:
    """What these records of `definitions` put into force and did not retire.

    What is no definition, or from somebody else, is left out and logged.
    """
    found = Defined({}, {})
    for record in records:
        if record.key == LOG_KEY or not record.value:
            continue
        body = read_or_log(record)
        if body is None:
            continue
        if not isinstance(body, DefiningRecord) or key_of(body) != record.key:
            left_out(record, f"it defines no {record.key}")
            continue
        if isinstance(body, AssetRecord):
            found.assets[body.asset] = parse_asset(body.asset, body.definition)
            continue
        found.indices.pop(record.key, None)  # a later record of the same index counts
        if body.definition is not None:
            found.indices[body.index] = parse_canonical(body.index, body.definition)
    return found


async def define(
    log: Log,
    definitions: Iterable[IndexDefinition],
    retire: Iterable[str] = (),
    *,
    assets: Iterable[AssetDefinition] = (),
    late: bool = False,
    now: int,
    by: str = "",
) -> DefineResult:
    """Put definitions into force and retire others, written at `now` (ns UTC) by somebody; twice
    is once.

    They take effect behind the log's last price: first they go into `ticks`, where they do, and
    then into `definitions`. On a directory that is one commit; elsewhere, whoever dies between
    leaves something that the next attempt repeats, and a repeated definition changes nothing.
    Raises LogError, and DefinitionError where they do not fit together with those in force, or an
    event lies behind the log's last price and is not to take effect `late`.
    """
    before, reached = await defined_in(log), await reached_by(log)
    result, records = plan(before, definitions, retire, now, assets, reached or 0, late, by)
    if records:
        name = writer_of(await end_of(log, "definitions"), records)
        numbered = list(enumerate(records, 1))
        async with log.writer() as writer:
            await writer.send(
                *([_out(t, r, name, seq) for seq, r in numbered] for t in ("ticks", "definitions"))
            )
    return result


def _out(topic: str, record: DefiningRecord, writer: str, seq: int) -> OutRecord:
    kind, value = encode(record)
    return OutRecord(topic, 0, key_of(record), kind or "", value, writer, seq, record)


def key_of(record: DefiningRecord) -> str:
    """The key of a record in `definitions`."""
    return record.index if isinstance(record, DefinitionRecord) else ASSET_KEY + record.asset


def plan(
    before: Defined,
    definitions: Iterable[IndexDefinition],
    retire: Iterable[str],
    at: int,
    assets: Iterable[AssetDefinition] = (),
    reached: int = 0,
    late: bool = False,
    by: str = "",
) -> tuple[DefineResult, list[DefiningRecord]]:
    """What becomes of definitions, given those in force, and the records that do it, written `at`
    (ns) `by` somebody, into a log whose prices go up to `reached`.

    Raises DefinitionError where they do not fit together.
    """
    wanted, gone = {d.id: d for d in definitions}, list(dict.fromkeys(retire))
    for index in gone:
        if index in wanted:
            raise DefinitionError(("index", index), "is defined and retired at once; do either")
    for index, definition in wanted.items():
        check_change(before.indices.get(index), definition)
    after = {index: d for index, d in {**before.indices, **wanted}.items() if index not in gone}
    written = {a.asset: a for a in assets}
    coins = {asset: merged(before.assets.get(asset), a) for asset, a in written.items()}
    check_all(after.values(), {**before.assets, **coins}.values())

    result = DefineResult([], [], [], [], [])
    records = list[DefiningRecord]()
    notes = list[str]()
    for asset, coin in coins.items():
        had = before.assets.get(asset)
        notes += _describe(had, coin, written[asset], reached, late)
        if had != coin:  # ahead of the indices, which name coins as they were before their events
            records.append(AssetRecord(at, "live", asset, coin.to_mapping()))
    for index, definition in wanted.items():
        if before.indices.get(index) == definition:
            result.unchanged.append(index)
            continue
        (result.changed if index in before.indices else result.added).append(index)
        records.append(DefinitionRecord(at, "live", index, canonical(definition), by))
    for index in gone:
        (result.retired if index in before.indices else result.unchanged).append(index)
        if index in before.indices:
            records.append(DefinitionRecord(at, "live", index, None, by))
    return result._replace(notes=notes), records


def _describe(
    before: AssetDefinition | None,
    coin: AssetDefinition,
    written: AssetDefinition,
    reached: int,
    late: bool,
) -> list[str]:
    """What is new of a coin, in words; refuses an event behind the log's last price."""
    asset, had = coin.asset, before.events if before else ()
    if before == coin:
        return [f"unchanged: asset {asset}"]
    found = list[str]()
    for number, event in enumerate(written.events):
        if event in had:
            continue
        when = f"behind {iso(event.at)}"
        if event.at < reached:
            if not late:
                raise DefinitionError(
                    ("asset", asset, "event", f"[{number}]", "at"),
                    f"{iso(event.at)} is behind the log's last price, {iso(reached)}; "
                    "`define --late` puts it into effect now",
                )
            when = f"now, behind {iso(reached)}; its time was {iso(event.at)}"
        found.append(f"event: {event.in_words(asset)} {when}")
    excluded = before.exclude if before else ()
    if coin.exclude != excluded:
        found.append(f"excluded: {asset}: {', '.join(coin.exclude or ()) or 'no source any more'}")
    return found or [f"unchanged: asset {asset}"]


def writer_of(offset: int, records: Sequence[DefiningRecord]) -> str:
    """The name of the writer of these records, which are to stand at `offset` in `definitions`.

    The offset is part of the name: going back to an earlier definition is a new change.
    """
    told = [
        [value for name, value in msgspec.structs.asdict(r).items() if name != "by" or value]
        for r in records
    ]
    text = orjson.dumps([offset, *told])
    return f"define:{hashlib.sha256(text).hexdigest()[:16]}"
