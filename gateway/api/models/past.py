"""Answers about the past: candles and figures over time, several series over common time."""

from __future__ import annotations

from pydantic import Field

from gateway.api.models.common import Answer, Moment, StatusNow, Undefined


class Times(Answer):
    """Where a time begins, and behind which it ends."""

    from_: Moment = Field(alias="from")
    to: Moment


class CandleColumns(Answer):
    """Columns of equal length."""

    at: list[Moment] = Field(description="When each candle begins; it stands for (at, at + step].")
    open: list[float]
    high: list[float]
    low: list[float]
    close: list[float]
    peak: list[float | None] = Field(
        description="The highest so far; null of an asset that had prices before this was kept."
    )


class FigureColumns(Answer):
    """Columns of equal length: `at`, and each figure that was asked for under its path."""

    __pydantic_extra__: dict[str, list[float | str | bool | None]]

    at: list[Moment]


class SeriesHistory(Times):
    """Candles of an index's level or an asset's price, or figures where these were asked for: those
    as they stood at the ends of hours or days, and as they stand now."""

    index: str = Field(
        description="The id of the index, or `asset:X`.", examples=["TOP3", "asset:BTC"]
    )
    status: StatusNow
    step: int = Field(description="Seconds from one row to the next.", examples=[86400])
    open_from: Moment | None = Field(
        description="The time of the last row where that is not over yet; null where it is."
    )
    missing: list[Times] = Field(
        description="Times of which candles so short are not known here: yet, in the first seconds "
        "after a start; or any more: seconds are kept for a day, minutes for 90, and a file may be "
        "lost. A longer step may have them."
    )
    columns: CandleColumns | FigureColumns


class ComparedSeries(Answer):
    """One of the series, over the common time, by the closes at its ends of bars."""

    series: str = Field(examples=["TOP3"])
    status: StatusNow
    first: Moment = Field(description="Its first bar of all begins then.")
    last: Moment = Field(description="Its last bar of all ends then.")
    unused_days: float = Field(
        description="So much longer than the common time its history is, from `from` to `to`.",
        examples=[0.0],
    )
    n: int = Field(description="Returns of bars within the common time.", examples=[364])
    return_: float | None = Field(
        alias="return", description="Over the common time.", examples=[0.12]
    )
    annualised: float | None = Field(
        description="(1 + return)^(365 / days) − 1; null under 90 days.", examples=[0.12]
    )
    volatility: float | None = Field(
        description="sd(r, ddof 1) · √A, A bars a year of 365 days.", examples=[0.62]
    )
    sharpe: float | None = Field(
        description="(mean(r) − f) / sd(r) · √A, f the risk-free rate of a bar.", examples=[0.9]
    )
    risk_free: float = Field(
        description="Per year: that of its definition, of an asset that of the first index.",
        examples=[0.04],
    )
    max_drawdown: float | None = Field(description="The deepest fall of closes.", examples=[0.38])
    peak_at: Moment | None = Field(description="The last close at the peak before that fall.")
    trough_at: Moment | None = Field(description="The first close at its bottom.")
    drawdown: float | None = Field(description="The fall at the last close.", examples=[0.04])


class Pair(Answer):
    """Two of the series, over the bars in which both have a return."""

    a: str = Field(examples=["TOP3"])
    b: str = Field(examples=["asset:BTC"])
    n: int = Field(examples=[364])
    correlation: float | None = Field(examples=[0.94])
    beta: float | None = Field(description="Of a against b: cov(a, b) / var(b).", examples=[1.08])
    beta_of_b: float | None = Field(description="Of b against a.", examples=[0.82])


class RollingFigures(Answer):
    """The first series against each of the others, over the last bars until each time; null until
    there are as many, and where one does not vary."""

    window: int = Field(description="Bars.", examples=[90])
    of: str = Field(description="The first series.", examples=["TOP3"])
    at: list[Moment] = Field(description="The ends of bars in which all have a return.")
    beta: dict[str, list[float | None]] = Field(description="By the other series.")
    correlation: dict[str, list[float | None]] = Field(description="By the other series.")


class ComparedOverTime(Answer):
    """The closes at the ends of bars that all have one at, the newest 4,000 of them."""

    at: list[Moment]
    closes: dict[str, list[float]] = Field(description="By series.")
    rolling: RollingFigures


class Comparison(Times):
    """Several series over their common time."""

    step: int = Field(description="Seconds of a bar.", examples=[86400])
    limited_by: dict[str, list[str]] = Field(
        description="Whose history begins last (`from`) and ends first (`to`), where the common "
        "time is shorter than what was asked for.",
        examples=[{"from": ["NEW2"], "to": []}],
    )
    series: list[ComparedSeries]
    pairs: list[Pair]
    undefined: Undefined
    over_time: ComparedOverTime | None = Field(None, description="Where `window` asks for it.")
