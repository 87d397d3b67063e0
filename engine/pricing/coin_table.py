"""What venues call a coin that has another name elsewhere: data, with the source of each row.

A row reads `theirs=ours`, or `theirs=ours:n` where one unit of theirs is 10^n coins. Names of the
venue are spelled as it spells them; case matters. Rows of `_listed` are what the venue lists the
coin under now, so we subscribe to it by that name (of several, by the first). Rows of `_read` are
former or second names: they are understood, not asked for.

Two coins may have one ticker. Then the one that is better known keeps it, and the other is named
after its project, or after its ticker and the venue where it has no name of its own.
"""

from __future__ import annotations

from typing import NamedTuple


class CoinName(NamedTuple):
    """One name of one venue. `venue` and `kind` may be "*": any."""

    venue: str
    kind: str
    theirs: str
    ours: str
    places: int
    """10^places coins are one unit of what the venue trades."""
    listed: bool
    """Whether the venue lists the coin under this name now."""
    source: str


def _rows(venue: str, kinds: str, source: str, names: str, listed: bool) -> list[CoinName]:
    found = []
    for kind in kinds.split():
        for name in names.split():
            theirs, _, ours = name.partition("=")
            ours, _, places = ours.partition(":")
            found.append(CoinName(venue, kind, theirs, ours, int(places or 0), listed, source))
    return found


def _listed(venue: str, kinds: str, source: str, names: str) -> list[CoinName]:
    return _rows(venue, kinds, source, names, True)


def _read(venue: str, kinds: str, source: str, names: str) -> list[CoinName]:
    return _rows(venue, kinds, source, names, False)


CCXT = "ccxt 4.5.90, commonCurrencies of {}"
CONTRACTS = "perpetual future"

