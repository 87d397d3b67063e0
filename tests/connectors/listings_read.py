"""What the answers in `tests.connectors.listings` say."""

from engine.records import Instrument, Kind

Listed = tuple[str, str, str, Kind]
EXPECTED: dict[str, list[Listed]] = {
    "binance": [
        ("BTCUSDT", "BTC", "USDT", "spot"),
        ("1000SATSFDUSD", "SATS", "FDUSD", "spot"),
    ],
    "coinbase": [("BTC-USD", "BTC", "USD", "spot"), ("USDT-USD", "USDT", "USD", "spot")],
    "kraken": [
        ("BTC/USD", "BTC", "USD", "spot"),
        ("DOGE/USD", "DOGE", "USD", "spot"),
        ("AAPLx/USD", "AAPLX", "USD", "spot"),
        ("USDT/USD", "USDT", "USD", "spot"),
        ("USDC/USD", "USDC", "USD", "spot"),
    ],
    "okx": [
        ("BTC-USDT", "BTC", "USDT", "spot"),
        ("BTC-USD-SWAP", "BTC", "USD", "perpetual"),
        ("ETH-USDT-261225", "ETH", "USDT", "future"),
    ],
    "bybit": [
        ("BTCUSDT", "BTC", "USDT", "spot"),
        ("BTCUSDT", "BTC", "USDT", "perpetual"),
        ("BTCPERP", "BTC", "USDC", "perpetual"),
        ("BTC-25DEC26", "BTC", "USDC", "future"),
        ("BTCUSD", "BTC", "USD", "perpetual"),
        ("BTCUSDZ26", "BTC", "USD", "future"),
    ],
    "binance_usdm": [
        ("BTCUSDT", "BTC", "USDT", "perpetual"),
        ("TSLAUSDT", "TSLA", "USDT", "perpetual"),
        ("BTCUSDT_261225", "BTC", "USDT", "future"),
    ],
    "coinbase_advanced": [("BTC-USD", "BTC", "USD", "spot"), ("USDT-USD", "USDT", "USD", "spot")],
    "kraken_futures": [
        ("PF_XBTUSD", "BTC", "USD", "perpetual"),
        ("PI_XBTUSD", "BTC", "USD", "perpetual"),
        ("FF_ETHUSD_261225", "ETH", "USD", "future"),
    ],
    "bitstamp": [
        ("btcusd", "BTC", "USD", "spot"),
        ("usdtusd", "USDT", "USD", "spot"),
        ("usdcusd", "USDC", "USD", "spot"),
    ],
    "bitfinex": [
        ("BTCUSD", "BTC", "USD", "spot"),
        ("DOGE:USD", "DOGE", "USD", "spot"),
        ("USTUSD", "USDT", "USD", "spot"),
        ("UDCUSD", "USDC", "USD", "spot"),
        ("BTCF0:USTF0", "BTC", "USDT", "perpetual"),
    ],
    "gemini": [
        ("BTCUSD", "BTC", "USD", "spot"),
        ("MOODENGUSD", "MOODENG", "USD", "spot"),
        ("BTCGUSDPERP", "BTC", "GUSD", "perpetual"),
    ],
    "gate": [("BTC_USDT", "BTC", "USDT", "spot")],
    "kucoin": [("BTC-USDT", "BTC", "USDT", "spot")],
    "cryptocom": [
        ("BTC_USD", "BTC", "USD", "spot"),
        ("USDT_USD", "USDT", "USD", "spot"),
        ("BTCUSD-PERP", "BTC", "USD", "perpetual"),
        ("BTCUSD-261225", "BTC", "USD", "future"),
    ],
    "htx": [("btcusdt", "BTC", "USDT", "spot")],
    "bitget": [
        ("BTCUSDT", "BTC", "USDT", "spot"),
        ("BTCUSDT", "BTC", "USDT", "perpetual"),
        ("BTCPERP", "BTC", "USDC", "perpetual"),
        ("BTCUSDZ26", "BTC", "USD", "future"),
    ],
    "deribit": [
        ("BTC-PERPETUAL", "BTC", "USD", "perpetual"),
        ("XRP_USDC-PERPETUAL", "XRP", "USDC", "perpetual"),
        ("BTC-25DEC26", "BTC", "USD", "future"),
        ("BTC-25DEC26-62000-C", "BTC", "BTC", "option"),
        ("BTC_USDC", "BTC", "USDC", "spot"),
    ],
    "upbit": [("KRW-BTC", "BTC", "KRW", "spot"), ("USDT-BTC", "BTC", "USDT", "spot")],
    "bitmex": [
        ("XBTUSD", "BTC", "USD", "perpetual"),
        ("XBT_USDT", "BTC", "USDT", "spot"),
        ("ETHZ26", "ETH", "BTC", "future"),
    ],
    "hyperliquid": [
        ("BTC", "BTC", "USDC", "perpetual"),
        ("kPEPE", "PEPE", "USDC", "perpetual"),
        ("PURR/USDC", "PURR", "USDC", "spot"),
        ("@107", "HYPE", "USDC", "spot"),
    ],
}
COUNTING = frozenset(("binance", "binance_usdm", "coinbase", "coinbase_advanced", "kraken", "htx"))
"""Venues whose trade ids step by one per symbol."""


def expected(name: str) -> list[Instrument]:
    """What the answers of this venue list."""
    return [Instrument(name, *listed, name in COUNTING) for listed in EXPECTED[name]]
