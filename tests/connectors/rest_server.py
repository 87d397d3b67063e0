"""A venue's REST interface on loopback."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from aiohttp import web
from aiohttp.test_utils import TestServer

from connectors.venues.base import Query

Answer = tuple[int, Mapping[str, str], bytes]
"""Status, headers, body."""


def ok(answer: Any) -> Answer:
    """An answer as it should be."""
    return 200, {}, json.dumps(answer).encode()


class RestServer:
    """Answers each query with what is given for it: several in turn, the last again and again.

    What nothing is given for is a 404. `asked` has all requests in order.
    """

    def __init__(self, *given: tuple[Query, Answer | Sequence[Answer]]) -> None:
        self.asked: list[str] = []
        self.url = ""
        self._given = {
            _key(query.path, query.params, query.body): [answers]
            if isinstance(answers, tuple)
            else list(answers)
            for query, answers in given
        }

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._server = TestServer(app)
        await self._server.start_server()
        self.url = str(self._server.make_url("")).rstrip("/")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._server.close()

    async def _answer(self, request: web.Request) -> web.Response:
        body = await request.json() if request.method == "POST" else None
        key = _key(request.path, request.query, body)
        self.asked.append(key)
        answers = self._given.get(key)
        if answers is None:
            return web.Response(status=404, text=f"nothing is given for {key}")
        status, headers, text = answers.pop(0) if len(answers) > 1 else answers[0]
        return web.Response(status=status, headers=headers, body=text)


def _key(path: str, params: Mapping[str, Any], body: Any) -> str:
    words = [f"{name}={params[name]}" for name in sorted(params)]
    return " ".join([path, *words, *([] if body is None else [json.dumps(body)])])
