"""The exchange's end of venues that the simulator of `connectors` does not play.

Wire facts are those in the headers of `connectors/venues/`. A desk is Sans-I/O, see
`connectors.simulator.desks.Desk`; of each conversation it has what the drill needs: subscriptions,
trades, and the history that a venue sends with them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import orjson

from connectors.simulator.desks import Fill, read

MILLISECOND = 1_000_000
MICROSECOND = 1_000


class _Desk:
    """What they share."""

    def __init__(self, target: str, recent: Mapping[str, Sequence[Fill]]) -> None:
        self._recent = recent
        self.subscribed: set[str] = set()

    def greet(self, now: int) -> list[str]:
        """Nothing."""
        return []

    def heartbeat(self, now: int) -> list[str]:
        """None."""
        return []

    def farewell(self, now: int) -> list[str]:
        """None."""
        return []


class BitstampDesk(_Desk):
    """`live_trades`; no history."""

    def receive(self, frame: str | bytes, now: int) -> list[str]:
        """A subscription has one channel."""
        data = read(frame) or {}
        channel = str(data.get("data", {}).get("channel", ""))
        self.subscribed.add(channel.removeprefix("live_trades_"))
        return [f'{{"event":"bts:subscription_succeeded","channel":"{channel}","data":{{}}}}']

    def fill(self, fill: Fill) -> str:
        """A trade; its numbers come as numbers and as exact texts."""
        return (
            f'{{"data":{{"id":{fill.id},"timestamp":"{fill.ts // 10**9}","amount":{fill.size},'
            f'"amount_str":"{fill.size}","price":{fill.price},"price_str":"{fill.price}",'
            f'"type":{0 if fill.side == "buy" else 1},'
            f'"microtimestamp":"{fill.ts // MICROSECOND}","buy_order_id":1,"sell_order_id":2}},'
            f'"channel":"live_trades_{fill.symbol}","event":"trade"}}'
        )


class GateDesk(_Desk):
    """`spot.trades`; no history."""

    def receive(self, frame: str | bytes, now: int) -> list[str]:
        """A subscription has one pair."""
        data = read(frame) or {}
        self.subscribed |= set(data.get("payload", ()))
        answer = {"channel": "spot.trades", "event": "subscribe", "result": {"status": "success"}}
        return [orjson.dumps({"time": now // 10**9, "id": data.get("id"), **answer}).decode()]

    def fill(self, fill: Fill) -> str:
        """A trade; the time has a fraction of a ms."""
        ms = f"{fill.ts // MILLISECOND}.{fill.ts % MILLISECOND // 1000:03d}"
        return (
            f'{{"time":{fill.ts // 10**9},"channel":"spot.trades","event":"update","result":{{'
            f'"id":{fill.id},"create_time":{fill.ts // 10**9},"create_time_ms":"{ms}",'
            f'"side":"{fill.side}","currency_pair":"{fill.symbol}","amount":"{fill.size}",'
            f'"price":"{fill.price}"}}}}'
        )


class GeminiDesk(_Desk):
    """`l2`: the first answer has the book and the last trades, which are history."""

    def receive(self, frame: str | bytes, now: int) -> list[str]:
        """A subscription has one symbol."""
        data = read(frame) or {}
        symbol = str(data["subscriptions"][0]["symbols"][0])
        self.subscribed.add(symbol)
        trades = ",".join(self.fill(fill) for fill in self._recent.get(symbol, ()))
        return [
            f'{{"type":"l2_updates","symbol":"{symbol}","changes":[["buy","1.00","0.5"]],'
            f'"trades":[{trades}],"auction_events":[]}}'
        ]

    def fill(self, fill: Fill) -> str:
        """A trade on the book."""
        return self._trade(fill, fill.side)

    def block(self, fill: Fill) -> str:
        """A trade outside of it."""
        return self._trade(fill, "block")

    def _trade(self, fill: Fill, side: str) -> str:
        return (
            f'{{"type":"trade","symbol":"{fill.symbol}","event_id":{fill.id},'
            f'"timestamp":{fill.ts // MILLISECOND},"price":"{fill.price}",'
            f'"quantity":"{fill.size}","side":"{side}"}}'
        )
