"""One file for each venue: a trade in its wire format, what it says besides, its list of symbols.

`tests.connectors.wire` finds the files by themselves; each declares

- `TRADE`, a trade, and `TICK`, what it says; `FIELDS`, those that the parser cannot do without, and
  `PRICE`, the field of its price;
- `frame(*trades)`, the JSON value of a frame of live trades (of one, where each has its own);
- `SEEDS`, a frame of each sort, trades first: mutations start from them;
- `ANSWERS`, what the venue says besides trades, with what it means (may be missing);
- `BEGIN`, what a parser must have heard before live trades (may be missing);
- `LISTING`, an answer to each request of its `listing`, written by hand after the documentation
  that the venue's file names, with something that trades, something that does not and one entry
  that cannot be read; and `LISTED`, what trades of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from engine.records import Kind

MS = 1723161255342
NS = MS * 1_000_000
BROKEN = {"symbol": 7}
Listed = tuple[str, str, str, Kind]


def written(frame: Callable[..., Any], *trades: Any, **fields: Any) -> str:
    """A frame of these trades; `fields` go into the envelope."""
    body = frame(*trades)
    return json.dumps(body | fields if fields else body)


def changed(frame: Callable[..., Any], trade: dict[str, Any], **fields: Any) -> str:
    """A frame of one trade with some fields changed, or left out where changed to `...`."""
    return written(frame, {k: v for k, v in (trade | fields).items() if v is not ...})


def subscribed(symbol: str) -> str:
    """Bitfinex's answer to a subscription, which frames of channel 7 need."""
    said = {"event": "subscribed", "channel": "trades", "chanId": 7}
    return json.dumps(said | {"symbol": f"t{symbol}", "pair": symbol})
