"""Answers of venues' REST interfaces that list symbols, in their wire formats.

Written by hand after the documentation named in the venues' files. Each has something that trades,
something that does not, and (as its last entry) something that cannot be read.
"""

from typing import Any

BROKEN = {"symbol": 7}


def binance(symbol: str, base: str, quote: str, status: str = "TRADING") -> dict[str, Any]:
    names = {"symbol": symbol, "baseAsset": base, "quoteAsset": quote}
    return {**names, "status": status, "isSpotTradingAllowed": True, "filters": []}


def usdm(symbol: str, base: str, quote: str, contract: str, status: str) -> dict[str, Any]:
    return binance(symbol, base, quote, status) | {"pair": base + quote, "contractType": contract}


def coinbase(symbol: str, **flags: Any) -> dict[str, Any]:
    base, quote = symbol.split("-")
    names = {"id": symbol, "base_currency": base, "quote_currency": quote, "status": "online"}
    return {**names, "cancel_only": False, "post_only": False, "trading_disabled": False} | flags


def advanced(symbol: str, **flags: Any) -> dict[str, Any]:
    base, quote = symbol.split("-")
    names = {"product_id": symbol, "base_currency_id": base, "quote_currency_id": quote}
    more = {"status": "online", "product_type": "SPOT", "is_disabled": False, "alias": ""}
    return names | more | {"alias_to": [], "trading_disabled": False} | flags


def okx(symbol: str, kind: str, state: str = "live") -> dict[str, Any]:
    base, quote = symbol.split("-")[:2] if kind == "SPOT" else ("", "")
    return {
        **{"instId": symbol, "instType": kind, "state": state, "baseCcy": base, "quoteCcy": quote},
        **{"uly": "" if kind == "SPOT" else "-".join(symbol.split("-")[:2])},
    }


def bybit(symbol: str, base: str, quote: str, contract: str = "", settle: str = "") -> Any:
    spot = {"symbol": symbol, "baseCoin": base, "quoteCoin": quote, "status": "Trading"}
    return spot | ({"contractType": contract, "settleCoin": settle} if contract else {})


def bybit_page(category: str, *entries: Any, cursor: str = "") -> dict[str, Any]:
    result = {"category": category, "list": list(entries), "nextPageCursor": cursor}
    return {"retCode": 0, "retMsg": "OK", "result": result, "time": 1_790_000_000_000}


def kraken(wsname: str, status: str = "online") -> dict[str, Any]:
    return {"altname": wsname.replace("/", ""), "wsname": wsname, "status": status}


def future(symbol: str, kind: str, tradeable: bool = True) -> dict[str, Any]:
    return {"symbol": symbol, "type": kind, "tradeable": tradeable, "tickSize": 0.5}


def bitstamp(symbol: str, base: str, quote: str, **more: Any) -> dict[str, Any]:
    names = {"name": f"{base}/{quote}", "market_symbol": symbol, "base_currency": base}
    return names | {"counter_currency": quote, "trading": "Enabled", "market_type": "SPOT"} | more


def gemini(symbol: str, base: str, quote: str, status: str = "open") -> dict[str, Any]:
    return {"symbol": symbol, "base_currency": base, "quote_currency": quote, "status": status}


def gate(symbol: str, status: str = "tradable") -> dict[str, Any]:
    base, quote = symbol.split("_")
    return {"id": symbol, "base": base, "quote": quote, "fee": "0.2", "trade_status": status}


def kucoin(symbol: str, trading: bool = True) -> dict[str, Any]:
    base, quote = symbol.split("-")
    names = {"symbol": symbol, "name": symbol, "baseCurrency": base, "quoteCurrency": quote}
    return {**names, "market": "USDS", "enableTrading": trading}


def cryptocom(symbol: str, kind: str, base: str, quote: str, tradable: bool = True) -> Any:
    names = {"symbol": symbol, "inst_type": kind, "base_ccy": base, "quote_ccy": quote}
    return {**names, "tradable": tradable, "expiry_timestamp_ms": 0}


def htx(symbol: str, base: str, quote: str, state: str = "online") -> dict[str, Any]:
    enabled = state == "online"
    return {"sc": symbol, "bc": base, "qc": quote, "state": state, "te": enabled, "wr": "1.5"}


def bitget(symbol: str, base: str, quote: str, **more: Any) -> dict[str, Any]:
    return {"symbol": symbol, "baseCoin": base, "quoteCoin": quote} | more


def bitget_page(*entries: Any) -> dict[str, Any]:
    return {"code": "00000", "msg": "success", "data": list(entries)}


def deribit(name: str, kind: str, base: str, quote: str, period: str = "", on: bool = True) -> Any:
    names = {"instrument_name": name, "base_currency": base, "quote_currency": quote}
    more = {"settlement_period": period} if period else {}
    return names | {"kind": kind, "is_active": on} | more


