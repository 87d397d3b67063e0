"""Reports: every figure is that of REST to the byte; what a page holds cannot end its script."""

from __future__ import annotations

import re
import threading
from itertools import pairwise
from typing import Any

import httpx
import numpy as np
import orjson
import pytest

from engine.metrics.registry import REGISTRY
from engine.types import DAY, HOUR, MINUTE
from gateway.alerts import Alerts
from gateway.api.parameters import instant
from gateway.api.problems import ApiProblem
from gateway.past import Past
from gateway.rebalances import Rebalances, with_turnover
from gateway.reports import page
from gateway.reports.document import fitting, held_over
from gateway.reports.period import Period, last_ended, period_named
from gateway.reports.series import widest_gap
from gateway.wire import rfc3339
from tests.gateway.world import FIRST, World

pytestmark = pytest.mark.xdist_group("past")


async def told(http: httpx.AsyncClient, path: str) -> Any:
    answer = await http.get(path, headers={"accept": "application/json"})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_every_part_is_what_rest_tells(http: httpx.AsyncClient) -> None:
    report = await told(http, "/v1/reports/MIX,EVEN")
    assert [one["index"] for one in report["indices"]] == ["MIX", "EVEN"]
    for one in report["indices"]:
        index = one["index"]
        whole = await told(http, f"/v1/indices/{index}")
        assert one["snapshot"] == whole["snapshot"]
        assert {n: one[n] for n in ("definition", "sha256", "since")} == {
            n: whole[n] for n in ("definition", "sha256", "since")
        }
        composition = await told(http, f"/v1/indices/{index}/composition")
        assert one["composition"]["now"] == composition["composition"]
        assert one["composition"]["rebalances"] == composition["rebalances"]
        await _series_are_the_history(http, index, one["series"])
        alerts = await told(http, f"/v1/alerts?index={index}&limit=1000")
        assert len(one["alerts"]["episodes"]) == len(alerts["episodes"])
        for own, theirs in zip(one["alerts"]["episodes"], alerts["episodes"], strict=True):
            assert own == {name: theirs[name] for name in own}
    series = ",".join(one["series"] for one in report["comparison"]["series"])
    assert series == "MIX,EVEN,asset:SOL"
    assert report["comparison"] == await told(http, f"/v1/compare?ids={series}&step=1d")
    cards = (await told(http, "/v1/definitions"))["metrics"]
    assert report["metrics"] == {
        path: {**cards[path], "example": None} for path in report["metrics"]
    }
    assert set(cards) - set(report["metrics"]) == {p for p in cards if ": " in p}


async def _series_are_the_history(
    http: httpx.AsyncClient, index: str, series: dict[str, Any]
) -> None:
    step = f"{series['step']}s"
    candles = await told(http, f"/v1/indices/{index}/history?step={step}&from=1970-01-01")
    names = ("at", "close", "peak")
    assert series["level"] == {name: candles["columns"][name] for name in names}
    for name, closes in series["benchmarks"].items():
        path = name if name == "MIX" else f"asset:{name}"
        other = await told(http, f"/v1/indices/{path}/history?step={step}&from=1970-01-01")
        by_time = dict(zip(other["columns"]["at"], other["columns"]["close"], strict=True))
        assert closes == [by_time.get(at) for at in series["level"]["at"]]
    paths = ",".join([*series["figures"]["columns"], *series["words"]])
    assert {"drawdown.current", "status"} <= set(paths.split(","))
    kept = (await told(http, f"/v1/indices/{index}/history?figures={paths}"))["columns"]
    for path, values in series["figures"]["columns"].items():
        by_time = dict(zip(kept["at"], kept[path], strict=True))
        if len(values) == 1:
            assert set(by_time.values()) == set(values)
        else:
            assert values == [by_time[at] for at in series["figures"]["at"]]
    for path, spans in series["words"].items():
        for at, value in zip(kept["at"], kept[path], strict=True):
            held = [s["value"] for s in spans if s["from"] <= at < s["to"]]
            assert held == [value] or value is None or at == kept["at"][-1]
    histogram = series["distribution"]
    assert sum(histogram["counts"]) == histogram["n"]
    assert len(histogram["edges"]) == len(histogram["counts"]) + 1


