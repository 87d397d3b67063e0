"""The page that asks for a key, in a real browser: without a script, and under its own policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.access.keys import KeyRing, new_key
from gateway.access.policy import Access
from gateway.state import State
from tests.browser import open_page
from tests.gateway import records
from tests.gateway.serving import served

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_key_is_asked_for_and_the_page_is_there_with_it(tmp_path: Path) -> None:
    key, token = new_key("me", "alerts", 0)
    access = Access(KeyRing(keys=[key]), open_reading=False)
    async with served(State(wall=records.wall), access=access) as port:
        url = f"http://127.0.0.1:{port}"
        async with open_page(f"{url}/docs", tmp_path / "profile") as page:
            await page.until("location.pathname === '/login' && document.forms.length === 1")
            for shown, where in (("tg_no", "/v1/session"), (token, "/")):
                field = "document.querySelector('input')"
                await page.evaluate(f"{field}.value = '{shown}'")
                await page.evaluate("document.querySelector('button').click()")
                await page.until(f"location.pathname === '{where}' && document.body !== null")
                if where != "/":
                    assert "none of ours" in (await page.text("p") or "")
                    style = "getComputedStyle(document.querySelector('input')).boxSizing"
                    assert await page.evaluate(style) == "border-box"  # the policy lets it
            assert await page.evaluate("document.cookie") == ""  # no script sees it
            asked = "fetch('/v1/session').then((answer) => answer.json())"
            assert await page.evaluate(asked) == {"name": "me", "scope": "alerts"}
            opened = (
                "new Promise((done) => { const s = new WebSocket(`ws://${location.host}/v1/stream`);"
                "s.onmessage = () => done('open'); s.onclose = (e) => done(e.code); })"
            )
            assert await page.evaluate(opened) == "open"
            posted = (
                "fetch('/v1/session', {method: 'DELETE'}).then(() => fetch('/v1/session'))"
                ".then((answer) => answer.json())"
            )
            assert await page.evaluate(posted) == {"name": "", "scope": None}
            assert await page.evaluate(opened) == 1006  # not let in
