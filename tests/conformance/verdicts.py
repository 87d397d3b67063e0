"""What is said of every figure that others computed: equal, different and why, or not published."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.shared import DATA

ORACLES = DATA / "oracles"

WHY = {
    "null": "undefined here: null with a reason, where theirs is infinite or a number",
    "cagr_90d": "no growth rate is given under 90 days of history",
    "no_return_yet": "without a return theirs is empty; here the level has not moved: 0",
    "refused": "a yearly rate of −99 % or less is refused here",
    "zero_price": "theirs holds a price of 0, which is no price here",
    "geometric_alpha": "theirs annualises alpha geometrically, (1 + alpha)^A − 1",
    "jensen": "theirs sets geometric annual returns against each other, with beta",
    "capture_annual": "theirs is a ratio of annual returns with A = 252, not of mean returns",
    "capture_total": "theirs is a ratio of cumulative returns, ties on the down side",
    "geometric_active": "theirs puts the difference of geometric annual returns on top",
    "gaussian": "theirs assumes normal returns",
    "psr_iid": "theirs assumes independent returns; ours is robust to autocorrelation (HAC)",
    "semivariance": "theirs divides by the number of returns below the mean, not by n",
    "population": "theirs uses population moments, ours the bias-corrected ones",
    "half_corrected": "theirs corrects the skew for the sample, but not the deviation in it",
    "manual": "the manual prints another figure than the function itself (calls file)",
    "cf_domain": "the Cornish-Fisher expansion is not monotone there; they use it all the same",
    "thirty_returns": "weights are equal here until every asset has 30 returns; theirs uses ten",
    "gaussian_sample": "theirs has the sample's deviation, ours the population's as `var_95_cf`",
    "ulcer_sample": "theirs divides the squares by n − 1, ours by n as Martin and Bacon do",
    "total_return": "theirs sets the total return against it, ours the growth a year",
    "sum_of_returns": "theirs adds returns up, ours compounds them",
    "too_few": "null for so few returns; theirs gives a number",
    "burke_runs": "theirs compounds hundredths within runs of losses; ours are drawdowns",
    "own_history": "theirs takes the return of its whole history, beta of the months of both",
    "months_lacking": "theirs takes months that the asset lacks: not available, or another figure",
    "first_fall": "theirs counts from the first close below the peak, ours from the peak",
    "upside_subset": "theirs divides the upside by the number of gains, ours by n",
    "no_series": "not published: the series is not in the file, so nothing can be computed",
    "capture_all": "not published: capture over all bars says what the active premium says",
    "own_invention": "not published: a figure of that library alone",
    "sided_alpha": "not published: an alpha of the bars of one side alone is none anybody can earn",
    "resampling": "not published: the calendar's months and years hold it, as of a date",
    "modified_es": "not published: modified expected shortfall has no bounds where it is used",
    "var_ratio": "not published: return over VaR or ES instead of deviation",
    "cleaned": "not published: outliers are judged as prices come, not taken out of statistics",
    "setting": "not published: how many bars a year has is a setting",
    "ratio_of_moments": "not published: nobody ranks by it",
}
"""Every reason for which a figure may differ or be absent."""


@dataclass(slots=True)
class Verdict:
    """One figure of one case: what they printed, what is claimed of it, and ours to hold against.

    `ours` computes it through the engine; `shown` is their definition computed independently,
    where a difference is claimed and can be explained so.
    """

    file: str
    case: str
    cell: str
    expected: float | None
    verdict: str
    figure: str = ""
    why: str = ""
    ours: Callable[[], float | None] | None = None
    shown: float | None = None
    close: Callable[[float, float], bool] = lambda theirs, ours: near(theirs, ours)


def near(theirs: float, ours: float, absolute: float = 0.0) -> bool:
    """Equal within 1e-9 relative, or within `absolute` where that is what they print."""
    if math.isinf(theirs) or math.isinf(ours):
        return theirs == ours
    return abs(theirs - ours) <= max(1e-9 * max(abs(theirs), abs(ours)), absolute, 1e-15)


def within(absolute: float) -> Callable[[float, float], bool]:
    """Equal to a printed figure within so much."""
    return lambda theirs, ours: near(theirs, ours, absolute)


def truncated(decimals: int) -> Callable[[float, float], bool]:
    """Equal to a figure that was cut, or rounded, to so many decimals when printed."""
    step = 10.0**-decimals

    def close(theirs: float, ours: float) -> bool:
        cut = math.trunc(round(ours / step, 6)) * step  # 6: decimal fractions have no exact double
        return near(theirs, cut, step / 100) or near(theirs, ours, 0.5001 * step)

    return close


def number(value: Any) -> float | None:
    """A figure of a file; NaN is None."""
    found = math.nan if value is None else float(value)
    return None if math.isnan(found) else found


def load(name: str) -> dict[str, Any]:
    """One of the oracle files; empty where the shared data is absent."""
    path = ORACLES / name
    found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return found


def agrees(verdict: Verdict, value: float | None) -> bool:
    """Whether a figure is theirs: the same number, or undefined in both."""
    if value is None or verdict.expected is None:
        return value is verdict.expected
    return verdict.close(verdict.expected, value)
