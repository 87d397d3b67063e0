"""Rows of recorded prices as frames of the engine."""

from __future__ import annotations

from collections.abc import Iterator

from engine.records import AssetFrame, Instrument, Origin, TickFrame
from tidegauge.recorded.rows import Rows, Vocabulary


def engine_frames(
    rows: Rows, names: Vocabulary, origin: Origin
) -> Iterator[AssetFrame | TickFrame]:
    """One frame of rows (`framed` of the instants): prices, then trades of venues."""
    trades = rows["venue"] >= 0
    if not trades.all():
        yield _asset_frame(rows[~trades], names, origin)
    if trades.any():
        yield _tick_frame(rows[trades], names, origin)


def _asset_frame(rows: Rows, names: Vocabulary, origin: Origin) -> AssetFrame:
    return AssetFrame(
        int(rows["ts"][-1]),
        origin,
        [names.assets.all[code] for code in rows["asset"].tolist()],
        rows["ts"].tolist(),
        rows["price"].tolist(),
        rows["market_cap"].tolist(),
        rows["supply"].tolist(),
    )


def _tick_frame(rows: Rows, names: Vocabulary, origin: Origin) -> TickFrame:
    columns = (rows["venue"].tolist(), rows["asset"].tolist(), rows["quote"].tolist())
    places: dict[tuple[int, int, int], int] = {}
    instrument = [places.setdefault(market, len(places)) for market in zip(*columns, strict=True)]
    assets, ts = names.assets.all, rows["ts"].tolist()
    return TickFrame(
        now=ts[-1],
        origin=origin,
        instruments=[
            Instrument(
                names.venues.all[venue],
                f"{assets[asset]}-{assets[quote]}",
                assets[asset],
                assets[quote],
                "spot",
                False,
            )
            for venue, asset, quote in places
        ],
        instrument=instrument,
        price=rows["price"].tolist(),
        size=rows["size"].tolist(),
        side=[None] * len(rows),
        id=[None] * len(rows),
        ts=ts,
        received=list(ts),
        gaps=[],
    )
