"""Value at risk and its expected shortfall beyond the kept returns: within 1 %, on every kind."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import pytest

from engine.metrics.backtest import Exceedances
from engine.metrics.value_at_risk import KEPT, Tail
from tests.engine.test_risk import KINDS, ROW
from tests.reference.series import quantile

N = KEPT + 2_000
MORE: dict[str, Callable[[random.Random, int], list[float]]] = {
    "few losses": lambda g, n: [
        -0.02 * g.random() if g.random() < 0.03 else 0.01 * g.random() for _ in range(n)
    ],
    "losses at the rank": lambda g, n: [g.choice([-0.05, *[0.03] * 19]) for _ in range(n)],
    "mostly still": lambda g, n: [g.choice([0.0] * 30 + [0.01, -0.01]) for _ in range(n)],
    "down to nothing": lambda g, n: [-1.0 + 1e-9 if g.random() < 0.1 else 1e5 for _ in range(n)],
    "gains only": lambda g, n: [0.01 * g.random() for _ in range(n)],
}


def filled(r: list[float]) -> Tail:
    table = Tail(1)
    for x in r:
        table.update(ROW, np.array([x]))
    return table


@pytest.mark.parametrize(
    "kind", sorted((KINDS.keys() | MORE.keys()) - {"one bad print", "far from zero"})
)
def test_beyond_the_kept_returns(kind: str) -> None:
    r = (KINDS | MORE)[kind](random.Random(5), N)
    table, ordered = filled(r), sorted(r)
    for c in (95, 99):
        share = (100 - c) / 100
        rank = int((N - 1) * share)
        # 1 % of what the figure is made of: the two returns it lies between, or all of the tail.
        between = max(map(abs, ordered[rank : rank + 2]))
        assert abs(table.var(c).values[0] + quantile(r, share)) <= 0.01 * between + 1e-8
        worst = ordered[: (N - 1) * (100 - c) // 100 + 1]
        size = sum(map(abs, worst)) / len(worst)
        assert abs(table.cvar(c).values[0] + sum(worst) / len(worst)) <= 0.01 * size + 1e-8


def test_a_bad_print_leaves_the_tail_of_losses() -> None:
    """A gain of a millionfold and the fall back: one loss of nearly all, one gain counted as 1."""
    r = KINDS["one bad print"](random.Random(5), N)
    table = filled(r)
    for c in (95, 99):
        exact = -quantile(r, (100 - c) / 100)
        assert table.var(c).values[0] == pytest.approx(exact, rel=0.01)
        worst = sorted(r)[: (N - 1) * (100 - c) // 100 + 1]
        assert table.cvar(c).values[0] == pytest.approx(-sum(worst) / len(worst), rel=0.01)


def test_exceedances_are_of_the_published_figure() -> None:
    """Beyond the kept returns too, each is held against the VaR that was read before it."""
    r = KINDS["fat"](random.Random(6), N)
    table, promises, held = Tail(1), Exceedances(1), 0
    for k, x in enumerate(r):
        published = table.var(95)
        if k >= KEPT:
            held += -x > published.values[0]
            promises.update(ROW, np.array([x]), table.forecast(ROW, 95))
        table.update(ROW, np.array([x]))
    assert (promises.n[0], promises.observed[0]) == (N - KEPT, held)
    assert held == pytest.approx(0.05 * (N - KEPT), rel=0.3)


def test_dump_around_the_change_from_kept_to_counted() -> None:
    r = KINDS["normal"](random.Random(7), N)
    whole = filled(r)
    for cut in (KEPT - 1, KEPT, KEPT + 1):
        part = Tail.load(filled(r[:cut]).dump())
        part.rearrange(np.array([0, -1]))
        for x in r[cut:]:
            part.update(ROW, np.array([x]))
        assert part.n.tolist() == [N, 0]
        assert (part.counts[0] == whole.counts[0]).all()
        assert not part.counts[1].any()
