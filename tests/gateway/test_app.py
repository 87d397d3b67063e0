"""The REST face: shapes, values, errors and headers."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from engine.metrics.registry import REGISTRY
from engine.types import SECOND
from gateway.app import create_app
from gateway.exposition import Exposition
from gateway.pages import BuiltPages
from gateway.state import State
from tests.gateway import records
from tests.gateway.records import T0


def client(state: State, **parts: Any) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=create_app(state, **parts))
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")


@pytest.fixture
def state() -> State:
    state = State(wall=records.wall)
    state.apply("definitions", records.definition("TOP3", "Top three"))
    state.apply("definitions", records.definition("DEFI"))
    state.apply("snapshots", records.live("TOP3", seq=8, level=1003.2))
    state.apply("levels", records.level("TOP3", seq=9, at=T0 + 1, level=1003.5, peak=1010.0))
    state.apply("alerts", records.alert("TOP3", seq=1, depth=0.05))
    state.apply("alerts", records.alert("TOP3", seq=2, depth=0.10))
    state.apply("alerts", records.alert("TOP3", seq=3, depth=0.05, state="resolved"))
    return state


async def test_list_of_indices(state: State) -> None:
    async with client(state) as http:
        answer = await http.get("/v1/indices")
    defi, top3 = answer.json()["indices"]
    assert (defi["index"], defi["status"], defi["level"]) == ("DEFI", None, None)
    assert top3 == {
        "index": "TOP3",
        "name": "Top three",
        "status": "live",
        "origin": "live",
        "seq": 8,
        "as_of": "2025-11-23T00:00:00.000000001Z",
        "level": 1003.5,
        "peak": 1010.0,
        # They follow the newer level: the snapshot was at 1003.2.
        "returns": {
            "1d": pytest.approx(1.0234 * 1003.5 / 1003.2 - 1.0),
            "inception": pytest.approx(1.08 * 1003.5 / 1003.2 - 1.0),
        },
        "drawdown": {"current": pytest.approx(1 - 1003.5 / 1010.0), "max": 0.3817},
        "risk": {"volatility": 0.6213, "sharpe": 1.27, "sortino": 1.84},
        "flags": [],
        "undefined": {},
    }


async def test_one_index_with_snapshot_and_line(state: State) -> None:
    async with client(state) as http:
        body = (await http.get("/v1/indices/TOP3")).json()
        empty = (await http.get("/v1/indices/DEFI")).json()
    assert body["row"]["level"] == 1003.5
    assert body["definition"]["weights"] == {"BTC": 0.5, "ETH": 0.3, "SOL": 0.2}
    assert body["since"] == "2025-11-23T00:00:00Z"
    assert body["snapshot"]["seq"] == 8
    assert body["snapshot"]["as_of"] == "2025-11-23T00:00:00Z"
    assert body["snapshot"]["risk"]["var_99_cf"] is None
    assert body["snapshot"]["undefined"]["risk.var_99_cf"] == "cf_domain"
    assert body["line"]["level"] == [1003.5]
    assert empty["snapshot"] is None
    assert empty["line"]["at"] == []


async def test_unknown_index_names_its_near_matches(state: State) -> None:
    async with client(state) as http:
        answer = await http.get("/v1/indices/top")
        far = await http.get("/v1/indices/zzzzzz")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "/v1/problems/unknown-index",
        "title": "There is no such index",
        "status": 404,
        "detail": "no index 'top'; did you mean TOP3?",
        "do": "`near` has ids that look alike; all are at /v1/indices",
        "near": ["TOP3"],
    }
    assert (far.json()["detail"], far.json()["near"]) == (
        "no index 'zzzzzz'; see /v1/indices",
        [],
    )


EPISODES = [("TOP3-0.1", True), ("TOP3-0.05", False)]


@pytest.mark.parametrize(
    ("query", "episodes", "firing"),
    [
        ("", EPISODES, 1),
        ("?open=true", EPISODES[:1], 1),
        ("?open=false&index=TOP3", EPISODES[1:], 0),
        ("?limit=1", EPISODES[:1], 1),
        ("?index=DEFI", [], 0),
        ("?severity=critical", [], 0),
        ("?kind=drawdown&severity=warning", EPISODES, 1),
        ("?from=2025-11-24", [], 0),
    ],
)
async def test_alerts(
    state: State, query: str, episodes: list[tuple[str, bool]], firing: int
) -> None:
    async with client(state) as http:
        body = (await http.get(f"/v1/alerts{query}")).json()
    assert [(e["episode"], e["open"]) for e in body["episodes"]] == episodes
    assert body["open"] == firing


async def test_an_episode_has_its_alerts_and_its_depth_now(state: State) -> None:
    async with client(state) as http:
        first, second = (await http.get("/v1/alerts")).json()["episodes"]
        page = (await http.get("/v1/alerts?limit=1")).json()
        rest = (await http.get(f"/v1/alerts?limit=1&cursor={page['next']}")).json()
    assert first["now"]["drawdown"] == pytest.approx(1 - 1003.5 / 1010.0)
    assert (first["now"]["status"], first["to"], first["resolved"]) == ("live", None, None)
    assert first["deepest"] == pytest.approx(0.1)
    assert (second["firing"]["seq"], second["resolved"]["seq"]) == (1, 3)
    assert (page["episodes"], rest["episodes"]) == ([first], [second])
    assert rest["next"] is None


async def test_rules_tell_what_rings_now(state: State) -> None:
    async with client(state) as http:
        found = (await http.get("/v1/rules")).json()["rules"]
        own = (await http.get("/v1/rules?index=DEFI")).json()["rules"]
        unknown = await http.get("/v1/rules?index=TOP4")
    assert [rule for rule in found if rule["index"] == "DEFI"] == own
    assert [(r["index"], r["rule"], r["firing"], r["episode"]) for r in found] == [
        ("DEFI", "drawdown>=0.05", False, None),
        ("DEFI", "drawdown>=0.10", False, None),
        ("TOP3", "drawdown>=0.05", False, None),
        ("TOP3", "drawdown>=0.10", True, "TOP3-0.1"),
    ]
    told = own[1] | {"rule": "", "index": "", "etag": ""}
    assert told == {
        **{"index": "", "rule": "", "kind": "drawdown", "figure": "drawdown.current", "etag": ""},
        **{"above": 0.1, "clear": 0.05, "severity": "warning", "firing": False, "episode": None},
        **{"for": 0.0, "clear_for": 0.0, "cooldown": 0.0, "no_data": 0.0},
        **{"state": "ok", "value": None, "last": None},
    }
    assert unknown.status_code == 404


async def test_venues_are_told_with_what_they_price(state: State) -> None:
    async with client(state) as http:
        told = (await http.get("/v1/venues")).json()
    left_out = {"source": "okx:BTC-USDT", "reason": "outlier"}
    used = [{"asset": "BTC", "indices": 1}]
    assert told["venues"] == [
        {"venue": "binance", "used": used, "excluded": [], "feed": None},
        {"venue": "kraken", "used": used, "excluded": [], "feed": None},
        {"venue": "okx", "used": [], "excluded": [left_out | {"indices": 1}], "feed": None},
    ]
    [btc] = told["assets"]
    assert (btc["asset"], btc["excluded"], btc["indices"]) == ("BTC", [left_out], 1)
    assert {source.split(":")[0] for source in btc["used"]} == {"binance", "kraken"}
    assert told["heard_here"] is False


async def test_an_alert_is_served_as_the_contract_has_it(state: State) -> None:
    async with client(state) as http:
        alert = (await http.get("/v1/alerts?open=false")).json()["episodes"][0]["resolved"]
    expected = records.alert("TOP3", seq=3, depth=0.05, state="resolved")
    assert alert == expected | {"at": "2025-11-23T00:00:00Z", "peak_at": "2025-11-22T23:00:00Z"}


@pytest.mark.parametrize(
    ("query", "status", "detail"),
    [
        ("alerts?open=burning", 422, "open: input should be a valid boolean"),
        ("alerts?limit=0", 422, "limit: input should be greater than or equal to 1"),
        ("alerts?limit=1001", 422, "limit: input should be less than or equal to 1000"),
        ("alerts?limit=x&open=", 422, "open: input should be a valid boolean"),
        ("alerts?limt=5", 422, "limt: unknown parameter; known are open, index, kind, "),
        ("alerts?limit=5&limit=6", 422, "limit: it is given twice; once is meant"),
        ("alerts?cursor=%C3%A4", 422, "cursor: `next` of the answer before, to go on from there"),
        ("alerts?kind=drawdowns", 422, "kind: no alert is 'drawdowns'; did you mean drawdown or "),
        ("alerts?from=1700000000", 422, "from: whole nanoseconds are meant, and 1700000000 of"),
        ("alerts?cursor=QQ", 422, "cursor: it is none of ours"),
        ("indices?x=1", 422, "x: unknown parameter; known are limit, cursor, format"),
        ("venues?x=1", 422, "x: unknown parameter; there are none here"),
        ("alerts?index=TOP4", 404, "no index 'TOP4'; did you mean TOP3?"),
        ("rank", 422, "profile: field required"),
        ("rank?profile=bold", 404, "unknown profile 'bold'; there are: conservative, "),
        ("rank?profil=balanced", 422, "profil: unknown parameter; known are profile, common"),
    ],
)
async def test_bad_queries(state: State, query: str, status: int, detail: str) -> None:
    async with client(state) as http:
        answer = await http.get(f"/v1/{query}")
    assert answer.status_code == status
    assert answer.json()["detail"].startswith(detail)


async def test_ranking_names_its_weights(state: State) -> None:
    async with client(state) as http:
        body = (await http.get("/v1/rank?profile=conservative")).json()
    assert body["profile"]["name"] == "conservative"
    assert body["profile"]["weights"][0] == {"path": "drawdown.max", "weight": 0.25, "lower": True}
    assert [row["index"] for row in body["ranking"]] == ["TOP3"]


async def test_definitions(state: State) -> None:
    async with client(state, metric_definitions={"sharpe": {"unit": "ratio"}}) as http:
        body = (await http.get("/v1/definitions")).json()
        short = (await http.get("/v1/definitions?indices=false")).json()
    assert short == body | {"indices": {}}
    assert list(body["indices"]) == ["DEFI", "TOP3"]
    top3 = body["indices"]["TOP3"]
    assert top3["since"] == "2025-11-23T00:00:00Z"
    assert top3["sha256"].endswith("top3")
    assert top3["definition"]["change"][0]["at"] == "2025-11-24T00:00:00Z"
    assert body["metrics"] == {"sharpe": {"unit": "ratio"}}


async def test_definitions_hold_every_card(state: State) -> None:
    """As `serve` and `up` give them: every field of a card is text, its example a small mapping."""
    cards = REGISTRY.published()
    async with client(state, metric_definitions=cards) as http:
        told = (await http.get("/v1/definitions")).json()["metrics"]
    assert list(told) == [card.path for card in REGISTRY.cards]
    for card in REGISTRY.cards:
        found = told[card.path]
        assert (found["formula"], found["unit"]) == (card.formula, card.unit)
        if card.example is not None:
            assert found["example"]["path"] == card.example.path
            assert found["example"]["value"] == card.example.value


async def test_healthz_answers_with_nothing_read() -> None:
    async with client(State(wall=records.wall)) as http:
        answer = await http.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"alive": True})


async def test_readyz_gives_every_reason() -> None:
    state = State(wall=records.wall)
    async with client(state, health=lambda: {"reasons": ["okx is down"], "ticks": 5}) as http:
        nothing = await http.get("/readyz")
        state.apply("snapshots", records.warming())
        warming = await http.get("/readyz")
    assert nothing.status_code == 503
    assert nothing.json()["reasons"] == [
        "okx is down",
        "no index is defined yet",
        "nothing has been read from the log yet",
    ]
    assert warming.status_code == 503
    assert warming.json() == {
        "ready": False,
        "reasons": ["okx is down", "no index is live yet (1 warming)"],
        "notes": [],
        "indices": {"warming": 1},
        "lag_seconds": 0.0,
        "left_out": {},
        "ticks": 5,
    }


async def test_readyz_is_200_when_live_and_503_when_the_log_stands_still() -> None:
    now = [100.0]
    state = State(wall=records.wall, clock=lambda: now[0])
    state.apply("snapshots", records.live())
    async with client(state) as http:
        ready = await http.get("/readyz")
        now[0] += 31.0
        silent = await http.get("/readyz")
    assert (ready.status_code, ready.json()["reasons"]) == (200, [])
    assert silent.status_code == 503
    assert silent.json()["reasons"] == ["nothing has been read from the log for 31 s"]


@pytest.mark.parametrize(
    ("age", "told"),
    [(30, None), (31, "31 s"), (3 * 3600, "3 hours"), (90 * 86400, "90 days")],
)
async def test_readyz_knows_old_figures(age: int, told: str | None) -> None:
    """A log just opened may be one that nobody has written for months."""
    state = State(wall=records.wall)
    state.apply("snapshots", records.live())
    async with client(state, health=lambda: {"now": T0 + age * SECOND}) as http:
        answer = await http.get("/readyz")
    reasons = [] if told is None else [f"the newest figure is {told} old"]
    assert (answer.status_code, answer.json()["reasons"]) == (503 if told else 200, reasons)


@pytest.mark.parametrize("said", [[], ["clock_stepped: our clock is an hour ahead"]])
async def test_readyz_tells_of_a_clock_that_is_not_right(said: list[str]) -> None:
    state = State(wall=records.wall)
    body = records.live()
    body["quality"] = {**body["quality"], "flags": ["clock_stepped"]}
    state.apply("snapshots", body)
    async with client(state, health=lambda: {"reasons": said}) as http:
        answer = await http.get("/readyz")
    expected = said or ["clock_stepped: the clock behind the log's time is not right"]
    assert (answer.status_code, answer.json()["reasons"]) == (503, expected)


async def test_metrics_joins_the_gateway_and_the_rest(state: State) -> None:
    state.apply("levels", records.level("TOP3", seq=1))
    exposition = Exposition()
    exposition.add(lambda: {"tidegauge_queue_length": {(("queue", "log"),): 1}})
    async with client(state, exposition=exposition) as http:
        answer = await http.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    lines = answer.text.splitlines()
    assert 'tidegauge_gateway_records_total{topic="alerts"} 3.0' in lines
    assert 'tidegauge_gateway_dropped_total{reason="old",topic="levels"} 1.0' in lines
    assert "tidegauge_gateway_alerts_firing 1.0" in lines
    assert 'tidegauge_queue_length{queue="log"} 1.0' in lines


async def test_pages_are_revalidated_their_assets_kept_and_all_locked_down(state: State) -> None:
    async with client(state) as http:
        page = await http.get("/")
        again = await http.get("/", headers={"If-None-Match": page.headers["etag"]})
        found = re.search(r'src="(/assets/[^"]+[.]js)"', page.text)
        assert found
        script = await http.get(found[1])
        missing = [await http.get(path) for path in ("/assets/none.js", "/assets/../index.html")]
        docs = await http.get("/docs")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert script.headers["content-type"].startswith("text/javascript")
    for answer in (page, script, docs):
        assert answer.status_code == 200
        assert answer.headers["x-content-type-options"] == "nosniff"
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
    assert page.headers["cache-control"] == docs.headers["cache-control"] == "no-cache"
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert again.status_code == 304
    assert [answer.status_code for answer in missing] == [404, 404]


async def test_screens_that_are_not_built_say_how_to_build_them(tmp_path: Path) -> None:
    app = FastAPI()
    BuiltPages(tmp_path).add_to(app)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as http:
        answer = await http.get("/")
    assert answer.status_code == 503
    assert "make screens" in answer.text


async def test_figures_are_asked_for_each_time_and_sent_when_they_changed(state: State) -> None:
    async with client(state) as http:
        first = await http.get("/v1/indices/TOP3")
        known = {"If-None-Match": first.headers["etag"]}
        again = await http.get("/v1/indices/TOP3", headers=known)
        state.apply("levels", records.level("TOP3", seq=10, at=T0 + 2, level=1004.0, peak=1010.0))
        changed = await http.get("/v1/indices/TOP3", headers=known)
        plain = await http.get("/v1/indices/TOP3", headers={"Accept-Encoding": "identity"})
        head = await http.head("/v1/indices/TOP3")
    assert first.headers["cache-control"] == "private, no-cache"
    assert (again.status_code, again.content) == (304, b"")
    assert changed.status_code == 200
    assert (changed.headers["content-encoding"], changed.json()) == ("gzip", plain.json())
    assert "content-encoding" not in plain.headers
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == changed.headers["content-length"]
    assert head.headers["etag"] == changed.headers["etag"]


async def test_readyz_and_metrics_tell_of_lag_and_of_what_was_left_out() -> None:
    now = [T0]
    state = State(wall=lambda: now[0])
    async with client(state) as http:
        for late, told in ((1, []), (3, ["figures come 3.0 s late: more comes in than is taken"])):
            now[0] += 10 * SECOND
            state.apply("snapshots", records.live(seq=late, as_of=now[0] - late * SECOND))
            answer = await http.get("/readyz")
            assert answer.json()["reasons"] == told
            assert answer.json()["lag_seconds"] == late
            row = (await http.get("/v1/indices")).json()["indices"][0]
            assert row["status"] == ("degraded" if told else "live")
        state.reject("levels", 5, "not JSON")
        answer, figures = await http.get("/readyz"), (await http.get("/metrics")).text.splitlines()
    assert answer.json()["notes"] == ["left out of levels: 1 malformed"]
    assert answer.json()["left_out"] == {"levels": {"malformed": 1}}
    assert "tidegauge_gateway_lag_seconds 3.0" in figures
    assert 'tidegauge_gateway_dropped_total{reason="malformed",topic="levels"} 1.0' in figures


async def test_what_a_process_says_of_itself_can_be_asked_by_head_and_is_described_once() -> None:
    app = create_app(State(wall=records.wall))
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # of two operations with one name
        paths = app.openapi()["paths"]
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
        for path, status in (("/healthz", 200), ("/readyz", 503), ("/metrics", 200)):
            assert list(paths[path]) == ["get"]
            assert (await http.head(path)).status_code == status