ROWS: tuple[CoinName, ...] = (
    *_read("*", "*", "ISO 4217 style name of bitcoin; ccxt 4.5.90, base exchange", "XBT=BTC"),
    *_read("*", "*", "ticker until the fork had its own; ccxt 4.5.90, base exchange", "BCHSV=BSV"),
    *_read("*", "*", "TerraUSD, renamed with Terra Classic on 2022-05-27", "UST=USTC"),
    # ---- Binance
    *_listed(
        *("binance", "spot", "Binance, listing announcements: one 1000SATS is 1,000 SATS"),
        "1000SATS=SATS:3 1000CAT=CAT:3 1000CHEEMS=CHEEMS:3 1MBABYDOGE=BABYDOGE:6",
    ),
    *_listed(
        *("binance", "*", "Binance, exchangeInfo; CoinMarketCap names the coins BEAM and RON"),
        "BEAMX=BEAM RONIN=RON",
    ),
    *_read("binance", "*", CCXT.format("binance"), "YOYO=YOYOW"),
    *_listed(
        *("binance_usdm", "*", "Binance Futures, launch announcements: 1000FLOKI is 1,000 FLOKI"),
        "1000SHIB=SHIB:3 1000XEC=XEC:3 1000LUNC=LUNC:3 1000PEPE=PEPE:3 1000FLOKI=FLOKI:3 "
        "1000BONK=BONK:3 1000SATS=SATS:3 1000RATS=RATS:3 1000CAT=CAT:3 1000X=X:3 1000WHY=WHY:3 "
        "1000CHEEMS=CHEEMS:3 1MBABYDOGE=BABYDOGE:6 1000000MOG=MOG:6 1000000BOB=BOB:6 "
        "1000BTTC=BTTC:3",
    ),
    *_listed(
        *("binance_usdm", "*", "Binance Futures, exchangeInfo; CoinMarketCap names the coins so"),
        "LUNA2=LUNA BEAMX=BEAM DODOX=DODO RONIN=RON RAYSOL=RAY",
    ),
    # ---- Bybit
    *_listed(
        *("bybit", CONTRACTS, "gocryptotrader, CurrencyTranslations of Bybit"),
        "SHIB1000=SHIB:3 1000PEPE=PEPE:3 1000BONK=BONK:3 1000FLOKI=FLOKI:3 1000LUNC=LUNC:3 "
        "1000XEC=XEC:3 1000BTT=BTT:3 1000RATS=RATS:3 1000TURBO=TURBO:3 1000APU=APU:3 "
        "1000BEER=BEER:3 1000IQ50=IQ50:3 10000SATS=SATS:4 10000LADYS=LADYS:4 10000COQ=COQ:4 "
        "10000WEN=WEN:4 10000NFT=NFT:4 10000STARL=STARL:4 1000000MOG=MOG:6 "
        "1000000BABYDOGE=BABYDOGE:6 10000000AIDOGE=AIDOGE:7 LUNA2=LUNA",
    ),
    *_listed(
        *("bybit", CONTRACTS, "Bybit, v5/market/instruments-info, linear"),
        "1000CAT=CAT:3 1000CATS=CATS:3 1000MUMU=MUMU:3 1000X=X:3 1000TOSHI=TOSHI:3 1000TAG=TAG:3 "
        "1000NEIROCTO=NEIRO:3 10000WHY=WHY:4 10000ELON=ELON:4 10000QUBIC=QUBIC:4 "
        "1000000CHEEMS=CHEEMS:6 1000000PEIPEI=PEIPEI:6 1000000VINU=VINU:6 RAYDIUM=RAY DOP1=DOP",
    ),
    *_listed("bybit", "spot", "Bybit, First Neiro on Ethereum, elsewhere NEIRO", "NEIROCTO=NEIRO"),
    # ---- Hyperliquid
    *_listed(
        *("hyperliquid", "perpetual", "Hyperliquid, meta: k before a name is 1,000"),
        "kPEPE=PEPE:3 kSHIB=SHIB:3 kBONK=BONK:3 kFLOKI=FLOKI:3 kLUNC=LUNC:3 kNEIRO=NEIRO:3 "
        "kDOGS=DOGS:3",
    ),
    *_listed(
        *("hyperliquid", "spot", "ccxt 4.5.90, spotCurrencyMapping of hyperliquid"),
        "UBTC=BTC UETH=ETH USOL=SOL UBONK=BONK UFART=FARTCOIN HPENGU=PENGU UPUMP=PUMP UUUSPX=SPX "
        "USDT0=USDT XAUT0=XAUT UXPL=XPL UDZ=2Z",
    ),
    # ---- Kraken
    *_listed("kraken", "*", "ccxt PR 13581", "LUNA=LUNC LUNA2=LUNA UST=USTC"),
    *_listed("kraken", "*", CCXT.format("kraken"), "REPV2=REP REP=REPV1 FEE=KFEE"),
    *_read("kraken", "*", CCXT.format("kraken"), "XBT=BTC XDG=DOGE"),
    *_listed("kraken_futures", "*", "Kraken Futures, instruments", "XBT=BTC"),
    *_listed("kraken_futures", "*", "as on Kraken: ccxt PR 13581", "LUNA=LUNC LUNA2=LUNA"),
    *_read("kraken_futures", "*", "as on Kraken", "XDG=DOGE"),
    # ---- Bitfinex
    *_listed(
        *("bitfinex", "*", CCXT.format("bitfinex")),
        "UST=USDT ALG=ALGO AMP=AMPL ATO=ATOM BCHN=BCH DAT=DATA DOG=MDOGE DSH=DASH EDO=PNT "
        "EUS=EURS EUT=EURT IDX=ID IOT=IOTA IQX=IQ LUNA=LUNC LUNA2=LUNA MNA=MANA ORS=ORSGROUP "
        "PAS=PASS QSH=QASH QTM=QTUM RBT=RBTC SNG=SNGLS STJ=STORJ TERRAUST=USTC TSD=TUSD YGG=YEED "
        "YYW=YOYOW UDC=USDC VSY=VSYS WAX=WAXP XCH=XCHF ZBT=ZB HTX=HT",
    ),
    *_listed("bitfinex", "*", "Bitfinex, pub:map:currency:sym", "WBT=WBTC GNT=GLM OMN=OMNI"),
    *_read("bitfinex", "*", "Bitcoin Cash ABC before it became XEC, 1 to 10^6", "BCHABC=BCHA"),
    # ---- others
    *_listed("bitmex", "*", "BitMEX, instrument/active", "XBT=BTC"),
    *_listed("bitstamp", "*", CCXT.format("bitstamp"), "UST=USTC"),
    *_listed("coinbase", "*", CCXT.format("coinbaseexchange"), "CGLD=CELO"),
    *_listed("coinbase_advanced", "*", CCXT.format("coinbase"), "CGLD=CELO"),
    *_listed("okx", "*", "ccxt issue 4981: the ERC-20 form of Aeternity", "AE=AET"),
    *_listed("upbit", "*", CCXT.format("upbit") + ": Tokamak Network", "TON=TOKAMAK"),
    *_listed("cryptocom", "*", CCXT.format("cryptocom"), "USD_STABLE_COIN=USDC"),
    *_listed(
        *("kucoin", "*", CCXT.format("kucoin")),
        "BIFI=BIFIF VAI=VAIOT WAX=WAXP ALT=APTOSLAUNCHTOKEN KALT=ALT FUD=FTXUSERSDEBT",
    ),
    *_listed("kucoin", "*", "KuCoin, First Neiro on Ethereum, elsewhere NEIRO", "NEIROCTO=NEIRO"),
    *_listed(
        *("gate", "*", CCXT.format("gate")),
        "ORT=XREATORS ASS=ASSF 88MPH=MPH AXIS=AXISDEFI BIFI=BITCOINFILE BOX=DEFIBOX BYN=BEYONDFI "
        "EGG=GOOSEFINANCE GTC=GAMECOM HIT=HITCHAIN MM=MILLION MPH=MORPHER POINT=GATEPOINT "
        "RAI=RAIREFLEXINDEX SBTC=SUPERBITCOIN TNC=TRINITYNETWORKCREDIT VAI=VAIOT TRAC=TRACO",
    ),
    *_listed(
        *("htx", "*", CCXT.format("htx")),
        "NGL=GFNGL GET=THEMIS GTC=GAMECOM HIT=HITCHAIN PNT=PENTA SBTC=SUPERBITCOIN "
        "SOUL=SOULSAVER BIFI=BITCOINFILE FUD=FTXUSERSDEBT",
    ),
    *_listed(
        *("bitget", "spot", CCXT.format("bitget")),
        "APX=ASTROPEPEX DEGEN=DEGENREBORN EVA=EVADORE JADE=JADEPROTOCOL OMNI=OMNIBITGET "
        "TONCOIN=TON",
    ),
    *_listed(
        *("bitget", CONTRACTS, "Bitget, mix/market/contracts"),
        "1000BONK=BONK:3 1000CAT=CAT:3 1000RATS=RATS:3 1000SATS=SATS:3 1000XEC=XEC:3 "
        "10000WHY=WHY:4 10000ELON=ELON:4 1000000MOG=MOG:6 1MCHEEMS=CHEEMS:6 1MBABYDOGE=BABYDOGE:6 "
        "OMNI1=OMNI VELO1=VELO",
    ),
)
"""Venues without a row of their own (gemini, deribit) list coins under their common names."""

MULTIPLES: dict[tuple[str, str], str] = {
    ("binance", "spot"): "Binance lists what is too cheap for its price steps in thousands",
    ("binance_usdm", "*"): "Binance Futures: 1000FLOKIUSDT is based on 1,000 FLOKI",
    ("bybit", "perpetual"): "Bybit, contract details: 10000SATSUSDT is based on 10,000 SATS",
    ("bybit", "future"): "Bybit, contract details: 10000SATSUSDT is based on 10,000 SATS",
    ("bitget", "perpetual"): "Bitget, contract details: 1000BONKUSDT is based on 1,000 BONK",
    ("bitget", "future"): "Bitget, contract details: 1000BONKUSDT is based on 1,000 BONK",
}
"""By (venue, kind): where a name of 1000, 10000 … before letters is that many coins also without a
row here, as the venue names all such listings so. Elsewhere only rows name multiples: a coin may
be called 1000X."""
