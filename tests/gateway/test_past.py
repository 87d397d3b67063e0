"""The REST of the past, held against the log: candles to the newest second without a hole, figures,
what was held, several over common time, and what might have been."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import nanoarrow as na
import numpy as np
import pytest

from engine.types import DAY, HOUR, MINUTE, SECOND
from gateway import worker as worker_module
from gateway.worker import Busy, ComputingProcess, WorkerFailed
from streams.sinks.tables import CANDLES
from tests.gateway.world import ASSETS, DAYS, FIRST, TABLES, World, client

pytestmark = pytest.mark.xdist_group("past")
NAMES = ("open", "high", "low", "close", "peak")


def ns(text: str) -> int:
    whole, _, rest = text.rstrip("Z").partition(".")
    at = int(datetime.fromisoformat(whole + "+00:00").timestamp())
    return at * SECOND + int((rest or "0").ljust(9, "0"))


def bars(world: World, series: str, span: str) -> dict[int, list[float]]:
    """The log's closed candles by their start."""
    field, name = ("asset", series[6:]) if series.startswith("asset:") else ("index", series)
    return {
        body[span]: [body[n] for n in NAMES]
        for body in world.bodies("bars")
        if body.get(field) == name and body.get(span) is not None
    }


def rows_of(columns: dict[str, Any]) -> dict[int, list[float]]:
    return {ns(at): [columns[n][k] for n in NAMES] for k, at in enumerate(columns["at"])}


@pytest.mark.parametrize("series", ["MIX", "asset:BTC"])
@pytest.mark.parametrize(("step", "span"), [("1m", "minute"), ("1h", "hour"), ("1d", "day")])
async def test_candles_are_those_of_the_log_to_the_newest(
    world: World, http: httpx.AsyncClient, series: str, step: str, span: str
) -> None:
    told = (await http.get(f"/v1/indices/{series}/history?step={step}&from=1970-01-01")).json()
    found, expected = rows_of(told["columns"]), bars(world, series, span)
    length = {"minute": MINUTE, "hour": HOUR, "day": DAY}[span]
    written = world.reader.written(CANDLES[length])
    still_open = {ns(told["open_from"])} if told["open_from"] else set()
    assert {at: c for at, c in found.items() if at not in still_open} == expected
    assert told["missing"] == []
    if span == "minute":
        assert max(expected) > written, "the newest come from memory"
    if series == "MIX":
        [at] = still_open
        level = world.state.entry("MIX").level.level  # type: ignore[union-attr]
        assert found[at][3] == level, "what is open ends with the newest level"


async def test_seconds_are_those_of_the_levels(world: World, http: httpx.AsyncClient) -> None:
    begin = world.now - 12 * MINUTE
    told = (await http.get(f"/v1/indices/MIX/history?step=1s&from={begin}")).json()
    expected: dict[int, float] = {}
    for body in world.bodies("levels"):
        for index, at, level in zip(body["index"], body["at"], body["level"], strict=True):
            start = (at - 1) // SECOND * SECOND
            if index == "MIX" and start >= begin:
                expected[start] = level
    closes = {ns(a): c for a, c in zip(*(told["columns"][n] for n in ("at", "close")), strict=True)}
    assert closes == expected
    assert len(closes) > 80
    assert told["missing"] == []


async def test_any_length_is_made_of_those_that_are_kept(
    world: World, http: httpx.AsyncClient
) -> None:
    told = (await http.get("/v1/indices/MIX/history?step=5m&from=1970-01-01")).json()
    minutes = bars(world, "MIX", "minute")
    found = rows_of(told["columns"])
    for at in list(found)[:-1]:
        within = [minutes[m] for m in sorted(minutes) if at <= m < at + 5 * MINUTE]
        joined = [within[0][0], max(c[1] for c in within), min(c[2] for c in within)]
        assert found[at] == [*joined, *within[-1][3:]]
    assert sum(at < world.now - 20 * MINUTE for at in found) > 100


