"""`/v1/indices/{id}/history`: candles of a level or a price, and any figure over time."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Annotated, Any, NamedTuple

import numpy as np
import orjson
from fastapi import APIRouter, Path, Query, Response

from engine.metrics.registry import REGISTRY
from engine.types import DAY, SECOND
from gateway.api.context import Served
from gateway.api.models.past import SeriesHistory
from gateway.api.parameters import FromQuery, Step, ToQuery
from gateway.api.problems import ApiProblem, described
from gateway.api.reply import MEDIA, TABULAR, Form, FormQuery, Replying
from gateway.api.tables import arrow_stream, csv_text
from gateway.past import LATEST, Past
from gateway.wire import rfc3339
from streams.sinks.reader import Columns, fitting_step

router = APIRouter(prefix="/v1/indices", tags=["history"])

MOST_FIGURES = 100
MOST_IN_HEAD = 20
"""Missing times in the header, which proxies bound: the last of more reaches from the begin of that
one to the end of all. JSON has each of them in the body, too."""
_ASSET = "asset:"
_PATH = r"[A-Za-z0-9_.@+:-]{1,120}"
_JSON = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NAIVE_UTC | orjson.OPT_UTC_Z

SeriesPath = Annotated[
    str,
    Path(
        description="The id of an index, or `asset:X` for the price of an asset that one holds.",
        examples=["TOP3", "asset:BTC"],
    ),
]
FiguresQuery = Annotated[
    str | None,
    Query(
        description="Paths of a snapshot with commas between, in place of candles.",
        pattern=rf"^{_PATH}(,{_PATH}){{0,{MOST_FIGURES - 1}}}$",
        examples=["risk.sharpe,drawdown.current"],
    ),
]


@router.get(
    "/{index}/history",
    response_model=SeriesHistory,
    responses={
        200: {"content": {MEDIA[form].split(";")[0]: {} for form in TABULAR}},
        **described(
            *("unknown-index", "unknown-asset", "unknown-figure", "no-history"),
            *("unfit", "too-much", "not-acceptable", "busy", "unreadable"),
        ),
    },
)
async def read_history(
    index: SeriesPath,
    gateway: Served,
    reply: Replying,
    from_: FromQuery = None,
    to: ToQuery = None,
    step: Annotated[Step | None, Query(description="From one row to the next.")] = None,
    figures: FiguresQuery = None,
    form: FormQuery = None,
) -> Response:
    """Candles of an index's level, or of an asset's price: open, high, low, close, peak by the time
    at which each begins; the last one may be open still. With `figures` those, as of the ends of
    hours or days, and as of now.

    Seconds are kept for a day, minutes for 90, hours and days for ever; a step is a multiple of one
    of them, and one that fits the time if not given. Figures are kept at the ends of hours for 90
    days, and of days for ever. Times of which there is nothing of this step any more are told under
    `missing`, and in at most 20 parts in the header Tidegauge-Missing. No candle is made of a part
    of its time, but where in the first seconds after a start the newest are not known yet.
    """
    chosen = reply.form(TABULAR, form)
    if index.startswith(_ASSET) and figures is not None:
        do = "ask for its candles without `figures`, or for the figures of an index"
        raise ApiProblem("unfit", "figures: an asset has none, it has prices", do=do)
    entry = None if index.startswith(_ASSET) else gateway.entry(index)
    asked = Asked(
        past=gateway.tables(),
        series=index,
        begin=from_,
        end=to,
        step=step,
        paths=[] if figures is None else list(dict.fromkeys(figures.split(","))),
        now=gateway.state.newest,
        status=None if entry is None else entry.status,
        snapshot=None if entry is None else entry.snapshot,
    )
    async with gateway.places.one():
        body, missing = await asyncio.to_thread(_answer, asked, chosen)
    return await reply.send(body, chosen, {"Tidegauge-Missing": missing} if missing else {})


class Asked(NamedTuple):
    """What is asked of a series: a time [begin, end) in ns, a step, figures (none: candles); and
    what is known of the series now."""

    past: Past
    series: str
    begin: int | None
    end: int | None
    step: int | None
    paths: list[str]
    now: int
    status: str | None
    snapshot: Mapping[str, Any] | None

    def span(self) -> tuple[int, int, int]:
        """Begin, end and step, where they are not given those that fit. Raises ApiProblem."""
        newest = self.past.newest(self.series)
        if newest is None and self.series.startswith(_ASSET):
            name = self.series[len(_ASSET) :][:64]
            detail = f"no asset {name!r} that an index holds or is measured against"
            raise ApiProblem("unknown-asset", detail)
        end = self.end if self.end is not None else min(max(newest or 0, self.now) + 1, LATEST)
        begin = self.begin
        if begin is None:
            is_fine = self.step is not None and self.step < DAY
            begin = max(end - 1000 * (self.step or 0), 0) if is_fine else self._oldest(end)
        return begin, end, self.step or (DAY if self.paths else fitting_step(begin, end))

    def _oldest(self, end: int) -> int:
        """Where what is known begins: the whole of it fits."""
        oldest = self.past.oldest(self.series)
        return 0 if oldest is None or oldest >= end else oldest


def _few(missing: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same times in at most `MOST_IN_HEAD`."""
    if len(missing) <= MOST_IN_HEAD:
        return missing
    first = missing[: MOST_IN_HEAD - 1]
    return [*first, (missing[MOST_IN_HEAD - 1][0], missing[-1][1])]


