"""The page of the API in a real browser: all of it is from here, and operations can be tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.app import create_app
from gateway.state import State
from tests.browser import open_page
from tests.gateway import records
from tests.gateway.serving import served

if TYPE_CHECKING:
    from pathlib import Path


async def test_every_operation_is_shown_and_can_be_tried(tmp_path: Path) -> None:
    state = State(wall=records.wall)
    state.apply("definitions", records.definition("TOP3", "Top three"))
    state.apply("snapshots", records.live("TOP3"))
    paths = create_app(state).openapi()["paths"]
    described = [path for path, item in paths.items() for _ in item]
    async with (
        served(state) as port,
        open_page(f"http://127.0.0.1:{port}/docs", tmp_path / "profile") as page,
    ):
        await page.until(f"document.querySelectorAll('.operation').length === {len(described)}")
        shown = await page.evaluate(
            "[...document.querySelectorAll('.operation h3 a')].map((a) => a.textContent)"
        )
        assert sorted(shown) == sorted(described)
        card = "document.getElementById('get-v1-indices-index')"
        assert await page.evaluate(f"{card}.querySelector('input').value") == "TOP3"
        await page.evaluate(f"{card}.querySelector('button').click()")
        await page.until(f"{card}.querySelector('output pre') !== null")
        told = await page.evaluate(f"{card}.querySelector('output').textContent")
        assert "/v1/indices/TOP3 200" in told
        assert '"sharpe": 1.27' in told
        await page.evaluate(f"{card}.querySelector('.answer').open = true")
        await page.until(f"{card}.querySelector('.fields') !== null")
        fields = await page.evaluate(f"{card}.querySelector('.fields').textContent")
        assert "snapshot" in fields
        assert page.errors == []
