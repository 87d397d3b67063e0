"""What a gateway says, kept up to date: all indices' rows over its stream, alerts and the rest over
REST. Comes back by itself after every loss, and tells since when it is gone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any, Self
from urllib.parse import quote

import aiohttp
import msgspec

from engine.types import SECOND
from gateway.ageing import aged
from gateway.messages import (
    HealthReport,
    LevelsMessage,
    ResyncMessage,
    RetiredMessage,
    RowsMessage,
    ServerMessage,
)
from tidegauge.client.errors import Lost, RefusedError
from tidegauge.client.sources import refused, websocket

EVERY = 0.5
"""Seconds between two updates; the eye follows no more."""
ALERTS_EVERY = 1.0
AGAIN = 1.0
"""Seconds between two tries of a gateway that is gone."""
PATIENCE = 10.0
PAST = 200
"""Episodes that fire no more, the newest of those that a gateway has."""

_read = msgspec.json.Decoder(ServerMessage).decode


class GatewayLink:
    """A gateway at `base`. `run` keeps the rest up to date."""

    def __init__(self, base: str, key: str | None = None) -> None:
        self.base = base.rstrip("/")
        self.rows: dict[str, dict[str, Any]] = {}
        """By index, as in `/v1/indices`."""
        self.open: list[dict[str, Any]] = []
        """The episodes that fire, the worst first."""
        self.past: list[dict[str, Any]] = []
        """Those that fire no more, the newest first."""
        self.definitions: dict[str, Any] = {}
        """`/v1/definitions`, of figures alone."""
        self.is_connected = False
        self.since = datetime.now(UTC)
        """Since when it is, or is not."""
        self.was_connected = False
        self.error = ""
        self.alerts_problem = "asking for alerts"
        """Why what is known of alerts may not be so; empty where it is."""
        """Why it is not, or what a request met."""
        self.health: HealthReport | None = None
        self.version = 0
        """Counts what came."""
        self._headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        timeout = aiohttp.ClientTimeout(total=PATIENCE)
        self._session = aiohttp.ClientSession(headers=self._headers, timeout=timeout)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()

    async def run(self) -> None:
        """For ever. Raises RefusedError where the gateway will not serve us."""
        alerts = asyncio.create_task(self._keep_alerts())
        try:
            while True:
                began = time.monotonic()
                try:
                    await self._follow_all()
                except Lost as error:
                    self._set(False, str(error))
                await asyncio.sleep(max(AGAIN - (time.monotonic() - began), 0.1))
        finally:
            alerts.cancel()
            await asyncio.gather(alerts, return_exceptions=True)

    async def _follow_all(self) -> None:
        """Until one connection ends: of the rows, which come with snapshots, and of the levels
        between them. Raises Lost and RefusedError."""
        views = [asyncio.create_task(self._follow(view)) for view in ("rows", "levels")]
        try:
            await asyncio.gather(*views)
        finally:
            for view in views:
                view.cancel()
            await asyncio.gather(*views, return_exceptions=True)

    async def _follow(self, view: str) -> None:
        query, seen = {"view": view, "every": f"{EVERY:g}"}, set[str]()
        async with aclosing(websocket(self.base, query, self._headers)) as messages:
            async for data in messages:
                message = _read(data)
                if isinstance(message, RowsMessage):
                    if not self.is_connected:
                        self.definitions = await self.get("/v1/definitions?indices=false")
                        self._set(True, "")
                    self._take_rows(message, seen)
                elif isinstance(message, LevelsMessage):
                    self._take_levels(message)
                elif isinstance(message, RetiredMessage):
                    for index in message.indices:
                        self.rows.pop(index, None)
                elif isinstance(message, HealthReport):
                    self.health = message
                elif isinstance(message, ResyncMessage):
                    raise Lost("the gateway began anew")
                self.version += 1

    def _take_rows(self, message: RowsMessage, seen: set[str]) -> None:
        """`seen` are those in the parts of the whole so far."""
        for row in message.rows:
            self.rows[row.index] = msgspec.to_builtins(row)
        if not message.whole:
            return
        if message.part == 1:
            seen.clear()
        seen.update(row.index for row in message.rows)
        if message.part == message.parts:  # what is in none of them is no more
            for gone in self.rows.keys() - seen:
                del self.rows[gone]

    def _take_levels(self, message: LevelsMessage) -> None:
        """What is newer than the row."""
        for told in message.levels:
            row = self.rows.get(told.index)
            if row is None or told.at < (row["as_of"] or ""):
                continue
            row |= {"as_of": told.at, "level": told.level, "peak": told.peak}
            if told.peak:
                row["drawdown"]["current"] = (told.peak - told.level) / told.peak

    async def _keep_alerts(self) -> None:
        while True:
            if self.is_connected:
                try:
                    await self.take_alerts()
                except (Lost, RefusedError) as error:
                    self.alerts_problem = str(error)
            await asyncio.sleep(ALERTS_EVERY)

    async def take_alerts(self) -> None:
        """Ask what fires now, and what did. Raises Lost and RefusedError."""
        fires = await self.get("/v1/alerts", open="true", limit="1000")
        over = await self.get("/v1/alerts", open="false", limit=str(PAST))
        self.open, self.past = fires["episodes"], over["episodes"]
        self.alerts_problem = ""
        self.version += 1

    def _set(self, is_connected: bool, error: str) -> None:
        if is_connected != self.is_connected:
            self.since = datetime.now(UTC)
        self.is_connected, self.error = is_connected, error
        self.was_connected |= is_connected
        self.version += 1

    # --- what is asked for once

    async def index(self, index: str) -> dict[str, Any]:
        """One index in full. Raises Lost and RefusedError."""
        found: dict[str, Any] = await self.get(f"/v1/indices/{quote(index, safe='')}")
        return found

    async def history(self, index: str, begin: str | None) -> dict[str, Any]:
        """Candles of its level since a time, all if that is None. Raises Lost and RefusedError."""
        asked = {"from": begin} if begin else {}
        path = f"/v1/indices/{quote(index, safe='')}/history"
        found: dict[str, Any] = await self.get(path, **asked)
        return found

    async def acknowledge(self, episode: str, who: str) -> None:
        """Say that somebody sees to an episode. Raises Lost and RefusedError."""
        await self._ask("POST", f"/v1/alerts/{quote(episode, safe='')}/acknowledgement", who=who)

    async def silence(self, index: str, rule: str, seconds: float, who: str) -> None:
        """Keep a rule of an index quiet for a time. Raises Lost and RefusedError."""
        match = {"index": [index], "rule": [rule]}
        await self._ask("POST", "/v1/silences", match=match, seconds=seconds, who=who)

    async def get(self, path: str, **query: str) -> Any:
        """The JSON of a GET. Raises Lost and RefusedError."""
        return await self._request("GET", path, params=query)

    async def _ask(self, method: str, path: str, **body: Any) -> Any:
        return await self._request(method, path, json=body)

    async def _request(self, method: str, path: str, **options: Any) -> Any:
        assert self._session is not None
        try:
            async with self._session.request(method, self.base + path, **options) as answer:
                body = await answer.read()
                if answer.status >= 400:
                    raise refused(answer.status, body)
                return msgspec.json.decode(body)
        except (aiohttp.ClientError, OSError, TimeoutError, msgspec.DecodeError) as error:
            raise Lost(str(error) or "no answer") from None

    def aged(self, status: str | None) -> str | None:
        """A status, which says nothing of now once the gateway is gone; by its own rule."""
        gone = datetime.now(UTC) - self.since
        return status if self.is_connected else aged(status, int(gone.total_seconds() * SECOND), 0)

    # --- of definitions

    @property
    def cards(self) -> Mapping[str, Mapping[str, Any]]:
        """What each figure means, by its path."""
        found: Mapping[str, Mapping[str, Any]] = self.definitions.get("metrics", {})
        return found

    def reason(self, code: str | None) -> str:
        """Why a figure is undefined, in words."""
        return str(self.definitions.get("reasons", {}).get(code, code or ""))
