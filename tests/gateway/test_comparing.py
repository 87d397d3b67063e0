"""Several series over time, held against numpy; a ranking by one's own weights."""

from __future__ import annotations

import httpx
import numpy as np
import pytest

from engine.types import DAY
from tests.gateway.test_past import ns

pytestmark = pytest.mark.xdist_group("past")


async def test_compare_over_time_is_numpys_by_window(http: httpx.AsyncClient) -> None:
    ids, window = ["MIX", "EVEN", "asset:BTC"], 20
    told = (await http.get(f"/v1/compare?ids={','.join(ids)}&step=1d&window={window}")).json()
    found = told["over_time"]
    closes = {name: np.array(found["closes"][name]) for name in ids}
    assert {len(c) for c in closes.values()} == {len(found["at"])}
    days = (await http.get("/v1/indices/MIX/history?step=1d&from=1970-01-01")).json()["columns"]
    by_end = {ns(at) + DAY: c for at, c in zip(days["at"], days["close"], strict=True)}
    assert found["closes"]["MIX"] == [by_end[ns(at)] for at in found["at"]]
    returns = {name: c[1:] / c[:-1] - 1.0 for name, c in closes.items()}
    rolling = found["rolling"]
    assert (rolling["of"], rolling["window"]) == ("MIX", window)
    assert rolling["at"] == found["at"][1:]
    for name in ids[1:]:
        for k, (beta, both) in enumerate(
            zip(rolling["beta"][name], rolling["correlation"][name], strict=True)
        ):
            if k < window - 1:
                assert (beta, both) == (None, None)
                continue
            x, y = (returns[n][k - window + 1 : k + 1] for n in ("MIX", name))
            covariance = np.cov(x, y)
            assert beta == pytest.approx(covariance[0, 1] / covariance[1, 1], rel=1e-9)
            assert both == pytest.approx(np.corrcoef(x, y)[0, 1], rel=1e-9)
    without = (await http.get(f"/v1/compare?ids={','.join(ids)}&step=1d")).json()
    assert without == {**told, "over_time": None}


async def test_a_ranking_by_own_weights(http: httpx.AsyncClient) -> None:
    told = (await http.get("/v1/rank?profile=sharpe:3,drawdown.max:1")).json()
    assert told["profile"]["weights"] == [
        {"path": "risk.sharpe", "weight": 0.75, "lower": False},
        {"path": "drawdown.max", "weight": 0.25, "lower": True},
    ]
    for row in told["ranking"]:
        parts = [part["contribution"] for part in row["contributions"].values()]
        assert row["score"] == pytest.approx(sum(parts), abs=1e-9)
    refused = await http.get("/v1/rank?profile=sharpe:0")
    assert refused.status_code == 404


@pytest.mark.parametrize(
    ("query", "kind", "detail", "do"),
    [
        (
            "ids=MIX,EVEN&from=2020-01-01&to=2020-02-01", "nothing-kept",
            "MIX: nothing is kept of this time; its history is from 2023-11-15T", "ask for a part",
        ),
        (
            "ids=MIX,NEW&to=2023-12-01", "nothing-kept",
            "NEW: nothing is kept of this time; its history is from 2023-12-25T", "ask for a part",
        ),
        ("ids=MIX,NEW&from=2024-01-02&to=2024-01-02", "unfit", "from: it is not before `to`", ""),
        (
            "ids=MIX,NEW&from=2024-01-02T01:00:00Z&to=2024-01-02T20:00:00Z&step=1d", "unfit",
            "step: between 2024-01-02T01:00:00Z and 2024-01-02T20:00:00Z, the time that all have, "
            "there are no two ends of bars of 1d at which all have a close; there are of 1h",
            "ask for step=1h",
        ),
        ("ids=MIX", "malformed", "ids: 2 to 20 ids of indices or `asset:X`, with", ""),
        ("ids=MIX,%20NEW", "malformed", "ids: 2 to 20 ids of indices or `asset:X`, with", ""),
        ("ids=MIX,NEW&step=1s", "malformed", "step: the bars, 1m, 1h or 1d: those", ""),
        ("ids=MIX,MIX", "unfit", "ids: they are all the same one", "name two"),
    ],
)  # fmt: skip
async def test_what_cannot_be_compared_is_said_as_it_is(
    http: httpx.AsyncClient, query: str, kind: str, detail: str, do: str
) -> None:
    answer = await http.get(f"/v1/compare?{query}")
    told = answer.json()
    assert (answer.status_code, told["type"]) == (422, f"/v1/problems/{kind}")
    assert told["detail"].startswith(detail)
    assert do in told["do"]