async def test_a_period_has_its_own_figures_and_those_until_then(
    world: World, http: httpx.AsyncClient
) -> None:
    begin, end = FIRST + 10 * DAY, FIRST + 70 * DAY
    report = await told(http, f"/v1/reports/MIX?from={begin}&to={end}")
    [one] = report["indices"]
    days = (await told(http, "/v1/indices/MIX/history?step=1d&from=1970-01-01"))["columns"]
    closes = dict(zip(days["at"], days["close"], strict=True))

    def close(at: int) -> float:
        return float(closes[rfc3339(at - DAY)])

    first, last = close(begin), close(end)
    snapshot = one["snapshot"]
    assert snapshot["returns"]["inception"] == pytest.approx(last / first - 1.0, rel=1e-12)
    assert snapshot["level"] == pytest.approx(last, rel=1e-12)
    assert snapshot["risk"]["n"] == 60
    assert snapshot["benchmarks"]["SOL"]["n"] == 60
    assert "composition" not in snapshot
    compared = await told(http, f"/v1/compare?ids=MIX,asset:SOL&step=1d&from={begin}&to={end}")
    own = compared["series"][0]
    assert report["comparison"] == compared
    for path, name in (("sharpe", "sharpe"), ("volatility", "volatility")):
        assert snapshot["risk"][path] == pytest.approx(own[name], rel=1e-9)
    assert snapshot["drawdown"]["max"] == pytest.approx(own["max_drawdown"], rel=1e-9)
    figures = one["since_start"]["figures"]
    at = one["since_start"]["as_of"]
    paths = "risk.sharpe,returns.inception,drawdown.max,benchmarks.SOL.beta"
    kept = (await told(http, f"/v1/indices/MIX/history?figures={paths}"))["columns"]
    row = kept["at"].index(at)
    assert {p: figures[p] for p in paths.split(",")} == {p: kept[p][row] for p in paths.split(",")}
    rebalances = [r["rebalanced_at"] for r in one["composition"]["rebalances"]]
    assert rebalances == sorted(rebalances, reverse=True)
    assert all(one["from"] < at <= one["to"] for at in rebalances[:-1])
    assert rebalances[-1] <= one["from"]


def test_rebalances_are_those_within_and_the_one_in_force_before() -> None:
    # As texts these stand in another order: "." is before "Z".
    times = ("2024-03-01T00:00:00.5Z", "2024-03-01T00:00:00Z", "2024-01-01T00:00:00Z")
    newest_first = [{"rebalanced_at": at} for at in (*times, "2023-10-01T00:00:00Z")]

    def held(begin: str, end: str) -> list[str]:
        found = held_over(newest_first, instant(begin), instant(end))
        return [one["rebalanced_at"][:10] for one in found]

    assert held("2024-02-01", "2024-03-01") == ["2024-03-01", "2024-01-01"]
    assert held("2024-02-01", "2024-02-20") == ["2024-01-01"]
    assert held("2024-01-01", "2024-02-20") == ["2024-01-01"]
    assert held("2024-03-01", "2024-04-01") == ["2024-03-01"] * 2
    assert held("2023-01-01", "2023-09-01") == []


