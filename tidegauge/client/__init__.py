"""Follow a gateway, or a log, from a Python program.

    async with AsyncClient("http://127.0.0.1:8321") as client:
        async for snapshot in client.snapshots("TOP3"):
            print(snapshot.level, snapshot.figure("risk.sharpe"))

`SyncClient` is the same without `async`. Both come back by themselves after every loss, where they
were, and give nothing twice. Nothing of the engine or of the web is imported for it.
"""

from tidegauge.client.client import AsyncClient, SyncClient
from tidegauge.client.errors import ClientError, RefusedError
from tidegauge.client.feed import AlertFeed, SyncAlertFeed
from tidegauge.client.items import FigureSet, IndexAlert, IndexLevel, IndexSnapshot, SkippedSpan

__all__ = [
    "AlertFeed",
    "AsyncClient",
    "ClientError",
    "FigureSet",
    "IndexAlert",
    "IndexLevel",
    "IndexSnapshot",
    "RefusedError",
    "SkippedSpan",
    "SyncAlertFeed",
    "SyncClient",
]
