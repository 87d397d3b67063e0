"""The clients: `AsyncClient`, and `SyncClient` without `async`."""

from __future__ import annotations

import asyncio
import logging
import random
import threading
import weakref
from collections.abc import AsyncGenerator, Generator, Iterator, Mapping, Sequence
from contextlib import aclosing
from typing import Any, Literal, Self, TypeVar
from urllib.parse import urlsplit

from tidegauge.client.errors import ClientError, Lost
from tidegauge.client.feed import AlertFeed, FeedPlace, SyncAlertFeed
from tidegauge.client.following import Item, StreamFollower
from tidegauge.client.items import FigureSet, IndexLevel, IndexSnapshot
from tidegauge.client.log_source import LogFollower
from tidegauge.client.sources import events, websocket

log = logging.getLogger(__name__)

T = TypeVar("T")
Over = Literal["websocket", "events"]

DEFAULT_URL = "http://127.0.0.1:8321"
FIRST_DELAY, LONGEST_DELAY = 0.5, 15.0
"""Seconds before a connection is tried again; doubled each time, with full jitter, so that a
thousand clients do not come back in the same instant. Only items prove that all is well again."""


class AsyncClient:
    """Follows a gateway at `url`, or a log at `kafka://host:port[/PREFIX]` or in a directory.

    `over` is how a gateway is followed; `key` is an API key, where it wants one. Every method that
    follows something opens a connection of its own, and goes on for ever: after a loss from where
    it was, without doubles. They raise RefusedError where it knows no such index or figure.
    """

    def __init__(
        self, url: str = DEFAULT_URL, *, key: str | None = None, over: Over = "websocket"
    ) -> None:
        scheme = urlsplit(url).scheme
        known = {"ws": "http", "wss": "https"}
        self._base = f"{known.get(scheme, scheme)}{url[len(scheme) :]}".rstrip("/")
        self._log = None if scheme in ("http", "https", *known) else url
        if "://" in url and self._log and scheme not in ("kafka", "kafkas"):
            raise ClientError(f"{url}: expected http://, https://, kafka:// or a directory")
        self._over: Over = over
        self._headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        self._open = weakref.WeakSet[AsyncGenerator[Any, None]]()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for generator in list(self._open):
            if not getattr(generator, "ag_running", False):  # else whoever waits for it ends it
                await generator.aclose()

    def snapshots(
        self, *indices: str, every: float | None = None
    ) -> AsyncGenerator[IndexSnapshot, None]:
        """Each index's snapshot as it is, then every newer one; of all indices, if none is named.

        A program that reads more slowly than they come is given the newest, with a `gap` that
        says what was left out. `every` is how many seconds there are between two at least.
        """
        return self._typed("snapshots", indices, {}, every)

    def levels(self, *indices: str, every: float | None = None) -> AsyncGenerator[IndexLevel, None]:
        """Each index's newest level, then every newer one, five times a second at most."""
        return self._typed("levels", indices, {}, every)

    def figures(
        self, paths: Sequence[str], *indices: str, every: float | None = None
    ) -> AsyncGenerator[FigureSet, None]:
        """Some figures of the snapshots, by path (`risk.sharpe`), whenever one of them changes."""
        return self._typed("figures", indices, {"figures": ",".join(paths)}, every)

    def alerts(self, *indices: str, since: str | None = None) -> AlertFeed:
        """The alerts that fire now, then every new one and every resolution, each once.

        With `since`, the `cursor` that another run kept, of an alert or of the feed, all that came
        after it.
        """
        place = FeedPlace(since)
        return AlertFeed(self._typed("alerts", indices, {}, None, place), place)

    def _typed(
        self,
        view: str,
        indices: Sequence[str],
        query: Mapping[str, str],
        every: float | None,
        place: FeedPlace | None = None,
    ) -> AsyncGenerator[Any, None]:
        if self._log is not None and view == "figures":
            raise ClientError("figures by path are of a gateway; a log has whole snapshots")
        asked = {"view": view, **query}
        if indices:
            asked["indices"] = ",".join(indices)
        if every is not None:
            asked["every"] = f"{every:g}"
        made = self._tried(asked, indices, place or FeedPlace())
        self._open.add(made)
        return made

    async def _tried(
        self, query: dict[str, str], indices: Sequence[str], place: FeedPlace
    ) -> AsyncGenerator[Item, None]:
        """Connection after connection."""
        follower = StreamFollower(place.cursor)
        kept = None
        if self._log is not None:
            kept = LogFollower(self._log, query["view"], indices, place)
        delay = FIRST_DELAY
        while True:
            try:
                items = kept.items() if kept else self._connected(query, follower, place)
                async with aclosing(items):
                    async for item in items:
                        delay = FIRST_DELAY
                        yield item
            except Lost as error:
                pause = delay * (0.2 + 0.8 * random.random())
                where = self._log or self._base
                log.warning("%s: %s; trying again in %.1f s", where, error, pause)
            await asyncio.sleep(pause)
            delay = min(2.0 * delay, LONGEST_DELAY)

    async def _connected(
        self, query: Mapping[str, str], follower: StreamFollower, place: FeedPlace
    ) -> AsyncGenerator[Item, None]:
        asked = dict(query)
        if follower.cursor is not None:
            asked["cursor"] = follower.cursor
        source = websocket if self._over == "websocket" else events
        messages = source(self._base, asked, self._headers)
        async with aclosing(messages):
            async for message in messages:
                for item in follower.take(message):
                    yield item
                place.cursor = follower.cursor


class SyncClient:
    """The same without `async`: `for snapshot in client.snapshots("TOP3")`. Use it as a context
    manager, or `close` it; it has a thread of its own, so that its connections live while the
    program is busy."""

    def __init__(
        self, url: str = DEFAULT_URL, *, key: str | None = None, over: Over = "websocket"
    ) -> None:
        self._client = AsyncClient(url, key=key, over=over)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="tidegauge client", daemon=True
        )
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all that is followed."""
        if self._thread.is_alive():
            self._wait(self._client.__aexit__())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def snapshots(self, *indices: str, every: float | None = None) -> Iterator[IndexSnapshot]:
        """As `AsyncClient.snapshots`."""
        return self._each(self._client.snapshots(*indices, every=every))

    def levels(self, *indices: str, every: float | None = None) -> Iterator[IndexLevel]:
        """As `AsyncClient.levels`."""
        return self._each(self._client.levels(*indices, every=every))

    def figures(
        self, paths: Sequence[str], *indices: str, every: float | None = None
    ) -> Iterator[FigureSet]:
        """As `AsyncClient.figures`."""
        return self._each(self._client.figures(paths, *indices, every=every))

    def alerts(self, *indices: str, since: str | None = None) -> SyncAlertFeed:
        """As `AsyncClient.alerts`."""
        feed = self._client.alerts(*indices, since=since)
        return SyncAlertFeed(self._each(feed), feed.place)

    def _each(self, items: AsyncGenerator[T, None] | AlertFeed) -> Generator[Any, None, None]:
        try:
            while True:
                yield self._wait(anext(items))
        finally:
            if self._thread.is_alive():
                self._wait(items.aclose())

    def _wait(self, awaited: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(_awaited(awaited), self._loop).result()


async def _awaited(awaited: Any) -> Any:
    return await awaited
