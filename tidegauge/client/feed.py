"""The alerts that a client follows, and the place in them where another run can go on."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
from typing import Self

from tidegauge.client.items import IndexAlert


class FeedPlace:
    """Where a feed stands; None before it knows."""

    __slots__ = ("cursor",)

    def __init__(self, cursor: str | None = None) -> None:
        self.cursor = cursor


class AlertFeed(AsyncIterator[IndexAlert]):
    """What `AsyncClient.alerts` gives: `async for` over alerts, with the place to go on from."""

    def __init__(self, alerts: AsyncGenerator[IndexAlert, None], place: FeedPlace) -> None:
        self._alerts, self.place = alerts, place

    @property
    def cursor(self) -> str | None:
        """What another run gives as `since`: known as soon as the feed is connected, whether there
        was an alert or not, and behind all alerts that the program is done with. The one that it
        was given last counts once it asks for the next; until then that alert's own `cursor` is the
        place behind it."""
        return self.place.cursor

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> IndexAlert:
        return await anext(self._alerts)

    async def aclose(self) -> None:
        """End the connection."""
        await self._alerts.aclose()


class SyncAlertFeed(Iterator[IndexAlert]):
    """The same without `async`, of `SyncClient.alerts`."""

    def __init__(self, alerts: Generator[IndexAlert, None, None], place: FeedPlace) -> None:
        self._alerts, self._place = alerts, place

    @property
    def cursor(self) -> str | None:
        """As `AlertFeed.cursor`."""
        return self._place.cursor

    def __next__(self) -> IndexAlert:
        return next(self._alerts)

    def close(self) -> None:
        """End the connection."""
        self._alerts.close()
