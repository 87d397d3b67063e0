"""The levels of all baskets of a shard, and what the kernel keeps beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from engine.index import kernel_arrays
from engine.table import F64, I64, Bool, Table


class Levels(Table):
    """Per basket: level and divisor, first and last instant, guard band, lowest and highest level
    since it was last published (NaN where that is not known), path, alert rules.

    `depths` and `times` hold the deepest finished drawdowns; `rule_depth` is infinite where a
    basket has fewer alert rules than others.
    """

    COLUMNS: ClassVar = {
        "level": ("f8", (), 0.0),
        "divisor": ("f8", (), 1.0),
        "started": ("?", (), False),
        "inception": ("i8", (), 0),
        "base_level": ("f8", (), 0.0),
        "last_at": ("i8", (), 0),
        "lo": ("f8", (), -np.inf),
        "hi": ("f8", (), np.inf),
        "low": ("f8", (), np.nan),
        "high": ("f8", (), np.nan),
        "depths": ("f8", (kernel_arrays.EPISODES,), 0.0),
        "times": ("i8", (kernel_arrays.EPISODES, 3), 0),
        "rule_depth": ("f8", (0,), np.inf),
        "firing": ("?", (0,), False),
    }
    STORED_AS: ClassVar = {"inception": "base_at"}
    level: F64
    divisor: F64
    started: Bool
    inception: I64
    base_level: F64
    last_at: I64
    lo: F64
    hi: F64
    low: F64
    high: F64
    depths: F64
    times: I64
    rule_depth: F64
    firing: Bool

    def set_rules(self, rules: Sequence[Sequence[float]]) -> None:
        """Set the drawdown alert depths of every row; what was firing goes on firing."""
        width = max((len(r) for r in rules), default=0)
        depth = np.full((len(rules), width), np.inf)
        firing = np.zeros((len(rules), width), dtype=np.bool_)
        for i, depths in enumerate(rules):
            held = {d for d, f in zip(self.rule_depth[i], self.firing[i], strict=True) if f}
            for k, rule in enumerate(depths):
                depth[i, k], firing[i, k] = rule, rule in held
        self.rule_depth, self.firing = depth, firing
        # An empty band sends the next price to the exact path, which sets a fitting one.
        self.lo[self.started], self.hi[self.started] = np.inf, -np.inf