async def test_without_a_beginning_the_whole_of_what_is_known_fits(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.live(4)
    world.write()
    world.show()
    async with client(world.app()) as http:
        told = (await http.get("/v1/indices/MIX/history")).json()
    times = told["columns"]["at"]
    world.close()
    begun, first = ns(told["from"]), ns(times[0])
    assert (told["step"], begun) == (3600, first - first % DAY), "a day is the longest candle kept"


async def test_figures_over_time_and_now(world: World, http: httpx.AsyncClient) -> None:
    paths = "risk.sharpe,drawdown.peak_at,status,benchmarks.SOL.beta"
    told = (await http.get(f"/v1/indices/MIX/history?figures={paths}")).json()
    kept = {
        body["as_of"]: body
        for body in world.bodies("snapshots.history")
        if body["index"] == "MIX" and body["as_of"] % DAY == 0
    }
    columns = told["columns"]
    assert [ns(at) for at in columns["at"][:-1]] == sorted(kept)
    newest = world.state.entry("MIX").snapshot  # type: ignore[union-attr]
    bodies = [*(kept[at] for at in sorted(kept)), newest]
    assert columns["risk.sharpe"] == [body["risk"]["sharpe"] for body in bodies]
    assert columns["benchmarks.SOL.beta"] == [b["benchmarks"]["SOL"]["beta"] for b in bodies]
    assert [ns(at) for at in columns["drawdown.peak_at"]] == [
        body["drawdown"]["peak_at"] for body in bodies
    ]
    assert set(columns["status"]) == {"live"}
    assert told["open_from"] == columns["at"][-1]
    near = await http.get("/v1/indices/MIX/history?figures=risk.sharp")
    assert (near.status_code, near.json()["near"][0]) == (404, "risk.sharpe")


async def test_the_same_as_csv_and_arrow(http: httpx.AsyncClient) -> None:
    for path in ("/v1/indices/MIX/history?figures=risk.sharpe,status", "/v1/indices/MIX/history"):
        columns = (await http.get(path)).json()["columns"]
        text = await http.get(path, headers={"Accept": "text/csv"})
        assert text.headers["content-type"] == "text/csv; charset=utf-8; header=present"
        rows = list(csv.DictReader(io.StringIO(text.text)))
        assert list(rows[0]) == list(columns)
        for name, values in columns.items():
            told = [row[name] for row in rows]
            expected = ["" if v is None else v for v in values]
            assert told == [str(v) for v in expected]
        media = "application/vnd.apache.arrow.stream"
        binary = await http.get(path, headers={"Accept": f"text/csv;q=0.5, {media}"})
        assert binary.headers["content-type"] == media
        stream = na.ArrayStream.from_readable(io.BytesIO(binary.content)).read_all()
        found = {child.schema.name: child.to_pylist() for child in stream.iter_children()}
        times = [at.isoformat().replace("+00:00", "Z") for at in found.pop("time")]
        assert [ns(at) // 1000 for at in times] == [ns(at) // 1000 for at in columns.pop("at")]
        assert found == columns
    refused = await http.get(path, headers={"Accept": "image/png"})
    assert (refused.status_code, refused.json()["type"]) == (406, "/v1/problems/not-acceptable")


async def test_the_list_of_indices_as_a_table_and_by_pages(http: httpx.AsyncClient) -> None:
    whole = (await http.get("/v1/indices")).json()["indices"]
    first = (await http.get("/v1/indices?limit=2")).json()
    rest = (await http.get(f"/v1/indices?limit=2&cursor={first['next']}")).json()
    assert first["indices"] + rest["indices"] == whole
    assert (len(whole), rest["next"]) == (3, None)
    rows = csv.DictReader(io.StringIO((await http.get("/v1/indices?format=csv")).text))
    for row, told in zip(rows, whole, strict=True):
        assert row["index"] == told["index"]
        assert float(row["drawdown.max"]) == told["drawdown"]["max"]
        assert row["as_of"] == told["as_of"]


async def test_what_was_held_at_each_rebalance(world: World, http: httpx.AsyncClient) -> None:
    told = (await http.get("/v1/indices/MIX/composition")).json()
    months = ["2024-02-01", "2024-01-01", "2023-12-01"]
    assert [r["rebalanced_at"][:10] for r in told["rebalances"][:3]] == months
    for rebalance in told["rebalances"]:
        weights = {asset: held["weight"] for asset, held in rebalance["assets"].items()}
        assert weights == pytest.approx(TABLES["MIX"]["weights"])
    assert told["status"] == "live"
    assert told["composition"]["assets"].keys() == {"BTC", "ETH"}
    page = (await http.get("/v1/indices/MIX/composition?limit=1")).json()
    rest = (await http.get(f"/v1/indices/MIX/composition?cursor={page['next']}")).json()
    assert page["rebalances"] + rest["rebalances"] == told["rebalances"]


async def test_several_over_their_common_time(world: World, http: httpx.AsyncClient) -> None:
    told = (await http.get("/v1/compare?ids=MIX,NEW,asset:BTC&step=1d")).json()
    assert told["limited_by"] == {"from": ["NEW"], "to": []}
    closes = {
        s: {at + DAY: c[3] for at, c in bars(world, s, "day").items()}
        for s in ("MIX", "NEW", "asset:BTC")
    }
    shared = sorted(set.intersection(*(set(c) for c in closes.values())))
    assert (ns(told["from"]), ns(told["to"])) == (shared[0], shared[-1])
    returns = {}
    for one in told["series"]:
        line = np.array([closes[one["series"]][at] for at in shared])
        returns[one["series"]] = r = line[1:] / line[:-1] - 1.0
        assert one["n"] == len(r)
        assert one["return"] == pytest.approx(line[-1] / line[0] - 1.0)
        assert one["volatility"] == pytest.approx(r.std(ddof=1) * 365**0.5)
        rate = 0.0 if one["series"] == "NEW" else 0.04
        above = r - ((1.0 + rate) ** (1 / 365) - 1.0)
        assert one["sharpe"] == pytest.approx(above.mean() / r.std(ddof=1) * 365**0.5)
        falls = [1.0 - value / max(line[: k + 1]) for k, value in enumerate(line)]
        assert one["max_drawdown"] == pytest.approx(max(falls))
        assert ns(one["trough_at"]) == shared[int(np.argmax(falls))]
        assert one["annualised"] is None
    assert told["undefined"]["series.0.annualised"] == "too_short"
    assert [s["unused_days"] > 39 for s in told["series"]] == [True, False, True]
    [first, *_] = told["pairs"]
    x, y = returns["MIX"], returns["NEW"]
    assert (first["a"], first["b"]) == ("MIX", "NEW")
    assert first["correlation"] == pytest.approx(np.corrcoef(x, y)[0, 1])
    assert first["beta"] == pytest.approx(np.cov(x, y)[0, 1] / y.var(ddof=1))
    unknown = await http.get("/v1/compare?ids=MIX,asset:XRP")
    assert (unknown.status_code, unknown.json()["type"]) == (404, "/v1/problems/unknown-asset")


def recorded(world: World, directory: Path, table: dict[str, Any]) -> Iterator[Any]:
    """What `tidegauge replay` says of the kept daily closes."""
    rows = ["ts,asset,price"]
    closes = {asset: bars(world, f"asset:{asset}", "day") for asset in ASSETS}
    for at in sorted(set().union(*closes.values())):
        rows += [f"{at + DAY},{a},{c[at][3]!r}" for a, c in closes.items() if at in c]
    (directory / "p.csv").write_text("\n".join(rows) + "\n")
    lines = [f"{key} = {json.dumps(value).replace(': ', ' = ')}" for key, value in table.items()]
    lines = [line.replace('{"', "{ ").replace('" = ', " = ").replace(', "', ", ") for line in lines]
    (directory / "i.toml").write_text("[index.WHAT_IF]\n" + "\n".join(lines) + "\n")
    command = [sys.executable, "-m", "tidegauge", "replay", "p.csv", "--indices", "i.toml"]
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=True)
    yield from map(json.loads, done.stdout.splitlines())


async def test_what_might_have_been_is_what_a_replay_says(
    world: World, http: httpx.AsyncClient, tmp_path: Path
) -> None:
    table = {
        "weights": {"BTC": 0.5, "SOL": 0.5},
        "rebalance": "monthly",
        "benchmarks": ["ETH"],
        "risk_free": 0.02,
    }
    answer = await http.post("/v1/what-if", json={"index": table})
    told = answer.json()
    assert answer.status_code == 200, told
    [expected] = recorded(world, tmp_path, table)
    found = told["snapshot"]
    for name in ("seq", "receipt"):
        del found[name], expected[name]
    assert told["rows"] == 3 * DAYS
    assert (ns(told["from"]), told["step"]) == (FIRST + DAY, 86_400)

    def with_times(value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {k: v if k == "undefined" else with_times(v, k) for k, v in value.items()}
        if isinstance(value, list):
            return [with_times(v) for v in value]
        is_time = isinstance(value, str) and (name.endswith("_at") or name in ("as_of", "since"))
        return ns(value) if is_time or (name.endswith("_since") and value) else value

    assert with_times(found) == expected


@pytest.mark.parametrize(
    ("body", "status", "kind", "words"),
    [
        ({"index": {"weights": {"BTC": 0.0}}}, 422, "bad-definition", "sum to zero"),
        ({"index": {"assets": ["BTC"], "colour": 1}}, 422, "bad-definition", "colour: unknown key"),
        ({"index": {"assets": ["BTC", "XYZ"]}}, 404, "unknown-asset", "nothing is kept of XYZ"),
        ({"index": {"assets": ["BTC"]}, "from": "2027-01-01"}, 422, "nothing-kept",
         "nothing is kept of BTC in this time (days); its history is from 2023-11-15T"),
        ({"index": {"assets": ["BTC"]}, "from": "2024-01-02", "to": "2024-01-01"}, 422, "unfit",
         "from: it is not before `to`"),
        ({"index": {"assets": ["BTC"], "return_interval": "1h"}, "step": "1d"}, 422, "unfit",
         "step: 1d is longer than return_interval (1h)"),
        ({"index": {"assets": ["BTC"]}, "from": True}, 422, "malformed", "from: a time such as"),
        ({"index": {"assets": ["BTC"]}, "colour": 1}, 422, "malformed", "colour"),
        ({"index": {"assets": [["A" * 9] * 9] * 9000}}, 413, "too-large", "262,144 bytes"),
    ],
)  # fmt: skip
async def test_what_cannot_be_asked_is_said(
    http: httpx.AsyncClient, body: dict[str, Any], status: int, kind: str, words: str
) -> None:
    answer = await http.post("/v1/what-if", json=body)
    assert (answer.status_code, answer.json()["type"]) == (status, f"/v1/problems/{kind}")
    assert words in answer.json()["detail"]


async def test_more_than_the_bound_is_refused_with_it(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, world: World
) -> None:
    from gateway import computing

    monkeypatch.setattr(computing, "MOST_ROWS", 170)
    task = {"tables": str(world.reader.directory), "index": "A", "assets": {}, "step": DAY}
    task |= {"indices": {"A": {"assets": ["BTC", "ETH"]}}, "from": 0, "to": world.now}
    told = json.loads(computing.answer(json.dumps(task | {"do": "what_if"}).encode()))
    assert told["done"]["rows"] == 160
    task["indices"]["A"]["assets"].append("SOL")
    told = json.loads(computing.answer(json.dumps(task | {"do": "what_if"}).encode()))
    assert told == {
        "refused": "too-much",
        "detail": "these are more than 170 prices; ask for less time or a longer step",
    }
    monkeypatch.setattr(computing, "MOST_ROWS", 1000)
    monkeypatch.setattr(computing, "MOST_INSTANTS", 79)
    told = json.loads(computing.answer(json.dumps(task | {"do": "what_if"}).encode()))
    assert told["detail"] == (
        "these are 80 instants, and 79 are the most that are computed; ask for less time or a "
        "longer step"
    )


async def test_a_ranking_over_common_time(world: World, http: httpx.AsyncClient) -> None:
    plain = (await http.get("/v1/rank?profile=conservative")).json()
    told = (await http.get("/v1/rank?profile=conservative&common=true")).json()
    assert plain["unequal"] == told["unequal"] == ["NEW"]
    assert plain["common"] is None
    begun = {row["index"]: ns(row["history"]["from"]) for row in plain["ranking"]}
    assert ns(told["common"]["from"]) == begun["NEW"] > begun["MIX"]
    days = {
        at + DAY: c[3] for at, c in bars(world, "MIX", "day").items() if at + DAY > begun["NEW"]
    }
    line = [days[at] for at in sorted(days)]
    returns = np.array([b / a - 1.0 for a, b in pairwise(line)])
    [mix] = [row for row in told["ranking"] if row["index"] == "MIX"]
    volatility = mix["contributions"]["risk.volatility"]["value"]
    assert volatility == pytest.approx(returns.std(ddof=1) * 365**0.5, rel=1e-9)
    assert sorted(row["rank"] for row in told["ranking"]) == [1, 2, 3]


async def test_what_computes_ends_with_the_gateway(world: World) -> None:
    app = world.app()
    async with app.router.lifespan_context(app), client(app) as http:
        answer = await http.post("/v1/what-if", json={"index": {"assets": ["BTC", "XYZ"]}})
        assert answer.status_code == 404
        process = app.state.gateway.worker._process
        assert process.poll() is None
    assert process.poll() is not None


async def test_what_computes_ends_where_the_gateway_was_killed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = ComputingProcess(world.reader.directory)
    process = worker._running()
    process.stdin.close()  # as its end does
    assert process.wait(60) == 0
    worker.close()
    monkeypatch.setattr(worker_module, "COMMAND", [sys.executable, "-c", "input()"])
    with pytest.raises(WorkerFailed, match="has ended"):
        await worker.do("what_if", {})


async def test_who_computes_too_long_is_ended(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "SECONDS", 0.01)
    worker = ComputingProcess(world.reader.directory)
    with pytest.raises(Busy, match="it took more than"):
        await worker.do("what_if", {})
    assert worker._process is None


async def test_falls_of_alarms_before_this_gateway_are_as_deep_as_the_levels_went(
    world: World, http: httpx.AsyncClient
) -> None:
    answer = (await http.get("/v1/alerts?kind=drawdown&index=MIX&limit=1000")).json()
    seen = [
        (at, 1.0 - level / peak)
        for body in world.bodies("levels")
        for index, at, level, peak in zip(
            *(body[name] for name in ("index", "at", "level", "peak")), strict=True
        )
        if index == "MIX"
    ]
    before = [
        (at + MINUTE, 1.0 - bar[3] / bar[4]) for at, bar in bars(world, "MIX", "minute").items()
    ]
    seen += [one for one in before if one[0] < seen[0][0]]
    checked = 0
    for episode in answer["episodes"]:
        begin = ns(episode["from"])
        end = world.now if episode["to"] is None else ns(episode["to"])
        assert episode["deepest"] == pytest.approx(
            max(depth for at, depth in seen if begin <= at <= end), rel=1e-9
        ), (begin, end, seen[0][0])
        checked += episode["deepest"] > episode["firing"]["drawdown"] + 0.001
    assert checked > 3


async def test_a_comparison_has_the_sharpe_ratio_of_the_snapshot(http: httpx.AsyncClient) -> None:
    told = (await http.get("/v1/compare?ids=asset:BTC,MIX,EVEN&step=1d")).json()
    by_name = {one["series"]: one for one in told["series"]}
    assert {name: one["risk_free"] for name, one in by_name.items()} == {
        **{"asset:BTC": 0.04, "MIX": 0.04, "EVEN": 0.0}
    }
    for index in ("MIX", "EVEN"):
        risk = (await http.get(f"/v1/indices/{index}")).json()["snapshot"]["risk"]
        assert by_name[index]["n"] == risk["n"]
        assert by_name[index]["sharpe"] == pytest.approx(risk["sharpe"], rel=1e-9)
