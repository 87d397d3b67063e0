"""`/v1/compare`: several series over their common time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from engine.types import DAY, HOUR, MINUTE, SECOND
from gateway.api.context import Gateway, Served
from gateway.api.models.past import Comparison
from gateway.api.parameters import FromQuery, Instant, ToQuery, span_text
from gateway.api.problems import ApiProblem, described
from gateway.api.reply import Replying
from gateway.comparing import ComparedCloses, NothingInCommon, compared
from gateway.over_time import over_time
from gateway.past import Past
from gateway.reports import NOTHING_KEPT
from gateway.wire import rfc3339

router = APIRouter(prefix="/v1/compare", tags=["compare"])

MOST_SERIES = 20
"""Of one answer: 190 pairs."""
_ID = r"[A-Za-z0-9_.:@+-]{1,80}"
_STEPS = {"1m": MINUTE, "1h": HOUR, "1d": DAY}
_FINE, _MIDDLE = 2 * DAY, 60 * DAY
"""Up to so long a common time bars are minutes, or hours, where no step is given."""

IdsQuery = Annotated[
    str,
    Query(
        description=f"2 to {MOST_SERIES} ids of indices or `asset:X`, with commas and nothing "
        "else between.",
        pattern=rf"^{_ID}(,{_ID}){{1,{MOST_SERIES - 1}}}$",
        examples=["TOP3,asset:BTC"],
    ),
]
StepQuery = Annotated[
    str | None,
    Query(
        description="The bars, 1m, 1h or 1d: those that fit the common time if not given.",
        pattern="^1[mhd]$",
    ),
]
WindowQuery = Annotated[
    int | None,
    Query(
        ge=5,
        le=1000,
        description="Tell the closes over time, too, and beta and correlation of the first series "
        "against each other one over so many bars.",
        examples=[90],
    ),
]


@router.get(
    "",
    response_model=Comparison,
    responses=described(
        *("unknown-index", "unknown-asset", "no-history"),
        *("unfit", "nothing-kept", "too-much", "busy", "unreadable"),
    ),
)
async def compare(
    ids: IdsQuery,
    gateway: Served,
    reply: Replying,
    from_: FromQuery = None,
    to: ToQuery = None,
    step: StepQuery = None,
    window: WindowQuery = None,
) -> Response:
    """Several indices or assets over the time that all of them have: returns, volatility,
    drawdowns, and for each pair correlation and beta.

    Returns are simple ones of bars; a bar that a series has no price in gives none. Sharpe ratios
    are above the `risk_free` told of each: that of its definition, of an asset the first index's.
    Who bounds the common time is named, and how much of each history it leaves unused. With
    `window` also the closes that all have, and rolling figures.
    """
    names = list(dict.fromkeys(ids.split(",")))
    statuses = {n: None if n.startswith("asset:") else gateway.entry(n).status for n in names}
    if len(names) < 2:
        raise ApiProblem(
            "unfit", "ids: they are all the same one", do="name two, as TOP3,asset:BTC"
        )
    past, now = gateway.tables(), gateway.state.newest
    span = None if step is None else _STEPS[step]
    async with gateway.places.one():
        rates = rates_of(gateway, names)
        told = await asyncio.to_thread(comparison, past, names, from_, to, span, now, rates, window)
    for one in told["series"]:
        one["status"] = statuses[one["series"]]
    return await reply.json(told)


def rates_of(gateway: Gateway, names: Sequence[str]) -> dict[str, float]:
    """By series the risk-free rate per year: that of its definition, and of an asset, which has
    none, that of the first index among them."""
    held = {name: gateway.state.held(name) for name in names if not name.startswith("asset:")}
    own = {
        name: float(((entry.definition if entry else None) or {}).get("risk_free") or 0.0)
        for name, entry in held.items()
    }
    return {name: own.get(name, next(iter(own.values()), 0.0)) for name in names}


def comparison(
    past: Past,
    names: list[str],
    begin: Instant | None,
    end: int | None,
    step: int | None,
    now: int,
    risk_free: Mapping[str, float],
    window: int | None = None,
) -> dict[str, Any]:
    """What is said of these series, but for their statuses; `risk_free` has the rate of each.
    Raises ApiProblem."""
    spans = past.first_and_last()
    for name in names:
        if name not in spans:
            kind = "unknown-asset" if name.startswith("asset:") else "unfit"
            raise ApiProblem(kind, f"ids: nothing is kept of {name[:80]!r} yet")
    firsts, lasts = zip(*(spans[name] for name in names), strict=True)
    if begin is not None and end is not None and begin >= end:
        raise ApiProblem("unfit", "from: it is not before `to`", do="give a `to` behind `from`")
    begin = min(firsts) if begin is None else begin
    end = max(lasts) if end is None else end
    _check_common({name: spans[name] for name in names}, begin, end)
    common = max(begin, *firsts), min(end, *lasts)
    if step is None:
        length = common[1] - common[0]
        step = MINUTE if length <= _FINE else HOUR if length <= _MIDDLE else DAY
    closes = _closes(past, names, common, step, now)
    try:
        told = compared(closes, common, step, risk_free)
    except NothingInCommon as error:
        raise _no_bar(past, names, common, step, now) from error
    for one in told["series"]:
        first, last = spans[one["series"]]
        beyond = max(common[0] - max(first, begin), 0) + max(min(last, end) - common[1], 0)
        one |= {
            "first": rfc3339(first),
            "last": rfc3339(last),
            "unused_days": round(beyond / DAY, 6),
        }
    told["limited_by"] = {
        "from": [n for n in names if spans[n][0] == common[0] > begin],
        "to": [n for n in names if spans[n][1] == common[1] < end],
    }
    told["over_time"] = None if window is None else over_time(closes, common, step, window)
    return {**told, "step": step // SECOND}


def _closes(
    past: Past, names: list[str], common: tuple[int, int], step: int, now: int
) -> list[ComparedCloses]:
    """The closes of each series at the ends of bars that are over. Raises TablesError."""
    closes = list[ComparedCloses]()
    for name in names:
        found = past.candles(name, max(common[0] - step, 0), common[1], step, now).columns
        closed = found["time"] + step <= min(common[1], now)
        times = found["time"][closed] + step
        closes.append(ComparedCloses(name, times, found["close"][closed]))
    return closes


def _check_common(spans: Mapping[str, tuple[int, int]], begin: int, end: int) -> None:
    """Refuse a time of which nothing is kept of a series, and series that never met. Raises
    ApiProblem."""
    for name, (first, last) in spans.items():
        if first >= end or last <= begin:
            there = f"its history is from {rfc3339(first)} to {rfc3339(last)}"
            raise ApiProblem("nothing-kept", f"{name}: {NOTHING_KEPT}; {there}")
    begins, ends = max(spans, key=lambda n: spans[n][0]), min(spans, key=lambda n: spans[n][1])
    if spans[begins][0] >= spans[ends][1]:
        detail = f"ids: {ends} ends at {rfc3339(spans[ends][1])}, and {begins} begins only at "
        detail += rfc3339(spans[begins][0])
        raise ApiProblem("unfit", detail, do="leave one of them out")


def _no_bar(
    past: Past, names: list[str], common: tuple[int, int], step: int, now: int
) -> ApiProblem:
    """That there are no two ends of bars of this length at which all have a close; and of which
    there are."""
    fits = None
    for name, shorter in reversed(_STEPS.items()):
        if shorter < step and fits is None:
            with suppress(NothingInCommon):
                compared(_closes(past, names, common, shorter, now), common, shorter, {})
                fits = name
    detail = f"step: between {rfc3339(common[0])} and {rfc3339(common[1])}, the time that all "
    detail += f"have, there are no two ends of bars of {span_text(step)} at which all have a close"
    if fits is None:
        return ApiProblem("unfit", detail, do="leave the series out that begins last, or wait")
    return ApiProblem("unfit", f"{detail}; there are of {fits}", do=f"ask for step={fits}")
