"""`/v1/reports/{ids}`: a performance report, as a page or as JSON."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from gateway.api.context import Served
from gateway.api.models.reports import Report
from gateway.api.parameters import FromQuery, ToQuery
from gateway.api.problems import ApiProblem, described
from gateway.api.reply import MEDIA, Form, Replying
from gateway.reports import MOST_INDICES
from gateway.reports.document import document
from gateway.reports.page import PageMissing, served_page
from gateway.reports.period import Period, period_named

router = APIRouter(prefix="/v1/reports", tags=["reports"])

_FORMS: tuple[Form, ...] = ("html", "json")
_ID = r"[A-Z0-9_.-]{1,32}"

IdsPath = Annotated[
    str,
    Path(
        description=f"1 to {MOST_INDICES} ids of indices, with commas between.",
        pattern=rf"^{_ID}(,{_ID}){{0,{MOST_INDICES - 1}}}$",
        examples=["TOP3"],
    ),
]
ReportForm = Annotated[
    Form | None,
    Query(alias="format", description="html or json, as the header Accept may say too."),
]


@router.get(
    "/{ids}",
    response_model=Report,
    responses={
        200: {"content": {MEDIA["html"].split(";")[0]: {}}},
        **described(
            *("unknown-index", "no-history", "unfit", "nothing-kept", "too-much", "not-acceptable"),
            *("busy", "unreadable"),
        ),
    },
)
async def read_report(
    ids: IdsPath,
    gateway: Served,
    reply: Replying,
    from_: FromQuery = None,
    to: ToQuery = None,
    period: Annotated[
        str | None,
        Query(
            description="A month, a quarter or a year in place of `from` and `to`.",
            pattern=r"^\d{4}(-(\d{2}|Q[1-4]))?$",
            examples=["2026-10", "2026-Q3", "2026"],
        ),
    ] = None,
    form: ReportForm = None,
) -> Response:
    """A report of one index, or of several side by side: figures with their errors, level and
    underwater, months by years, what is drawn over time, the distribution of returns, regimes,
    drawdowns, benchmarks, composition and turnover, alarms, quality, definitions.

    Without `from` and `to` its figures are those of `/v1/indices/{id}`, over the whole history;
    with them, what the engine makes of the daily closes of the level in that time, beside the
    figures of the whole history until then. The page keeps up with the stream.
    """
    chosen = reply.form(_FORMS, form)
    told = await document(gateway, list(dict.fromkeys(ids.split(","))), _asked(from_, to, period))
    if chosen == "json":
        return await reply.json(told)
    try:
        page = served_page(told)
    except PageMissing as error:
        raise ApiProblem("not-acceptable", str(error)) from error
    return await reply.send(page.html, "html", {"Content-Security-Policy": page.policy})


def _asked(begin: int | None, end: int | None, name: str | None) -> Period:
    """The time that is asked for. Raises ApiProblem."""
    if name is None:
        return Period(begin, end)
    if begin is not None or end is not None:
        raise ApiProblem("unfit", "period: give it, or `from` and `to`, not both")
    found = period_named(name)
    if found is None:
        raise ApiProblem("unfit", f"period: there is no {name}; as 2026-10, 2026-Q3 or 2026")
    return found
