"""What is computed of kept history by the engine, in a process of its own (`gateway.worker`).

`python -m gateway.computing` takes a task a line from its input, as JSON, and gives an answer a
line; it ends with its input.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
import orjson

from engine.index.definition import IndexDefinition, price_key
from engine.index.index_file import IndexFile, parse_file
from engine.index.shard import Shard
from engine.periods import NEVER
from engine.pricing.pricer import Pricer
from engine.profiles import profile_named, rank
from engine.records import AssetFrame, AssetRecord, DefinitionRecord, PriceFrame, Receipt
from engine.records.packed_prices import CodedKeys
from engine.table import F64, I64
from gateway.wire import rfc3339
from streams.kept_bytes import encode_mapping
from streams.sinks.reader import TableReader, TablesError
from streams.sinks.tables import CANDLES

MOST_ROWS = 1_000_000
"""Prices of one task: some hundred MB."""
MOST_INSTANTS = 20_000
"""Times of one task that have a price: each costs the engine half a ms, so ten seconds in all. Six
years of days have 2,190, and two years of hours 17,520."""
ALERTS_TOLD = 100
"""The last ones of a task."""
_POLITE = 10
"""Of `nice`: what is asked for by somebody never delays a price."""


class TaskRefused(ValueError):  # noqa: N818 - it is a refusal, not a fault
    """A task that is not done; `kind` is that of the problem (`gateway.api.problems`)."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


class KeptCloses(NamedTuple):
    """Prices in order of time; `code` is a place in `names`."""

    names: list[str]
    at: I64
    code: I64
    price: F64


def closes(
    reader: TableReader, series: Mapping[str, Sequence[str]], begin: int, end: int, step: int
) -> KeptCloses:
    """The closes of kept candles of this length, at the times (begin, end] at which they close, by
    names; each is that of the first of its series of which there are any. Raises TaskRefused."""
    if step not in CANDLES:
        raise TaskRefused("unfit", "step: candles are kept of 1s, 1m, 1h and 1d")
    at, code, price, rows = list[I64](), list[I64](), list[F64](), 0
    for place, (name, found) in enumerate(series.items()):
        for one in found:
            try:
                kept = reader.candles(one, max(begin - step, 0) + 1, end - step + 1, step)
            except TablesError as error:
                raise TaskRefused("too-much", str(error)) from error
            if len(kept["time"]):
                break
        else:
            raise _nothing(reader, name, found, step)
        _check_instants(len(kept["time"]))
        rows += len(kept["time"])
        if rows > MOST_ROWS:
            detail = f"these are more than {MOST_ROWS:,} prices; ask for less time or a longer step"
            raise TaskRefused("too-much", detail)
        at.append(kept["time"] + step)
        code.append(np.full(len(kept["time"]), place))
        price.append(kept["close"])
    times, codes = np.concatenate(at), np.concatenate(code)
    _check_instants(len(np.unique(times)))
    order = np.lexsort((codes, times))
    return KeptCloses(list(series), times[order], codes[order], np.concatenate(price)[order])


def _nothing(reader: TableReader, name: str, series: Sequence[str], step: int) -> TaskRefused:
    detail = f"nothing is kept of {name} in this time ({CANDLES[step].name})"
    for one in series:
        first, last = reader.oldest(one), reader.newest(one)
        if first is not None and last is not None:
            there = f"its history is from {rfc3339(first)} to {rfc3339(last)}"
            return TaskRefused("nothing-kept", f"{detail}; {there}")
    return TaskRefused("unknown-asset", detail)


def _check_instants(count: int) -> None:
    if count > MOST_INSTANTS:
        detail = f"these are {count:,} instants, and {MOST_INSTANTS:,} are the most that are "
        raise TaskRefused("too-much", detail + "computed; ask for less time or a longer step")


def replayed(rows: KeptCloses, defined: IndexFile) -> tuple[dict[str, Any], list[Any]]:
    """The last snapshot of each index, and all alerts: what `tidegauge replay` says of a file with
    these prices, but for `seq` and `receipt`."""
    pricer, shard = Pricer(), Shard(every=NEVER)
    offset, alerts = 0, list[Any]()

    def through(record: Any) -> None:
        nonlocal offset
        for output in pricer.apply(record):
            apply(output.body)

    def apply(body: Any) -> None:
        nonlocal offset
        for out in shard.apply(body, Receipt("prices", "what-if", 0, offset)):
            if out.topic == "alerts":
                alerts.append(out.body)
        offset += 1

    first = int(rows.at[0]) - 1  # in force just before the first price, as in a replay
    for coin in defined.assets:
        through(AssetRecord(first, "replay", coin.asset, coin.to_mapping()))
    for definition in defined.indices:
        through(DefinitionRecord(first, "replay", definition.id, definition.to_mapping()))
    shard.state.settle()
    now, nothing = int(rows.at[-1]), list[Any]()
    wanted = pricer.book.wanted
    if any(key != name for name in rows.names for key in wanted.of(name)):
        names = [rows.names[code] for code in rows.code.tolist()]
        unknown = [float("nan")] * len(names)
        columns = rows.at.tolist(), rows.price.tolist(), unknown, unknown
        through(AssetFrame(now, "replay", names, *columns))
    else:  # every asset has one price, that of its own name: the Pricer lets it pass as it is
        empty = AssetFrame(now, "replay", nothing, nothing, nothing, nothing, nothing)
        [output] = pricer.apply(empty)
        frame = cast("PriceFrame", output.body)._replace(
            asset=cast("list[str]", CodedKeys(rows.names, rows.code)),
            at=cast("list[int]", rows.at),
            price=cast("list[float]", rows.price),
        )
        apply(frame)
    found = shard.snapshots("replay", Receipt("prices", "what-if", 0, max(offset - 1, 0)))
    return {out.key: _plain(out.body) for out in found if out.topic == "snapshots"}, alerts