async def test_what_new_records_change_is_read_on_the_loop_alone(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = list[threading.Thread]()

    def noting(own: Any) -> Any:
        def noted(*told: Any) -> Any:
            threads.append(threading.current_thread())
            return own(*told)

        return noted

    monkeypatch.setattr(Alerts, "episodes", noting(Alerts.episodes))
    monkeypatch.setattr(Rebalances, "encoded", noting(Rebalances.encoded))
    await told(http, "/v1/reports/MIX,EVEN")
    await told(http, "/v1/indices/MIX/composition")
    # Of each index what rang is asked for twice: how deep it went is read in between.
    assert threads == [threading.current_thread()] * 7


async def level_at(http: httpx.AsyncClient, at: str) -> float:
    span = f"from={instant(at) - DAY}&to={instant(at)}"
    return float(
        (await told(http, f"/v1/indices/MIX/history?step=1m&{span}"))["columns"]["close"][-1]
    )


def test_what_cannot_be_compared_is_left_out_and_said() -> None:
    def compare(names: list[str]) -> dict[str, Any]:
        if "YOUNG" in names:
            raise ApiProblem("unfit", "step: there are no two ends of bars", do="ask for step=1h")
        if "GONE" in names:
            raise ApiProblem("nothing-kept", "GONE: nothing is kept of this time")
        return {"series": names}

    assert fitting(["A", "B"], compare) == ({"series": ["A", "B"]}, {})
    found, apart = fitting(["A", "YOUNG", "B", "GONE"], compare)
    assert found == {"series": ["A", "B"]}
    assert apart == {
        "YOUNG": "it has no two closes with the others",
        "GONE": "nothing is kept of this time",
    }
    assert fitting(["A", "YOUNG"], compare)[0] is None


async def test_a_young_benchmark_does_not_take_the_report_away(
    world: World, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Past.first_and_last

    def young(past: Past) -> dict[str, tuple[int, int]]:
        spans = whole(past)
        return spans | {"asset:SOL": (spans["MIX"][1] - HOUR, spans["MIX"][1])}

    monkeypatch.setattr(Past, "first_and_last", young)
    report = await told(http, "/v1/reports/MIX")
    assert report["comparison"] is None
    why = "it has no two closes with the others"
    assert report["not_compared"] == [{"series": "asset:SOL", "why": why}]


def test_what_happens_to_coins_between_rebalances_brings_nothing() -> None:
    def held(at: int, **prices: float) -> dict[str, Any]:
        assets = {a: {"weight": 1.0 / len(prices), "price": p} for a, p in prices.items()}
        return {"rebalanced_at": rfc3339(at), "as_of": rfc3339(at + HOUR), "assets": assets}

    def brought(new: dict[str, Any], old: dict[str, Any], *events: Any) -> Any:
        names = ("at", "asset", "becomes", "ratio")
        coins = [dict(zip(names, event, strict=True)) for event in events]
        found = with_turnover([new, old], coins)[0]
        told_ = {a: h["contribution"] for a, h in found["assets"].items()}
        return {a: pytest.approx(c, abs=1e-12) for a, c in told_.items()}, found["turnover"]

    old, many = held(FIRST, A=1.0, B=1.0), held(FIRST + DAY, A=0.001, B=1.0)
    events = [(FIRST, "A", None, 7.0), (FIRST + 2 * HOUR, "A", None, 1000.0)]
    assert brought(many, old, *events) == ({"A": 0.0, "B": 0.0}, pytest.approx(0.0))
    behind = FIRST + DAY + HOUR  # the prices of its instant are those of before
    same = held(FIRST + DAY, A=1.0, B=1.0)
    assert brought(same, old, (behind, "A", None, 1000.0))[0] == {"A": 0.0, "B": 0.0}
    matic = held(FIRST, MATIC=1.0, B=1.0)
    pol = held(FIRST + DAY, POL=2.0, B=1.0)
    renamed = (FIRST + 2 * HOUR, "MATIC", "POL", 1.0)
    assert brought(pol, matic, renamed) == ({"POL": 0.5, "B": 0.0}, pytest.approx(1 / 6))
    both = held(FIRST, MATIC=1.0, POL=1.6)
    one = brought(held(FIRST + DAY, POL=2.0), both, renamed)
    assert one == ({"POL": 0.5 + 0.125}, pytest.approx(0.0))


async def test_turnovers_sum_to_about_that_of_the_year(http: httpx.AsyncClient) -> None:
    told_ = await told(http, "/v1/indices/MIX/composition")
    turnovers = [one["turnover"] for one in told_["rebalances"]]
    assert turnovers[-1] is None  # the first purchase is none
    for new, old in pairwise(told_["rebalances"]):
        # Between the snapshots of both: weights are of a rebalance, prices of these.
        brought = sum(held["contribution"] for held in new["assets"].values())
        levels = [await level_at(http, one["as_of"]) for one in (old, new)]
        assert brought == pytest.approx(levels[1] / levels[0] - 1.0, abs=2e-3)
    assert all(h["contribution"] is None for h in told_["rebalances"][-1]["assets"].values())
    # The first prices kept of this index are of hours after its purchase.
    assert sum(turnovers[:-1]) == pytest.approx(told_["composition"]["turnover_1y"], rel=0.02)


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/v1/reports/NOPE", 404, "no index 'NOPE'"),
        ("/v1/reports/MIX?period=2023-13", 422, "there is no 2023-13"),
        ("/v1/reports/MIX?period=9999", 422, "there is no 9999"),
        ("/v1/reports/MIX?period=2262", 422, "there is no 2262"),
        ("/v1/reports/MIX?period=2261", 422, "nothing is kept of this time"),
        ("/v1/reports/MIX?period=2023-12&from=2023-12-02", 422, "not both"),
        ("/v1/reports/MIX?from=2024-01-02&to=2024-01-01", 422, "not before `to`"),
        ("/v1/reports/MIX?from=2100-01-01", 422, "nothing is kept of this time"),
    ],
)
async def test_what_cannot_be_is_refused(
    http: httpx.AsyncClient, path: str, status: int, words: str
) -> None:
    answer = await http.get(path, headers={"accept": "application/json"})
    assert (answer.status_code, words in answer.json()["detail"]) == (status, True), answer.text


