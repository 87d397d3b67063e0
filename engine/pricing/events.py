"""Redenominations in the Pricer: what is known of a coin's prices goes over to the new units.

Venues do not switch at one instant. A source that still trades the old coin behind the event is
known by its prices, which lie nearer to its last one in old units than in new: until its first
print in new units they are divided by the ratio, so that neither a jump nor a gap comes of it. One
that trades the new coin ahead of the event is known by prices about where its last one would be in
new units: until the event they are multiplied.
A coin under a new name has sources of its own, which go on from the old name's price.
"""

from __future__ import annotations

from engine.index.coin_timeline import Effect
from engine.index.composition import renamed
from engine.math import log
from engine.pricing.consolidation import Consolidation
from engine.pricing.source import Source
from engine.pricing.sources import SourceBook
from engine.types import DAY

NEARER = 4.0
"""A print is of the new coin if it is so many times nearer (in log) to the last price in new units
than the two are apart: the market may have moved while the venue was halted, and to half of the
price it falls in hours, not from one print to the next."""
EARLIEST = DAY
"""So long before an event a venue may trade the new coin: exchanges halt and open again within
hours of the announced time."""


def carry_out(book: SourceBook, effect: Effect) -> None:
    """An event that takes effect now; prices of later instants are of the new coin."""
    asset, ratio = effect.asset, effect.ratio
    if effect.becomes is not None:
        _hand_on(book, asset, effect.becomes, ratio)
        return
    for source in book.sources.values():
        if source.instrument.base == asset and not _has_switched(source, ratio):
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


def _has_switched(source: Source, ratio: float) -> bool:
    """Whether it trades the new coin already, and was an outlier until now."""
    standing = source.standing()
    return bool(standing and source.price) and _is_nearer(source.price, standing / ratio, standing)


def _rescale_price(key: Consolidation, ratio: float) -> None:
    if key.price is not None:
        key.price /= ratio
        key.trust.rescale(ratio)


def _rescale(book: SourceBook, source: Source, ratio: float) -> None:
    source.price /= ratio
    source.pending /= ratio
    source.usd = source.price * source.rate
    book.old_units[source.market] = book.old_units.get(source.market, 1.0) * ratio
    open_gaps = book.open_gaps.get(source.market)
    for open_gap in open_gaps.open if open_gaps is not None else ():
        open_gap.low, open_gap.high = open_gap.low / ratio, open_gap.high / ratio


def in_units(
    book: SourceBook, coming: list[Effect], source: Source, price: float, size: float, at: int
) -> tuple[float, float]:
    """A print in the units of now, and its size: those of the new coin behind an event, of the old
    one ahead of those in `coming`."""
    ratio = book.old_units.get(source.market)
    if ratio is not None:
        new = source.price
        if new != 0.0 and _is_nearer(price, new * ratio, new):
            return price / ratio, size * ratio
        del book.old_units[source.market]
    known = source.price or source.standing()
    for effect in coming:
        if effect.at > at + EARLIEST:
            break
        if effect.asset != source.instrument.base or effect.becomes is not None or not known:
            continue
        if NEARER * abs(log(price * effect.ratio / known)) <= abs(log(effect.ratio)):
            return price * effect.ratio, size / effect.ratio
    return price, size


def _is_nearer(price: float, one: float, other: float) -> bool:
    """Whether a price lies nearer (in log) to one price than to another."""
    return max(price / one, one / price) < max(price / other, other / price)
