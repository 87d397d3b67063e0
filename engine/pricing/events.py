"""Redenominations in the Pricer: what is known of a coin's prices goes over to the new units.

Venues do not switch at one instant. A source that still trades the old coin behind the event is
known by its prices, which lie nearer to its last one in old units than in new: until its first
print in new units they are divided by the ratio, so that neither a jump nor a gap comes of it.
A coin under a new name has sources of its own, which go on from the old name's price.
"""

from __future__ import annotations

from engine.index.coin_timeline import Effect
from engine.index.composition import renamed
from engine.pricing.consolidation import Consolidation
from engine.pricing.source import Source
from engine.pricing.sources import SourceBook


def carry_out(book: SourceBook, effect: Effect) -> None:
    """An event that takes effect now; prices of later instants are of the new coin."""
    asset, ratio = effect.asset, effect.ratio
    if effect.becomes is not None:
        _hand_on(book, asset, effect.becomes, ratio)
        return
    for source in book.sources.values():
        if source.instrument.base == asset:
            _rescale(book, source, ratio)
    for name in book.wanted.of(asset):
        _rescale_price(book.keys[name], ratio)
    conversion = book.conversions.get(asset)
    if conversion is not None:
        _rescale_price(conversion.rate, ratio)
        if not conversion.usd_rate.assumed:
            conversion.usd_rate = conversion.usd_rate._replace(
                value=conversion.usd_rate.value / ratio
            )
        for source in conversion.quoted:  # one coin costs `ratio` times as many of the new units
            source.rate = conversion.usd_rate.value
            source.weight *= ratio
            _rescale(book, source, 1.0 / ratio)


def _hand_on(book: SourceBook, asset: str, successor: str, ratio: float) -> None:
    """A coin that goes on under another name has a price there already: it is not cold."""
    for name in book.wanted.of(asset):
        old, new = book.keys[name], book.keys.get(renamed(name, successor))
        if old.price is not None and new is not None and new.price is None:
            new.price, new.made_at = old.price / ratio, old.made_at


def _rescale_price(key: Consolidation, ratio: float) -> None:
    if key.price is not None:
        key.price /= ratio
        key.heaviest /= ratio


def _rescale(book: SourceBook, source: Source, ratio: float) -> None:
    source.price /= ratio
    source.pending /= ratio
    source.usd = source.price * source.rate
    book.old_units[source.market] = book.old_units.get(source.market, 1.0) * ratio
    open_gaps = book.open_gaps.get(source.market)
    for open_gap in open_gaps.open if open_gaps is not None else ():
        open_gap.low, open_gap.high = open_gap.low / ratio, open_gap.high / ratio


def as_new(book: SourceBook, source: Source, price: float) -> float:
    """A print in new units: as it is from the first on that lies nearer to the last price in these,
    divided by the ratio until then."""
    ratio = book.old_units.get(source.market)
    if ratio is None:
        return price
    new, old = source.price, source.price * ratio
    if new == 0.0 or max(price / new, new / price) <= max(price / old, old / price):
        del book.old_units[source.market]
        return price
    return price / ratio