@pytest.mark.parametrize("name", ["2023-10", "2023-Q4", "2024", "1999-12", "2000-Q1"])
def test_periods_keep_their_names(name: str) -> None:
    found = period_named(name)
    assert found is not None
    assert found.name == name


def test_what_is_no_calendar_period_has_no_name() -> None:
    quarter = period_named("2023-Q4")
    assert quarter is not None
    assert quarter.begin is not None
    assert Period(quarter.begin + DAY, quarter.end).name is None
    assert Period(quarter.begin - 30 * DAY, quarter.end).name is None
    assert Period(None, quarter.end).name is None
    assert [period_named(n) for n in ("2023-13", "2023-Q5", "2023-1", "2023-00")] == [None] * 4
    after = last_ended("quarter", (quarter.end or 0) + DAY)
    assert after == quarter


def test_nothing_in_the_document_ends_its_script() -> None:
    evil = {"name": "</script><script>alert(1)</script><!-- \u2028\u2029 &amp;"}
    text = page.script_json(evil)
    assert b"<" not in text
    assert "\u2028".encode() not in text
    assert "\u2029".encode() not in text
    assert orjson.loads(text) == evil


def test_a_page_allows_its_own_script_and_style_only(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    template = tmp_path / "report.html"
    template.write_text(
        "<title>%TITLE%</title><!--policy--><style>p{}</style>"
        '<script type="application/json">%REPORT%</script><script type="module">go()</script>'
    )
    monkeypatch.setattr(page, "TEMPLATE", template)
    page._template.cache_clear()
    period = {"from": None, "to": None, "name": None}
    told_ = {"indices": [{"name": "A <b>"}], "period": period, "as_of": "2026-01-01T00:00:00Z"}
    marks = told_ | {"indices": [{"name": "%REPORT%<!--policy-->%TITLE%"}]}
    try:
        served, file = page.served_page(told_), page.file_page(told_).decode()
        marked = page.file_page(marks).decode()
    finally:
        page._template.cache_clear()
    assert served.policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "connect-src 'self'" in served.policy
    assert "unsafe" not in served.policy
    assert b"<meta" not in served.html
    assert "<title>A &lt;b&gt;, 2026-01-01</title>" in file
    assert "<title>%REPORT%&lt;!--policy--&gt;%TITLE%, 2026-01-01</title><meta" in marked
    [data] = re.findall('<script type="application/json">(.*?)</script>', marked)
    assert orjson.loads(data) == marks
    [policy] = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]+)">', file)
    assert "connect-src" not in policy
    assert set(re.findall(r"'sha256-[^']+'", policy)) == set(
        re.findall(r"'sha256-[^']+'", served.policy)
    )


def test_the_headline_is_said_by_the_cards() -> None:
    headline = {card.path for card in REGISTRY.cards if card.headline}
    assert {"cagr", "risk.sharpe", "drawdown.max"} <= headline
    errors = {card.error for card in REGISTRY.cards if card.error}
    assert errors <= {card.path for card in REGISTRY.cards}
    patterns = [re.escape(card.path).replace(r"\*", "[^.]+") for card in REGISTRY.cards]
    for card in REGISTRY.cards:
        if card.drawn:
            assert re.fullmatch(patterns[REGISTRY.cards.index(card)], card.drawn), card.path


def test_a_level_has_one_step_throughout_an_outage_apart() -> None:
    days = np.arange(0, 26 * DAY, DAY)
    hours = np.arange(26 * DAY, 31 * DAY, HOUR)
    assert widest_gap(np.concatenate((days, hours)), HOUR) == DAY
    assert widest_gap(np.concatenate((hours[:40], hours[90:])), HOUR) == HOUR
    assert widest_gap(np.arange(0, 30 * DAY, 6 * HOUR), 4 * HOUR) == DAY
    assert widest_gap(np.arange(0, 90 * DAY, 2 * DAY), HOUR) == 2 * DAY
    assert widest_gap(np.arange(0, DAY, MINUTE), 4 * HOUR) == 4 * HOUR


def test_a_quarter_of_few_points_does_not_vote() -> None:
    hours = np.arange(0, 800 * HOUR, HOUR)
    three = np.array([260, 330, 399]) * HOUR  # alone in an outage of a quarter of the time
    assert widest_gap(np.concatenate((hours[:200], three, hours[400:])), HOUR) == HOUR
    few = np.array([0, 24, 48, 49, 50, 51]) * HOUR
    assert widest_gap(few, HOUR) == HOUR
    assert widest_gap(hours[:1], HOUR) == HOUR