def _plain(body: Any) -> Any:
    return orjson.loads(body) if isinstance(body, bytes) else dict(body)


def what_if(task: Mapping[str, Any]) -> dict[str, Any]:
    """An index over the kept history. Raises TaskRefused."""
    reader = TableReader(Path(task["tables"]))
    document = {"index": task["indices"], **({"asset": task["assets"]} if task["assets"] else {})}
    defined = parse_file(document)
    rows = closes(reader, _series(defined.indices), task["from"], task["to"], task["step"])
    snapshots, alerts = replayed(rows, defined)
    own = [alert for alert in map(_plain, alerts) if alert["index"] == task["index"]]
    used = {}
    for code, name in enumerate(rows.names):
        times = rows.at[rows.code == code]
        used[name] = {"from": int(times[0]), "to": int(times[-1]), "n": len(times)}
    return {
        "rows": len(rows.at),
        "assets": used,
        "alerts": own[-ALERTS_TOLD:],
        "alerts_total": len(own),
        "snapshot": snapshots.get(task["index"]),
    }


def _series(definitions: Sequence[IndexDefinition]) -> dict[str, list[str]]:
    """Of each asset that indices hold or are measured against the series that may price it."""
    ids = {definition.id for definition in definitions}
    found: dict[str, list[str]] = {}
    for definition in definitions:
        outside = (b for b in definition.benchmarks if b not in ids)
        for asset in (*definition.all_assets(), *outside):
            key = f"asset:{price_key(asset, definition.kinds)}"
            series = found.setdefault(asset, [])
            series += [s for s in (key, f"asset:{asset}") if s not in series]
    return found


def common_rank(task: Mapping[str, Any]) -> dict[str, Any]:
    """Indices by a profile, each as its daily closes say over the same time. Raises TaskRefused."""
    reader = TableReader(Path(task["tables"]))
    places = {index: f"L{k}" for k, index in enumerate(task["indices"])}
    series: dict[str, list[str]] = {place: [index] for index, place in places.items()}
    tables: dict[str, Any] = {}
    for index, settings in task["indices"].items():
        against = [places.get(b, b) for b in settings.get("benchmarks", ())][:1]
        for benchmark in against:
            series.setdefault(benchmark, [f"asset:{benchmark}"])
        table = {**settings, "assets": [places[index]], "benchmarks": against}
        tables[index] = {**table, "return_interval": "1d"}
    rows = closes(reader, series, task["from"], task["to"], task["step"])
    snapshots, _ = replayed(rows, parse_file({"index": tables}))
    return {"ranking": rank(profile_named(task["profile"]), snapshots), "rows": len(rows.at)}


def over(task: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of indices over a time, as the daily closes of their levels in it say; each
    stands for itself as an asset does. Benchmarks that are indices are so, too. Raises TaskRefused.
    """
    reader = TableReader(Path(task["tables"]))
    places = {index: f"L{k}" for k, index in enumerate(task["levels"])}
    series = {places[index]: names for index, names in task["levels"].items()} | task["assets"]
    rows = closes(reader, series, task["from"], task["to"], task["step"])
    tables: dict[str, Any] = {}
    for index, settings in task["indices"].items():
        first = rows.code == rows.names.index(places[index])
        base = {"base_level": float(rows.price[first][0]), "return_interval": "1d"}
        tables[index] = {**settings, "assets": [places[index]], **base}
    for index in task["levels"]:
        tables.setdefault(index, {"assets": [places[index]], "return_interval": "1d"})
    snapshots, _ = replayed(rows, parse_file({"index": tables}))
    return {index: snapshots.get(index) for index in task["indices"]}


TASKS = {"what_if": what_if, "common_rank": common_rank, "over": over}


def answer(line: bytes) -> bytes:
    """The answer to a task: `{"done": …}`, or `{"refused": kind, "detail": text}`."""
    task = orjson.loads(line)
    try:
        return encode_mapping({"done": TASKS[task["do"]](task)})
    except TaskRefused as error:
        return orjson.dumps({"refused": error.kind, "detail": str(error)})
    except Exception as error:  # noqa: BLE001 - told, so that the next task finds a worker
        return orjson.dumps({"failed": f"{type(error).__name__}: {error}"})


def main() -> None:
    """Answer until the input ends."""
    os.nice(_POLITE)
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(answer(line) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
