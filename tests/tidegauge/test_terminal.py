"""What the terminal of `demo` and `up` tells of an index that is not quite what it seems."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any, cast

from rich.console import Console

from gateway.state import State
from tests.gateway import records
from tidegauge.live import Live
from tidegauge.terminal import Terminal, alert_line


def terminal() -> Terminal:
    state = State(wall=records.wall)
    state.apply("snapshots", records.live("SURE"))
    state.apply("snapshots", records.live("TOP3") | {"status": "degraded"})
    for index in ("SURE", "TOP3"):
        state.apply("levels", records.level(index, level=1003.2))
    shown = Terminal("tidegauge")
    live: Any = SimpleNamespace(state=state, counts={"ticks": 7, "alerts": 0})
    shown.live = cast(Live, live)
    return shown


def test_the_table_has_the_status_of_each_index() -> None:
    out = io.StringIO()
    Console(file=out, width=120).print(terminal()._table())
    rows = [line.split() for line in out.getvalue().splitlines()]
    assert rows[0][:3] == ["index", "status", "level"]
    assert rows[0][3:5] == ["change", "since"]
    assert rows[0][5:] == ["start", "volatility", "sharpe", "sortino", "drawdown", "deepest"]
    assert rows[1][4:] == ["+2.34%", "+8.00%", "62.13%", "1.27", "1.84", "0.67%", "38.17%"]
    assert rows[1][:4] == ["SURE", "●", "live", "1,003.20"]
    assert rows[2][:4] == ["TOP3", "◐", "degraded", "1,003.20"]


def test_plain_lines_tell_what_is_in_doubt() -> None:
    assert terminal()._status() == "7 ticks 0 alerts  SURE=1,003.20 TOP3=1,003.20(degraded)"
    line = alert_line(records.disputed_alert()).plain
    assert "drawdown>=0.10@heaviest firing" in line
    assert line.endswith("drawdown 15.00%  disputed")
