"""What the terminal of `demo` and `up` tells of an index that is not quite what it seems."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any, cast

from rich.console import Console

from gateway.state import State
from tests.gateway import records
from tidegauge.live import Live
from tidegauge.screen import Screen, alert_line


def screen() -> Screen:
    state = State(wall=records.wall)
    state.apply("snapshots", records.live("SURE"))
    state.apply("snapshots", records.live("TOP3") | {"status": "degraded"})
    for index in ("SURE", "TOP3"):
        state.apply("levels", records.level(index, level=1003.2))
    shown = Screen("tidegauge")
    live: Any = SimpleNamespace(state=state, counts={"ticks": 7, "alerts": 0})
    shown.live = cast(Live, live)
    return shown


def test_the_table_has_the_status_of_each_index() -> None:
    out = io.StringIO()
    Console(file=out, width=120).print(screen()._table())
    rows = [line.split() for line in out.getvalue().splitlines()]
    assert rows[0][:3] == ["index", "status", "level"]
    assert rows[0][3:] == ["since", "start", "vol.", "sharpe", "sortino", "drawdown", "max"]
    assert rows[1][3:] == ["+8.00%", "62.13%", "1.27", "1.84", "0.67%", "38.17%"]
    assert rows[1][:3] == ["SURE", "live", "1,003.20"]
    assert rows[2][:3] == ["TOP3", "degraded", "1,003.20"]


def test_plain_lines_tell_what_is_in_doubt() -> None:
    assert screen()._status() == "7 ticks 0 alerts  SURE=1,003.20 TOP3=1,003.20(degraded)"
    line = alert_line(records.disputed_alert()).plain
    assert "drawdown>=0.10@heaviest firing" in line
    assert line.endswith("drawdown 15.00%  disputed")