def bitmex(symbol: str, base: str, quote: str, typ: str, state: str = "Open") -> dict[str, Any]:
    names = {"symbol": symbol, "rootSymbol": base, "underlying": base, "quoteCurrency": quote}
    return {**names, "typ": typ, "state": state, "settlCurrency": "XBt"}


PERPETUAL, NORMAL = {"symbolType": "perpetual"}, {"symbolStatus": "normal"}
ANSWERS: dict[str, list[Any]] = {
    "binance": [
        {
            "timezone": "UTC",
            "symbols": [
                binance("BTCUSDT", "BTC", "USDT"),
                binance("1000SATSFDUSD", "1000SATS", "FDUSD"),
                binance("LUNAUSDT", "LUNA", "USDT", status="BREAK"),
                BROKEN,
            ],
        }
    ],
    "coinbase": [
        [
            coinbase("BTC-USD"),
            coinbase("USDT-USD", limit_only=True),
            coinbase("REP-USD", status="delisted"),
            coinbase("NEW-USD", post_only=True),
            coinbase("ETH-USD") | {"id": None},
        ]
    ],
    "kraken": [
        {
            "error": [],
            "result": {
                "XXBTZUSD": kraken("XBT/USD"),
                "XDGUSD": kraken("XDG/USD", status="limit_only"),
                "AAPLxUSD": kraken("AAPLx/USD"),
                "USDTZUSD": kraken("USDT/USD"),
                "USDCUSD": kraken("USDC/USD"),
                "XREPZUSD": kraken("REP/USD", status="cancel_only"),
                "XXBTZUSD.d": {"altname": "XBTUSD.d", "status": "online"},
                "BAD": kraken("XBTUSD"),
            },
        }
    ],
    "okx": [
        {
            "code": "0",
            "msg": "",
            "data": [
                okx("BTC-USDT", "SPOT"),
                okx("LUNA-USDT", "SPOT", state="suspend"),
                {"instId": "BTC", "instType": "SPOT", "state": "live"},
            ],
        },
        {"code": "0", "msg": "", "data": [okx("BTC-USD-SWAP", "SWAP")]},
        {"code": "0", "msg": "", "data": [okx("ETH-USDT-261225", "FUTURES")]},
    ],
    "bybit": [
        bybit_page("spot", bybit("BTCUSDT", "BTC", "USDT"), BROKEN | {"status": "Trading"}),
        bybit_page(
            "linear",
            bybit("BTCUSDT", "BTC", "USDT", "LinearPerpetual", "USDT"),
            bybit("BTCPERP", "BTC", "USDC", "LinearPerpetual", "USDC"),
            bybit("BTC-25DEC26", "BTC", "USD", "LinearFutures", "USDC"),
            bybit("NEWUSDT", "NEW", "USDT", "LinearPerpetual", "USDT") | {"status": "PreLaunch"},
        ),
        bybit_page(
            "inverse",
            bybit("BTCUSD", "BTC", "USD", "InversePerpetual", "BTC"),
            bybit("BTCUSDZ26", "BTC", "USD", "InverseFutures", "BTC"),
        ),
    ],
    "binance_usdm": [
        {
            "symbols": [
                usdm("BTCUSDT", "BTC", "USDT", "PERPETUAL", "TRADING"),
                usdm("TSLAUSDT", "TSLA", "USDT", "TRADIFI_PERPETUAL", "TRADING"),
                usdm("BTCUSDT_261225", "BTC", "USDT", "CURRENT_QUARTER", "TRADING"),
                usdm("LUNAUSDT", "LUNA", "USDT", "PERPETUAL", "SETTLING"),
                BROKEN,
            ]
        }
    ],
    "coinbase_advanced": [
        {
            "products": [
                advanced("BTC-USD", alias_to=["BTC-USDC"]),
                advanced("BTC-USDC", alias="BTC-USD"),
                advanced("USDT-USD"),
                advanced("OLD-USD", trading_disabled=True),
                {"product_id": "X-USD"},
            ],
            "num_products": 5,
        }
    ],
    "kraken_futures": [
        {
            "result": "success",
            "instruments": [
                future("PF_XBTUSD", "flexible_futures"),
                future("pi_xbtusd", "futures_inverse"),
                future("FF_ETHUSD_261225", "flexible_futures"),
                future("in_xbtusd", "spot index", tradeable=False),
                future("PF_XBTUSD_261225", "flexible_futures"),
            ],
        }
    ],
    "bitstamp": [
        [
            bitstamp("btcusd", "BTC", "USD"),
            bitstamp("usdtusd", "USDT", "USD"),
            bitstamp("usdcusd", "USDC", "USD"),
            bitstamp("oldusd", "OLD", "USD", trading="Disabled"),
            bitstamp("btcusd-perp", "BTC", "USD", market_type="PERPETUAL"),
            {"trading": "Enabled", "market_symbol": "ethusd"},
        ]
    ],
    "bitfinex": [
        [
            ["BTCUSD", "DOGE:USD", "USTUSD", "UDCUSD", "TESTBTC:TESTUSD", "BTC/USD"],
            ["BTCF0:USTF0"],
        ]
    ],
    "gemini": [
        [
            gemini("BTCUSD", "BTC", "USD"),
            gemini("moodengusd", "MOODENG", "USD", status="limit_only"),
            gemini("BTCGUSDPERP", "BTC", "GUSD"),
            gemini("LUNAUSD", "LUNA", "USD", status="closed"),
            BROKEN | {"status": "open"},
        ]
    ],
    "gate": [[gate("BTC_USDT"), gate("OLD_USDT", status="untradable"), "BTC_USDT"]],
    "kucoin": [
        {
            "code": "200000",
            "data": [kucoin("BTC-USDT"), kucoin("OLD-USDT", trading=False), None],
        }
    ],
    "cryptocom": [
        {
            "id": -1,
            "method": "public/get-instruments",
            "code": 0,
            "result": {
                "data": [
                    cryptocom("BTC_USD", "CCY_PAIR", "BTC", "USD"),
                    cryptocom("USDT_USD", "CCY_PAIR", "USDT", "USD"),
                    cryptocom("BTCUSD-PERP", "PERPETUAL_SWAP", "BTC", "USD_Stable_Coin"),
                    cryptocom("BTCUSD-261225", "FUTURE", "BTC", "USD"),
                    cryptocom("OLD_USD", "CCY_PAIR", "OLD", "USD", tradable=False),
                    cryptocom("BTC/USD", "CCY_PAIR", "BTC", "USD"),
                ]
            },
        }
    ],
    "htx": [
        {
            "status": "ok",
            "data": [htx("btcusdt", "btc", "usdt"), htx("a", "b", "c", "offline"), {"sc": "x"}],
            "ts": "1790000000000",
        }
    ],
    "bitget": [
        bitget_page(
            bitget("BTCUSDT", "BTC", "USDT", status="online"),
            bitget("OLDUSDT", "OLD", "USDT", status="offline"),
            BROKEN,
        ),
        bitget_page(bitget("BTCUSDT", "BTC", "USDT", **PERPETUAL, **NORMAL)),
        bitget_page(bitget("BTCPERP", "BTC", "USDC", **PERPETUAL, symbolStatus="limit_open")),
        bitget_page(
            bitget("BTCUSDZ26", "BTC", "USD", symbolType="delivery", **NORMAL),
            bitget("BTCUSD", "BTC", "USD", **PERPETUAL, symbolStatus="maintain"),
        ),
    ],
    "deribit": [
        {
            "jsonrpc": "2.0",
            "result": [
                deribit("BTC-PERPETUAL", "future", "BTC", "USD", "perpetual"),
                deribit("XRP_USDC-PERPETUAL", "future", "XRP", "USDC", "perpetual"),
                deribit("BTC-25DEC26", "future", "BTC", "USD", "month"),
                deribit("BTC-25DEC26-62000-C", "option", "BTC", "BTC", "month"),
                deribit("BTC_USDC", "spot", "BTC", "USDC"),
                deribit("BTC-FS-25DEC26_PERP", "future_combo", "BTC", "USD", "month"),
                deribit("ETH-1JAN20", "future", "ETH", "USD", "month", on=False),
                deribit("ETH-PERPETUAL", "future", "ETH", "USD"),
            ],
        }
    ],
    "upbit": [
        [
            {"market": "KRW-BTC", "korean_name": "비트코인", "english_name": "Bitcoin"},
            {"market": "USDT-BTC", "korean_name": "비트코인", "english_name": "Bitcoin"},
            {"market": "BTC"},
        ]
    ],
    "bitmex": [
        [
            bitmex("XBTUSD", "XBT", "USD", "FFWCSX"),
            bitmex("XBT_USDT", "XBT", "USDT", "IFXXXP"),
            bitmex("ETHZ26", "ETH", "XBT", "FFCCSX"),
            bitmex(".BXBT", "XBT", "USD", "MRCXXX"),
            bitmex("XBTU26", "XBT", "USD", "FFCCSX", state="Settled"),
            {"typ": "FFWCSX", "state": "Open"},
        ]
    ],
    "hyperliquid": [
        {
            "universe": [
                {"name": "BTC", "szDecimals": 5, "maxLeverage": 40},
                {"name": "kPEPE", "szDecimals": 0, "maxLeverage": 10},
                {"name": "MATIC", "szDecimals": 1, "isDelisted": True},
                {"szDecimals": 1},
            ]
        },
        {
            "tokens": [
                {"name": "USDC", "szDecimals": 8, "index": 0},
                {"name": "PURR", "szDecimals": 0, "index": 1},
                {"name": "HYPE", "szDecimals": 2, "index": 150},
            ],
            "universe": [
                {"name": "PURR/USDC", "tokens": [1, 0], "index": 0, "isCanonical": True},
                {"name": "@107", "tokens": [150, 0], "index": 107, "isCanonical": False},
            ],
        },
    ],
}
"""By venue, an answer to each request of its `listing`, in order."""
