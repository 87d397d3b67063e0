"""Prometheus Alertmanager, by its API v2: people who run one keep its routes and receivers.

An alert is known there by its labels, so what comes twice is one. It forgets alerts when it starts,
so those that fire are told again every minute, and it takes one to be over at its `endsAt`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from engine.types import DAY, SECOND
from notify.alert import LoggedAlert
from notify.channels.base import Http
from notify.message import Letter, SendOutcome
from notify.wording import sentence

PATH = "/api/v2/alerts"
FIRES_FOR = DAY
"""How far ahead the end of an alert is told that still fires: if no notifier tells of it any more,
it goes on firing for a day, for a false all-clear is worse than a late one."""
_HEADERS = {"Content-Type": "application/json"}


class Alertmanager:
    """The Alertmanager at a base address."""

    def __init__(self, url: str) -> None:
        self._http = Http(url.rstrip("/").removesuffix(PATH) + PATH)

    async def send(self, letter: Letter) -> SendOutcome:
        """One try."""
        return await self._post(letter.alerts, letter.page, letter.now)

    async def refresh(self, alerts: Sequence[LoggedAlert], page: str, now: int) -> None:
        """Say again what fires; where that does not arrive, the next time will."""
        await self._post(alerts, page, now)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    async def _post(self, alerts: Sequence[LoggedAlert], page: str, now: int) -> SendOutcome:
        body = orjson.dumps([posted(alert, page, now) for alert in alerts])
        return await self._http.post(body, _HEADERS)


def posted(alert: LoggedAlert, page: str, now: int) -> dict[str, Any]:
    """An alert as Alertmanager takes it."""
    body = alert.body
    began = alert.at if alert.fires else min(body.get("began", alert.at), alert.at)
    labels = {name: body.get(name) for name in ("index", "kind", "rule", "severity", "episode")}
    found = {
        "labels": {"alertname": str(body.get("kind") or "alert")}
        | {name: str(told) for name, told in labels.items() if told},
        "annotations": {"summary": sentence(body)},
        "startsAt": _time(began),
        "endsAt": _time(now + FIRES_FOR if alert.fires else alert.at),
    }
    if page:
        found["generatorURL"] = page
    return found


def _time(ns: int) -> str:
    return datetime.fromtimestamp(ns / SECOND, UTC).isoformat()
