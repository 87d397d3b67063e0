"""How an answer leaves: the form that is accepted, its ETag, compressed where that is accepted."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from hashlib import sha1
from typing import Annotated, Any, Literal

import orjson
from fastapi import Depends, Query, Request, Response
from isal import isal_zlib

from gateway.api.problems import ApiProblem

Table = Literal["json", "csv", "arrow"]
Form = Literal["json", "csv", "arrow", "html"]
MEDIA: dict[str, str] = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8; header=present",
    "arrow": "application/vnd.apache.arrow.stream",
    "html": "text/html; charset=utf-8",
}
TABULAR: tuple[Table, ...] = ("json", "csv", "arrow")
FormQuery = Annotated[
    Table | None,
    Query(
        alias="format",
        description="json, csv or arrow (an Arrow IPC stream), as the header Accept may say too.",
    ),
]
_SMALL = 1400
"""Bytes that one packet carries: shorter ones do not come sooner compressed."""
_LONG = 256 * 1024
"""From here on digest and compression leave the event loop to others: some ms for each MB."""
_LEVEL = 1
"""Of ISA-L, whose levels 0 to 3 are five times as fast as zlib's and about as small as its 1."""
_GZIP = 31
"""`wbits` for the largest window in the frame of gzip (zlib's manual, deflateInit2)."""
_QUALITY = re.compile(r"\s*q\s*=\s*([01](?:\.[0-9]{0,3})?)\s*")
_TAG = re.compile(r'(?:W/)?"([^"]*)"')


class Replier:
    """Makes the answers to one request."""

    def __init__(self, request: Request) -> None:
        self._headers = request.headers

    def form(self, offered: Sequence[Form], named: Form | None) -> Form:
        """The form that is asked for by name, else by Accept. Raises ApiProblem."""
        if named is not None:
            return named
        accepted = _weights(self._headers.get("accept") or "*/*")
        weights = {form: _weight(accepted, MEDIA[form].split(";")[0]) for form in offered}
        best = max(weights, key=lambda form: weights[form])
        if weights[best] <= 0.0:
            known = ", ".join(MEDIA[form].split(";")[0] for form in offered)
            raise ApiProblem("not-acceptable", f"this is given as {known}")
        return best

    async def json(self, body: Any) -> Response:
        """JSON; in `body` may stand fragments and arrays, and NaN becomes null."""
        return await self.send(orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY), "json")

    async def send(
        self, body: bytes, form: Form, headers: Mapping[str, str] | None = None
    ) -> Response:
        """These bytes in this form, or that they are still those that the client has."""
        if len(body) > _LONG:
            return await asyncio.to_thread(self._made, body, form, headers or {})
        return self._made(body, form, headers or {})

    def _made(self, body: bytes, form: Form, more: Mapping[str, str]) -> Response:
        tag = tag_of(body)
        headers = {
            "ETag": tag,
            "Cache-Control": "private, no-cache",
            "Vary": "Accept, Accept-Encoding",
            **more,
        }
        if has_tag(self._headers.get("if-none-match", ""), tag):
            return Response(status_code=304, headers=headers)
        if len(body) > _SMALL and _weight(self._encodings(), "gzip") > 0.0:
            body = isal_zlib.compress(body, _LEVEL, _GZIP)
            headers["Content-Encoding"] = "gzip"
        return Response(body, headers=headers, media_type=MEDIA[form])

    def _encodings(self) -> dict[str, float]:
        return _weights(self._headers.get("accept-encoding", ""))


def tag_of(body: bytes) -> str:
    """The ETag of an answer. Weak: compressed and not, it is the same answer in other bytes."""
    # The fastest digest there is: some ms for 10 MB.
    return f'W/"{sha1(body, usedforsecurity=False).hexdigest()[:24]}"'


def tags_in(header: str) -> list[str]:
    """The tags of `If-Match` or `If-None-Match`, without what says that one is weak."""
    return _TAG.findall(header)


def has_tag(header: str, tag: str) -> bool:
    """Whether such a header has this tag, or takes any (RFC 9110, 13.1.2: compared weakly)."""
    return header.strip() == "*" or tags_in(tag)[0] in tags_in(header)


def _weights(header: str) -> dict[str, float]:
    """What a header of RFC 9110, 12.4.2 takes, by name, with its weight."""
    found = {}
    for part in header.split(","):
        name, *parameters = part.split(";")
        matches = (_QUALITY.fullmatch(parameter) for parameter in parameters)
        found[name.strip().lower()] = next((float(match[1]) for match in matches if match), 1.0)
    return found


def _weight(accepted: Mapping[str, float], name: str) -> float:
    """The weight of a name: that of the most exact range it is in."""
    ranges = (name, f"{name.split('/')[0]}/*", "*/*") if "/" in name else (name, "*")
    return next((accepted[r] for r in ranges if r in accepted), 0.0)


Replying = Annotated[Replier, Depends()]
