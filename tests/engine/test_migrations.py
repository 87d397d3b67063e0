"""State of other versions: tables and columns that come and go, steps, and what is refused."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pytest

from engine import migrations
from engine.index.kernel_arrays import PATH, dump_path
from engine.index.shard import Shard
from engine.migrations import NewerStateError, migrate, version_of
from engine.pricing.pricer import Pricer
from engine.table import Table
from tests.engine.golden_run import PAIR, TABLE
from tests.engine.market import START, Feed, define, frame


class Two(Table):
    COLUMNS: ClassVar = {"n": ("i8", (), 0), "wide": ("f8", (2,), np.nan)}


def test_a_table_takes_new_columns_and_leaves_old_ones() -> None:
    old = {"n": np.array([1, 2, 3]), "gone": np.zeros(3)}
    table: Any = Two.load(old)
    assert table.n.tolist() == [1, 2, 3]
    assert table.wide.shape == (3, 2)
    assert np.isnan(table.wide).all()
    missing: Any = Two.load(None, 4)
    assert missing.n.tolist() == [0] * 4
    assert len(Two.load({"gone": np.zeros(9)}, 2)) == 2


def test_steps_run_in_order_from_the_state_s_own_version(monkeypatch: pytest.MonkeyPatch) -> None:
    def adds(key: str) -> migrations.Step:
        def step(state: dict[str, Any]) -> dict[str, Any]:
            return state | {"done": [*state["done"], key]}

        return step

    steps = {("part", 2): adds("two"), ("part", 3): adds("three"), ("other", 9): adds("other")}
    monkeypatch.setattr(migrations, "STEPS", steps)
    assert version_of("part") == 3
    assert migrate("part", {"done": []}) == {"done": ["two", "three"], "state": 3}
    assert migrate("part", {"done": [], "state": 2}) == {"done": ["three"], "state": 3}
    assert migrate("part", {"done": [], "state": 3}) == {"done": [], "state": 3}
    with pytest.raises(NewerStateError, match="state of part is of version 4, this knows 3"):
        migrate("part", {"done": [], "state": 4})


def test_a_step_leaves_the_state_that_it_was_given() -> None:
    state: dict[str, Any] = {"path": np.zeros(13 * 8, dtype=np.uint8)}
    migrate("baskets", state)
    assert state.keys() == {"path"}
    assert isinstance(state["path"], np.ndarray)


def fed() -> Feed:
    feed = Feed(Shard())
    feed.put(define("MIX", TABLE, START - 1))
    feed.put(define("PAIR", PAIR, START - 1))
    for k in range(1, 40):
        prices = {"BTC": 100.0 + k % 7, "ETH": 10.0 - 0.1 * (k % 5), "SOL": 1.0 + 0.01 * k}
        feed.put(frame([(START + k * 1_000_000_000, prices)]))
    return feed


def test_raw_paths_of_an_older_state_are_read() -> None:
    shard = fed().shard
    state = shard.dump()
    old = state["baskets"]
    then = [  # in the order of its records
        *("peak", "peak_at", "trough", "trough_at", "max_depth", "max_peak_at", "max_trough_at"),
        *("max_recovered_at", "longest", "max_is_open", "day_open", "day_high", "day_low"),
    ]
    raw = np.zeros(len(shard.baskets.path), dtype=[(name, PATH[name]) for name in then])
    for name in then:
        raw[name] = shard.baskets.path[name]
    old["path"] = np.frombuffer(raw.tobytes(), dtype=np.uint8).copy()
    del old["state"]
    again = Shard.load(state)
    assert again.baskets.path.dtype == PATH
    for name in dump_path(again.baskets.path):
        kept = shard.baskets.path[name] if name in then else np.zeros(len(raw))
        assert again.baskets.path[name].tolist() == kept.tolist(), name


def test_a_table_that_was_not_there_begins_empty_and_its_figures_say_so() -> None:
    shard = fed().shard
    state = shard.dump()
    for stats in state["stats"]:
        del stats["tables"]["capture"], stats["tables"]["moments"]
    state["history"].pop("months")
    again = Shard.load(state)
    feed = Feed(again)
    feed.put(frame([(START + 50_000_000_000, {"BTC": 104.0})]))
    body = feed.snapshot("MIX")
    assert body["risk"]["volatility"] is None
    assert body["undefined"]["risk.volatility"] == "too_few"
    assert body["benchmarks"]["BTC"]["up_capture"] is None
    assert body["drawdown"]["max"] == pytest.approx(float(shard.baskets.path["max_depth"][0]))
    assert body["risk"]["var_95"] is not None, "what was kept is still known"


def test_stages_say_their_version_and_refuse_a_newer_state() -> None:
    pricer, shard = Pricer().dump(), fed().shard.dump()
    assert (pricer["state"], shard["state"]) == (version_of("pricer"), version_of("shard"))
    with pytest.raises(NewerStateError, match="pricer"):
        Pricer.load(pricer | {"state": 99})
    with pytest.raises(NewerStateError, match="shard"):
        Shard.load(shard | {"state": 99})
