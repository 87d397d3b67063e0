"""`/v1/indices/{id}/history`: candles of a level or a price, and any figure over time."""

from __future__ import annotations

import asyncio
import csv
import io
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

import duckdb
import numpy as np
import orjson
from fastapi import APIRouter, Query, Request, Response

from engine.types import DAY, HOUR, MINUTE, SECOND
from gateway.arrow import arrow_stream
from gateway.wire import rfc3339
from streams.sinks.reader import CANDLE, Columns, TableReader, TablesError, fitting_step

_UNITS = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}
_STEP = re.compile(r"\A([1-9][0-9]{0,5})([smhdw])\Z")
_LONGEST_STEP = 366 * DAY
_MOST_FIGURES = 100
_LATEST = 7_258_118_400 * SECOND
"""2200, behind all that a log may hold."""
FORMATS = {
    "json": "application/json",
    "csv": "text/csv",
    "arrow": "application/vnd.apache.arrow.stream",
}
_AT_ONCE = 4
"""Questions that are answered at a time: each may take a core and some tens of MB."""


class HistoryQuery:
    """What is asked for: a time [begin, end) in ns, a step, figures (none: candles), a format."""

    def __init__(self, request: Request, newest: Callable[[], int | None]) -> None:
        told = request.query_params
        for name in told:
            if name not in ("from", "to", "step", "figures", "format"):
                raise TablesError(
                    f"{name}: unknown parameter; known are from, to, step, figures, format"
                )
        self.format = _format(told.get("format"), request.headers.get("accept", ""))
        self.figures = _figures(told.get("figures"))
        step = None if told.get("step") is None else _step(told["step"])
        to = told.get("to")
        self.end = _time("to", to) if to else min((newest() or time.time_ns()) + 1, _LATEST)
        if told.get("from"):
            self.begin = _time("from", told["from"])
        else:
            self.begin = max(self.end - 1000 * step, 0) if step is not None and step < DAY else 0
        self.step = step or (DAY if self.figures else fitting_step(self.begin, self.end))


def _format(named: str | None, accepted: str) -> str:
    if named is not None:
        if named not in FORMATS:
            raise TablesError(f"format: one of {', '.join(FORMATS)}, not {named!r}")
        return named
    return next((n for n, media in FORMATS.items() if n != "json" and media in accepted), "json")


def _figures(text: str | None) -> list[str]:
    if text is None:
        return []
    found = [path.strip() for path in text.split(",") if path.strip()]
    if not found:
        raise TablesError("figures: paths of a snapshot with commas between, as risk.sharpe")
    if len(found) > _MOST_FIGURES:
        raise TablesError(f"figures: at most {_MOST_FIGURES} at once, not {len(found)}")
    return list(dict.fromkeys(found))


def _step(text: str) -> int:
    match = _STEP.match(text)
    step = int(match[1]) * _UNITS[match[2]] if match else 0
    if not 0 < step <= _LONGEST_STEP:
        raise TablesError(f"step: a length such as 1s, 5m, 4h, 1d or 1w, not {text[:40]!r}")
    return step


def _time(name: str, text: str) -> int:
    """A time in ns; a date is its 00:00 UTC. In an address `+` stands for a blank."""
    if text.isascii() and text.isdigit() and len(text) <= 19:
        found = int(text)
    else:
        try:
            at = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
            at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
            delta = at - datetime(1970, 1, 1, tzinfo=UTC)
        except (ValueError, OverflowError):
            raise TablesError(
                f"{name}: a time such as 2026-11-27 or 2026-11-27T12:00:00Z, or whole "
                f"nanoseconds, not {text[:40]!r}"
            ) from None
        found = (delta.days * 86_400 + delta.seconds) * SECOND + delta.microseconds * 1000
    if not 0 <= found <= _LATEST:
        raise TablesError(f"{name}: between 1970 and 2200")
    return found


def history_router(
    tables: TableReader | None, unknown: Callable[[str], Response | None]
) -> APIRouter:
    """The route. `tables` are those beside the log, None where there are none; `unknown(id)` is the
    answer for an id that is none of an index, else None."""
    router = APIRouter()
    places = asyncio.Semaphore(_AT_ONCE)

    @router.get(
        "/v1/indices/{index}/history",
        responses={200: {"content": {media: {} for media in FORMATS.values()}}},
    )
    async def history(
        request: Request,
        index: str,
        from_: Annotated[str | None, Query(alias="from")] = None,
        to: str | None = None,
        step: str | None = None,
        figures: str | None = None,
        format: str | None = None,
    ) -> Response:
        """Candles of an index's level, or of an asset's price (`asset:BTC`): open, high, low,
        close, peak by the time at which each begins. With `figures` (paths of a snapshot, commas
        between) those, as of the ends of hours (90 days) or days.

        Seconds are kept for a day, minutes for 90, hours and days for ever; a step is a multiple of
        one of them. `format` is json, csv or arrow, as `Accept` may say too.
        """
        if not index.startswith("asset:") and (answer := unknown(index)) is not None:
            return answer
        if tables is None:
            return _refused(404, "this gateway has no tables of the past beside its log")
        async with places:
            try:
                return await asyncio.to_thread(_answer, tables, index, request)
            except TablesError as error:
                return _refused(422, str(error))
            except duckdb.Error as error:
                reason = str(error).splitlines()[0]
                return _refused(503, f"the tables cannot be read now ({reason}); try again")

    return router


def _refused(status: int, detail: str) -> Response:
    return Response(orjson.dumps({"detail": detail}), status, media_type="application/json")


def _answer(tables: TableReader, index: str, request: Request) -> Response:
    newest = tables.newest(index)
    if newest is None and index.startswith("asset:"):
        detail = f"no asset {index[6:]!r} that an index holds or is measured against"
        return _refused(404, detail)
    asked = HistoryQuery(request, lambda: newest)
    if asked.figures:
        known = (index, asked.begin, asked.end, asked.step, asked.figures)
        columns = tables.figures(*known)
    else:
        columns = tables.candles(index, asked.begin, asked.end, asked.step)
    names = asked.figures or list(CANDLE)
    if asked.format == "csv":
        return Response(_csv(columns, names), media_type=FORMATS["csv"])
    if asked.format == "arrow":
        return Response(arrow_stream(columns, ["time", *names]), media_type=FORMATS["arrow"])
    body = {
        "index": index,
        "from": rfc3339(asked.begin),
        "to": rfc3339(asked.end),
        "step": asked.step // SECOND,
        "columns": {"at": _times(columns), **{name: _plain(columns[name]) for name in names}},
    }
    return Response(
        orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY), media_type=FORMATS["json"]
    )


def _times(columns: Columns) -> Any:
    """RFC 3339 text of times that are whole seconds."""
    return np.char.add(
        np.datetime_as_string(columns["time"].astype("M8[ns]"), unit="s"), "Z"
    ).tolist()


def _plain(column: Any) -> Any:
    """What JSON can say: NaN becomes null by itself."""
    return column if column.dtype.kind in "fi" else column.tolist()


def _csv(columns: Columns, names: list[str]) -> str:
    """A table with a line of names; what is undefined is empty."""
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow(["at", *names])
    cells = [["" if v is None or v != v else v for v in columns[n].tolist()] for n in names]
    lines.writerows(zip(_times(columns), *cells, strict=True))
    return out.getvalue()
