"""The page of a report and the view that compares, in a real browser: what they show is what the
gateway says; from a disk the page asks nobody, served it follows, on paper it stands whole."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from gateway.reports.page import TEMPLATE, file_page
from tests.browser import Page, open_page
from tests.gateway.serving import served
from tests.gateway.world import World, lived

pytestmark = [
    pytest.mark.xdist_group("past"),
    pytest.mark.skipif(not TEMPLATE.exists(), reason="the screens are not built: make screens"),
]
LARGEST = 1_000_000
TEXTS = "[...document.querySelectorAll({})].map((n) => n.textContent.trim())"


def texts(selector: str) -> str:
    return TEXTS.format(json.dumps(selector))


@asynccontextmanager
async def gateway(world: World) -> AsyncIterator[tuple[str, httpx.AsyncClient]]:
    async with served(world.state, tables=world.reader) as port:
        base = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(base_url=base, timeout=300) as http:
            yield base, http


def percent(value: float) -> str:
    """As the screens write a fraction."""
    digits = 0 if abs(value) >= 10 else 1 if abs(value) >= 1 else 2
    return f"{value * 100:,.{digits}f}%".replace("-", "−")


async def tiles(page: Page) -> dict[str, str]:
    names, values = [await page.evaluate(texts(f".tile-{n}")) for n in ("name", "value")]
    return dict(zip(names, values, strict=True))


async def test_the_page_holds_what_the_gateway_says(world: World, tmp_path: Path) -> None:
    async with gateway(world) as (base, http):
        told = (await http.get("/v1/reports/MIX,EVEN?format=json")).json()
        answer = await http.get("/v1/reports/MIX,EVEN", headers={"accept": "text/html"})
        policy = answer.headers["content-security-policy"]
        assert "unsafe" not in policy
        assert len(answer.content) < LARGEST
        async with open_page(f"{base}/v1/reports/MIX,EVEN", tmp_path / "p") as page:
            await page.until("document.querySelectorAll('.uplot canvas').length >= 4")
            held = await page.evaluate("document.getElementById('document').textContent")
            assert json.loads(held) == told
            assert page.errors == []
            head = await page.text("h1")
            assert head == ", ".join(one["name"] for one in told["indices"])
            rows = await page.evaluate(texts(".report > section:nth-of-type(1) tbody tr"))
            deepest = [percent(one["snapshot"]["drawdown"]["max"]) for one in told["indices"]]
            assert f"Deepest drawdown{''.join(deepest)}" in rows
            months = await page.evaluate(texts(".heat-map tbody td"))
            for one in told["indices"]:
                for entry in one["snapshot"]["calendar"]["months"]:
                    sign = "+" if entry["return"] > 0 else ""
                    assert f"{sign}{percent(entry['return'])}" in months


async def test_from_a_disk_it_asks_nobody_and_stands_still(world: World, tmp_path: Path) -> None:
    async with gateway(world) as (_, http):
        told = (await http.get("/v1/reports/MIX?format=json")).json()
    told["indices"][0]["name"] = "</script><img src=x onerror=boom()> \u2028"
    file = tmp_path / "report.html"
    file.write_bytes(file_page(told))
    text = file.read_text()
    assert len(text.encode()) < LARGEST
    assert not re.search(r"(src|href)=.?https?:", text.split('id="document"')[0])
    async with open_page(file.as_uri(), tmp_path / "p") as page:
        await page.until("document.querySelectorAll('.tile').length > 8")
        assert await page.evaluate("document.querySelector('img')") is None
        assert await page.text("h1") == told["indices"][0]["name"]
        standing = await page.text(".report-standing") or ""
        assert "It stands still" in standing
        status = told["indices"][0]["status"]
        assert standing.endswith(f"(was {status})")  # plain words: no pill of a state that is over
        assert await page.evaluate("document.querySelector('.report-standing .pill')") is None
        names = await page.evaluate("performance.getEntriesByType('resource').map((e) => e.name)")
        assert names == []
        refused = await page.evaluate(
            "fetch('http://127.0.0.1:9/').then(() => 'asked', () => 'refused')"
        )
        assert refused == "refused"
        found = await tiles(page)
        sharpe = told["indices"][0]["snapshot"]["risk"]
        shown = f"{sharpe['sharpe']:.2f} ± {sharpe['sharpe_se']:.2f}".replace("-", "−")
        assert found["Sharpe"] == shown


async def test_served_it_follows_the_stream(tmp_path: Path) -> None:
    world = lived(tmp_path / "world")
    try:
        async with (
            gateway(world) as (base, _),
            open_page(f"{base}/v1/reports/MIX", tmp_path / "p") as page,
        ):
            await page.until(
                "document.querySelector('.report-standing')?.textContent.includes('follows')"
            )
            before = await page.text(".report-standing b")
            world.live(1)
            world.show()
            await page.until(
                f"document.querySelector('.report-standing b').textContent !== {before!r}"
            )
            entry = world.state.entry("MIX")
            assert entry is not None
            assert entry.snapshot is not None
            depth = percent(entry.snapshot["drawdown"]["current"])
            await page.until(
                "[...document.querySelectorAll('.tile')].some((n) => "
                f"n.textContent === {'Drawdown, current' + depth!r})"
            )
            assert page.errors == []
    finally:
        world.close()


async def test_on_paper_no_chart_is_wider_than_the_page(world: World, tmp_path: Path) -> None:
    async with (
        gateway(world) as (base, _),
        open_page(f"{base}/v1/reports/MIX", tmp_path / "p") as page,
    ):
        await page.prefer("dark")
        await page.until("document.querySelectorAll('.uplot canvas').length >= 4")
        printed = await page.call("Page.printToPDF", preferCSSPageSize=True, printBackground=True)
        assert len(printed["data"]) > 20_000
        await page.evaluate("dispatchEvent(new Event('beforeprint'))")
        widths = await page.evaluate(
            "[...document.querySelectorAll('.uplot')].map((n) => n.offsetWidth)"
        )
        assert max(widths) <= 718
        scheme = await page.evaluate("getComputedStyle(document.documentElement).colorScheme")
        assert scheme == "light"


async def test_the_comparison_shows_what_the_api_says(world: World, tmp_path: Path) -> None:
    ids = "MIX,EVEN,asset:BTC"
    async with gateway(world) as (base, http):
        address = f"{base}/?view=compare&range=all&ids={ids}&profile=own&weights=risk.sharpe:3"
        async with open_page(address, tmp_path / "p") as page:
            await page.until("document.querySelectorAll('.compare .uplot').length >= 5")
            told = (await http.get(f"/v1/compare?ids={ids}&window=90")).json()
            rows = await page.evaluate(
                "[...document.querySelectorAll('[aria-label=\"Figures over this time\"] tbody tr')]"
                ".map((r) => [...r.cells].map((c) => c.textContent.trim()))"
            )
            assert [row[0] for row in rows] == ["MIX", "EVEN", "BTC"]
            for row, one in zip(rows, told["series"], strict=True):
                sign = "+" if one["return"] > 0 else ""
                assert row[1] == f"{sign}{percent(one['return'])}"
                assert row[3] == percent(one["volatility"])
                assert row[4] == f"{one['sharpe']:.2f}".replace("-", "−")
                assert row[5] == percent(one["max_drawdown"])
            cells = await page.evaluate(texts(".compare-matrix tbody tr:first-child td"))
            pairs = {(p["a"], p["b"]): p["correlation"] for p in told["pairs"]}
            assert cells[1] == f"{pairs['MIX', 'EVEN']:.2f}"
            ranked = (await http.get("/v1/rank?profile=risk.sharpe:3")).json()["ranking"]
            order = await page.evaluate(texts("[aria-label='Ranking of all indices'] tbody th"))
            assert order == [row["index"] for row in ranked]
            assert page.errors == []


def test_a_document_is_json_that_any_program_reads(world: World) -> None:
    from tests.gateway.world import client

    async def asked() -> Any:
        app = world.app()
        async with client(app) as http:
            found = (await http.get("/v1/reports/MIX?format=json")).json()
        app.state.gateway.worker.close()
        return found

    told = asyncio.run(asked())
    page = file_page(told).decode()
    [inside] = re.findall(r'id="document">(.*?)</script>', page, re.DOTALL)
    assert orjson.loads(inside) == told
