"""A metric is one file: put beside the others, it stands wherever figures stand.

How the page shows what `/v1/definitions` tells is in `tests/gateway/test_page.py`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
METRIC = '''
"""Share of the bars in which the index did not move."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from engine.metrics.machinery.bars import Bar, BarStatistics
from engine.metrics.machinery.card import Card, Example
from engine.metrics.machinery.family import SERIES, Columns, Family, SeriesFigures, StateTable
from engine.metrics.machinery.parts import RISK_BARS
from engine.metrics.moments import MOMENTS
from engine.readings import column, few
from engine.table import I64, Table


class Still(Table):
    """Per series: bars, and those without a move."""

    COLUMNS: ClassVar = {"n": ("i8", (), 0), "still": ("i8", (), 0)}
    n: I64
    still: I64


STILL = StateTable("still", SERIES, Still)


def _take(bars: BarStatistics, bar: Bar) -> None:
    bars[STILL].n[bar.rows] += 1
    bars[STILL].still[bar.rows] += bar.r == 0.0


def _columns(bars: BarStatistics) -> Columns:
    s = bars[STILL]
    short = few(s.n, bars[MOMENTS].n, 1)
    return {"still_share": column(s.still / np.maximum(s.n, 1), *short)}


FAMILY = Family(
    "Risk",
    cards=(
        Card(
            "risk.still_share",
            "share of the bars with r = 0",
            "fraction",
            "too_few: n < 1; unobserved",
            minimum="1",
            example=Example("calm", "risk.still_share", 0.75, "three of four"),
            order=3999,
            better="lower",
            column="Still",
            since="5",
        ),
    ),
    states=(STILL,),
    take=_take,
    figures=(SeriesFigures(RISK_BARS, _columns),),
)
'''
SCRIPT = """
import asyncio, json, sys
import engine.metrics
engine.metrics.__path__.append(sys.argv[1])

from types import SimpleNamespace
from httpx import ASGITransport, AsyncClient
from rich.console import Console
from engine.metrics.registry import REGISTRY
from engine.periods import NEVER
from engine.profiles import profile_named
from engine.index.shard import Shard
from engine.types import DAY
from gateway.app import create_app
from gateway.rank import ranking
from gateway.state import State
from tests.engine.market import Feed, define, frame
from tests.engine.test_metrics_doc import text
from tidegauge.terminal import Terminal

BEGIN = 19_723 * DAY
SHOWN = ("group", "label", "display", "better", "since", "column")
feed = Feed(Shard(every=NEVER))
for index, asset in (("X", "A"), ("Y", "B")):
    table = {"assets": [asset], "targets": {"still_share": 0.5}}
    feed.put(define(index, table, BEGIN - 1))
for day in range(41):
    feed.put(frame([(BEGIN + day * DAY, {"A": 100.0 + day // 4, "B": 100.0 + day})]))
    if day == 20:
        feed.shard = Shard.load(feed.shard.dump(), NEVER)
x = feed.snapshot("X")
state = State()
for index in ("X", "Y"):
    state.apply("snapshots", feed.snapshot(index))


async def rest():
    transport = ASGITransport(create_app(state, metric_definitions=REGISTRY.published()))
    async with AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        cards = (await client.get("/v1/definitions")).json()["metrics"]
        ranks = (await client.get("/v1/rank?profile=still_share")).json()["ranking"]
        whole = (await client.get("/v1/indices/X")).json()
        rows = (await client.get("/v1/indices")).json()["indices"]
        page = {row["index"]: row["risk"] for row in rows}
        return cards["risk.still_share"], ranks, whole["snapshot"]["risk"]["still_share"], page


card, ranks, shown, page = asyncio.run(rest())
console = Console(width=200)
terminal = Terminal("tidegauge")
terminal.live = SimpleNamespace(state=state, counts={})
with console.capture() as told:
    console.print(terminal._table())
print(json.dumps({
    "snapshot": x["risk"]["still_share"],
    "target": x["targets"]["still_share"],
    "alerts": [a["rule"] for a in feed.bodies("alerts")],
    "ranking": [row["index"] for row in ranking(state, "still_share")["ranking"]],
    "rest": [row["index"] for row in ranks],
    "shown": shown,
    "page": page["X"]["still_share"],
    "terminal": told.get().splitlines()[:2],
    "card": {name: card[name] for name in SHOWN},
    "document": "### `risk.still_share`" in text(),
    "lower": profile_named("risk.still_share").weights[0].lower,
}))
"""


def test_one_file_adds_a_metric_everywhere(tmp_path: Path) -> None:
    (tmp_path / "still_share.py").write_text(METRIC)
    command = [sys.executable, "-c", SCRIPT, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["snapshot"] == found["shown"] == 0.75
    assert found["target"] == {"target": 0.5, "value": 0.75, "met": False}
    assert found["alerts"] == ["still_share>0.50"]
    assert found["ranking"] == found["rest"] == ["Y", "X"]
    assert found["card"] == {
        "group": "Risk",
        "label": "Still share",
        "display": "percent",
        "better": "lower",
        "since": "5",
        "column": "Still",
    }
    head, first = found["terminal"]
    assert found["page"] == 0.75
    assert "still" in head.split()
    assert "75.00%" in first.split()
    assert found["document"]
    assert found["lower"]


def test_a_file_without_a_family_is_named(tmp_path: Path) -> None:
    (tmp_path / "half_done.py").write_text("VALUE = 1\n")
    script = "import sys, engine.metrics\nengine.metrics.__path__.append(sys.argv[1])\n"
    script += "import engine.metrics.registry\n"
    command = [sys.executable, "-c", script, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert "engine/metrics/half_done.py: it has no FAMILY" in done.stderr
