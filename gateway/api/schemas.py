"""`/v1/schemas`: JSON Schema of every record of the log, made of the types that read and write it,
and the kinds of problems."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path, Response

from engine.records import (
    AlertHead,
    AssetRecord,
    BackfillFrame,
    BarHead,
    Body,
    DefinitionRecord,
    LevelColumns,
    LogRecord,
    NumbersSpan,
    PlainTick,
    Rejected,
    SnapshotHead,
    TickFrame,
)
from engine.records.bounds import FreeMapping
from gateway.api.models.figures import snapshot_model
from gateway.api.models.others import SchemaNames
from gateway.api.problems import KINDS, ApiProblem, KindName, ProblemKind, described, told_kind
from gateway.api.reply import Replying
from streams.codecs import WireAssets, WirePrices

router = APIRouter(prefix="/v1", tags=["schemas"])

DIALECT = "https://json-schema.org/draft/2020-12/schema"
RECORDS: dict[str, tuple[type[Body], str]] = {
    "ticks": (TickFrame, "Some milliseconds of trades, in columns."),
    "tick": (PlainTick, "One trade, as `tidegauge decode` prints it."),
    "backfill": (BackfillFrame, "Trades that the live stream missed."),
    "assets": (WireAssets, "Recorded prices of assets."),
    "definition": (DefinitionRecord, "An index enters force, or is retired."),
    "asset": (AssetRecord, "What happens to a coin."),
    "log": (LogRecord, "The first record of a log."),
    "prices": (WirePrices, "What the Pricer made of a record of ticks."),
    "levels": (LevelColumns, "The levels of a shard's indices, in columns."),
    "snapshot": (SnapshotHead, "Every figure of an index."),
    "day_snapshot": (SnapshotHead, "The same as of the end of a UTC day."),
    "minute_bar": (BarHead, "A closed minute of an index or an asset."),
    "hour_bar": (BarHead, "A closed hour."),
    "bar": (BarHead, "A closed UTC day."),
    "alert": (AlertHead, "A rule fires or resolves."),
    "rejected": (Rejected, "A record that a stage could not use."),
    "version": (NumbersSpan, "From which record on outputs are of which numbers."),
}
"""The records that are JSON, by their header `type`; `docs/records.md` shows one of each."""


@router.get("/schemas", response_model=SchemaNames, responses=described())
async def list_schemas(reply: Replying) -> Response:
    """The records of the log, by name."""
    return await reply.json({"records": {name: what for name, (_, what) in RECORDS.items()}})


@router.get(
    "/schemas/{record}",
    responses={
        200: {
            "description": f"A JSON Schema ({DIALECT}).",
            "content": {
                "application/json": {
                    "schema": {"type": "object", "required": ["$schema", "title"]},
                    "example": {"$schema": DIALECT, "title": "alert", "type": "object"},
                }
            },
        },
        **described("unknown-record"),
    },
)
async def read_schema(
    record: Annotated[str, Path(description="The name of a record.", examples=["alert"])],
    reply: Replying,
) -> Response:
    """The JSON Schema of a record as it stands in the log: times are int ns there."""
    if record not in RECORDS:
        detail = f"no record {record[:60]!r}; there are {', '.join(RECORDS)}"
        raise ApiProblem("unknown-record", detail, near=list(RECORDS))
    return await reply.json(schema(record))


@router.get("/problems", response_model=list[ProblemKind], responses=described())
async def list_problems(reply: Replying) -> Response:
    """All kinds of problems that an answer may be, and what to do about each."""
    return await reply.json([told_kind(kind).model_dump() for kind in KINDS])


@router.get("/problems/{kind}", response_model=ProblemKind, responses=described("unknown-problem"))
async def read_problem(kind: KindName, reply: Replying) -> Response:
    """A kind of problem: what the `type` of an answer leads to."""
    return await reply.json(told_kind(kind).model_dump())


@lru_cache(maxsize=len(RECORDS))
def schema(record: str) -> dict[str, Any]:
    """The JSON Schema of a record."""
    kind, what = RECORDS[record]
    made = _of_snapshot() if kind is SnapshotHead else msgspec.json.schema(_plain(kind))
    found: dict[str, Any] = _portable(made)
    return {"$schema": DIALECT, "title": record, "description": what, **found}


def _of_snapshot() -> dict[str, Any]:
    """The figures as their cards say, with times in ns, as they stand in the log."""
    made = snapshot_model().model_json_schema(by_alias=True, mode="serialization")
    for name in ("title", "description"):
        made.pop(name, None)
    found: dict[str, Any] = _in_ns(made)
    return found


def _in_ns(value: Any) -> Any:
    if isinstance(value, Mapping):
        if value.get("format") == "date-time":
            told = {k: v for k, v in value.items() if k not in ("type", "format", "examples")}
            return {**told, "type": "integer"}
        return {k: _in_ns(v) for k, v in value.items()}
    return [_in_ns(v) for v in value] if isinstance(value, list) else value


def _plain(kind: type[Body]) -> type[msgspec.Struct]:
    """The type with its free mappings as plain objects: written out to their depth, each level
    would stand in the one above twice."""
    fields = msgspec.structs.fields(kind)
    if not any(_is_free(field.type) for field in fields):
        return kind
    told = [
        (field.name, _freed(field.type), field.default)
        if field.default is not msgspec.NODEFAULT
        else (field.name, _freed(field.type))
        for field in fields
    ]
    return msgspec.defstruct(kind.__name__, told)


def _is_free(kind: Any) -> bool:
    return kind in (FreeMapping, FreeMapping | None)


def _freed(kind: Any) -> Any:
    if kind == FreeMapping:
        return dict[str, Any]
    return dict[str, Any] | None if _is_free(kind) else kind


def _portable(value: Any) -> Any:
    """With the anchors of regular expressions that JSON Schema knows (ECMA-262)."""
    if isinstance(value, Mapping):
        return {
            k: v.replace(r"\A", "^").replace(r"\Z", "$") if k == "pattern" else _portable(v)
            for k, v in value.items()
        }
    return [_portable(v) for v in value] if isinstance(value, list) else value