def _answer(asked: Asked, form: Form) -> tuple[bytes, str]:
    """The body, and what is missing, in one line: a table has no place for it."""
    begin, end, step = asked.span()
    missing = list[tuple[int, int]]()
    if asked.paths:
        columns, open_from = figure_columns(asked, begin, end, step)
        missing = asked.past.figures_lost(asked.series, begin, end, step)
    else:
        columns, open_from, missing = asked.past.candles(asked.series, begin, end, step, asked.now)
    line = ", ".join(f"{rfc3339(since)}/{rfc3339(to)}" for since, to in _few(missing))
    if form == "csv":
        return csv_text(columns), line
    if form == "arrow":
        return arrow_stream(columns), line
    times = columns["time"]
    body = {
        "index": asked.series,
        "status": asked.status,
        "from": rfc3339(begin),
        "to": rfc3339(end),
        "step": step // SECOND,
        "open_from": None if open_from is None else rfc3339(open_from),
        "missing": [{"from": rfc3339(since), "to": rfc3339(to)} for since, to in missing],
        "columns": {
            "at": times.astype("M8[ns]") if _whole(times) else [rfc3339(t) for t in times.tolist()],
            **{name: _plain(c) for name, c in columns.items() if name != "time"},
        },
    }
    return orjson.dumps(body, option=_JSON), line


def _whole(times: Any) -> bool:
    """Whether all are whole seconds, which orjson writes as `rfc3339` does."""
    return not (times % SECOND).any()


def _plain(column: Any) -> Any:
    """What JSON can say: NaN becomes null by itself."""
    return np.ascontiguousarray(column) if column.dtype.kind in "fi" else column.tolist()


def figure_columns(asked: Asked, begin: int, end: int, step: int) -> tuple[Columns, int | None]:
    """Figures that are kept, then those of now; and the time of these. Raises ApiProblem."""
    snapshot = asked.snapshot
    now = {} if snapshot is None else {**dict(_flat(snapshot)), "status": asked.status}
    _check(asked.paths, asked.past.paths(begin, end, step), now)
    kept = asked.past.figures(asked.series, begin, end, step, asked.paths)
    at = -1 if snapshot is None else int(snapshot["as_of"])
    last = int(kept["time"][-1]) if len(kept["time"]) else begin - 1
    if not last < at < end:
        return {"time": kept["time"], **_texts(kept, asked.paths)}, None
    columns = {"time": np.append(kept["time"], np.int64(at))}
    columns |= {p: np.array([*kept[p].tolist(), now.get(p)], dtype=object) for p in asked.paths}
    return {"time": columns["time"], **_texts(columns, asked.paths)}, at if at % step else None


def _texts(columns: Columns, paths: Sequence[str]) -> Columns:
    return {path: _column(path, columns[path].tolist()) for path in paths}


def _column(path: str, values: list[Any]) -> Any:
    """Numbers, NaN where undefined; times and words as text."""
    if path.rsplit(".", 1)[-1] in REGISTRY.times:
        known = (None if v is None or v != v else rfc3339(int(v)) for v in values)
        return np.array(list(known), dtype=object)
    if any(isinstance(value, str | bool) for value in values):
        return np.array([None if v != v else v for v in values], dtype=object)
    return np.array([np.nan if v is None else v for v in values], dtype=np.float64)


def _flat(body: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Path and value of every figure of a snapshot that is one number, time or word."""
    for name, value in body.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        elif not isinstance(value, list):
            yield f"{prefix}{name}", value


_CARDS = [
    re.compile(re.escape(card.path).replace(r"\*", "[^.]+"))
    for card in REGISTRY.cards
    if ": " not in card.path
]


def _check(paths: Sequence[str], kept: Sequence[str], now: Mapping[str, Any]) -> None:
    """Refuse a path that no snapshot has. Raises ApiProblem."""
    known = {*kept, *now}
    for path in paths:
        if path in known or (not known and any(card.fullmatch(path) for card in _CARDS)):
            continue
        near = get_close_matches(path, sorted(known), 3)
        hint = f"; did you mean {' or '.join(near)}?" if near else "; see /v1/definitions"
        detail = f"figures: no kept snapshot of this time has {path[:120]!r}{hint}"
        raise ApiProblem("unknown-figure", detail, near=near)
