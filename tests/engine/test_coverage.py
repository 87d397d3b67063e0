"""How often the 95 % interval of the Sharpe ratio holds the true one. Run as a script, it writes
docs/coverage.md.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engine.metrics.moments import Moments
from engine.metrics.sharpe import Autocovariance
from engine.table import F64

PATHS, BARS, SEED = 4_000, 500, 20_261_123
SHARPES = (0.05, 0.2)
"""Of one bar; with daily bars 0.96 and 3.8 a year."""
Z = 1.959963984540054
"""The normal quantile at 97.5 %."""
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "coverage.md"


def _autoregressive(rng: np.random.Generator) -> F64:
    found = np.empty((BARS, PATHS))
    last = rng.standard_normal(PATHS)
    for bar in range(BARS):
        last = 0.3 * last + np.sqrt(1.0 - 0.3**2) * rng.standard_normal(PATHS)
        found[bar] = last
    return found


RETURNS: dict[str, Callable[[np.random.Generator], F64]] = {
    "normal": lambda rng: rng.standard_normal((BARS, PATHS)),
    "Student t, 4 degrees of freedom": lambda rng: rng.standard_t(4, (BARS, PATHS)) / np.sqrt(2.0),
    "negative exponential": lambda rng: 1.0 - rng.standard_exponential((BARS, PATHS)),
    "AR(1), 0.3": _autoregressive,
}
"""Returns of mean 0 and variance 1; one row a bar, one column a path."""


def coverage(kind: str, sharpe: float) -> float:
    """Share of the paths whose interval sharpe ± 1.96·sharpe_se holds the true Sharpe ratio."""
    noise = RETURNS[kind](np.random.default_rng(SEED))
    moments, errors = Moments(PATHS), Autocovariance(PATHS)
    rows = np.arange(PATHS)
    for bar in range(BARS):
        returns = 0.01 * (noise[bar] + sharpe)
        moments.update(rows, returns)
        errors.update(rows, returns)
    nothing, yearly = np.zeros(PATHS), np.full(PATHS, 365.0)
    found, error = moments.sharpe(nothing, yearly), errors.sharpe_error(nothing, yearly)
    assert not found.codes.any()
    assert not error.codes.any()
    true = sharpe * np.sqrt(365.0)
    return float(np.mean(np.abs(found.values - true) <= Z * error.values))


def document() -> str:
    """The table of all cases."""
    lines = [
        "# How wide is the Sharpe ratio's error really?",
        "",
        f"Share of {PATHS:,} simulated paths of {BARS} bars whose interval `sharpe ± 1.96 · "
        "sharpe_se` holds the true",
        "Sharpe ratio, through the engine's own estimators. 95 % would be perfect.",
        "",
        "| returns | true Sharpe of one bar 0.05 | 0.2 |",
        "| --- | --- | --- |",
    ]
    for kind in RETURNS:
        shares = [f"{coverage(kind, sharpe):.1%}" for sharpe in SHARPES]
        lines.append(f"| {kind} | {' | '.join(shares)} |")
    lines += [
        "",
        f"Seed {SEED}; made by `python -m tests.engine.test_coverage`, checked by the same file.",
    ]
    return "\n".join(lines) + "\n"


@pytest.mark.slow
@pytest.mark.parametrize("sharpe", SHARPES)
@pytest.mark.parametrize("kind", RETURNS)
def test_the_interval_holds_the_truth_as_often_as_it_says(kind: str, sharpe: float) -> None:
    share = coverage(kind, sharpe)
    assert 0.92 <= share <= 0.98
    row = next(line for line in DOCUMENT.read_text().splitlines() if line.startswith(f"| {kind} |"))
    assert row.split(" | ")[1 + SHARPES.index(sharpe)].strip(" |") == f"{share:.1%}"


if __name__ == "__main__":
    DOCUMENT.write_text(document())
