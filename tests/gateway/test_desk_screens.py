"""Alerts, venues and the wall in a real browser, over a gateway that takes what people say."""

from __future__ import annotations

import json
import re
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from engine.types import HOUR, SECOND
from tests.browser import Page, open_page
from tests.gateway.axe import serious
from tests.gateway.desk_world import DeskWorld
from tests.gateway.serving import served

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

EXPECTED = re.compile(
    r"404 .*/history|status of 401|status of 422 .*/v1/rules"
    r"|ERR_CONNECTION_REFUSED|WebSocket connection"
)
"""What a browser notes of a gateway without tables, of questions without a key, of a restart."""


class Desk:
    """A page, the world behind it, and who asks its API with a key."""

    def __init__(self, world: DeskWorld, page: Page, http: httpx.AsyncClient) -> None:
        self.world, self.page, self.http = world, page, http

    async def get(self, path: str) -> Any:
        return (await self.http.get(f"/v1/{path}")).json()

    async def click(self, selector: str, text: str = "") -> None:
        """The first element that has this text."""
        found = (
            f"[...document.querySelectorAll({json.dumps(selector)})]"
            f".find((n) => n.textContent.trim().startsWith({json.dumps(text)}))"
        )
        await self.page.until(f"Boolean({found})")
        await self.page.evaluate(f"{found}.click()")

    async def type(self, selector: str, text: str) -> None:
        await self.page.evaluate(
            f"(() => {{ const n = document.querySelector({json.dumps(selector)});"
            f"n.value = {json.dumps(text)};"
            "n.dispatchEvent(new Event('input', { bubbles: true })); })()"
        )

    async def until(self, selector: str, text: str) -> None:
        """Wait until an element that matches says this."""
        await self.page.until(
            f"[...document.querySelectorAll({json.dumps(selector)})]"
            f".some((n) => n.textContent.includes({json.dumps(text)}))"
        )

    async def show_key(self) -> None:
        """Give the page the key that it asks for."""
        await self.page.until("document.querySelector('dialog[open] input') !== null")
        await self.page.evaluate(
            f"document.querySelector('dialog input').value = {json.dumps(self.world.key)};"
            "document.querySelector('dialog form').requestSubmit()"
        )
        await self.page.until("document.querySelector('dialog[open]') === null")


@asynccontextmanager
async def desk(
    tmp_path: Path, query: str, world: DeskWorld | None = None, size: tuple[int, int] = (1440, 900)
) -> AsyncIterator[Desk]:
    if world is None:
        world = DeskWorld()
        await world.start()
    async with (
        world.following(),
        served(world.state, **world.parts()) as port,
        httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}",
            headers={"Authorization": f"Bearer {world.key}"},
            trust_env=False,
        ) as http,
        open_page("about:blank", tmp_path / "profile") as page,
    ):
        await page.resize(*size)
        await page.go(f"http://127.0.0.1:{port}/{query}")
        yield Desk(world, page, http)
        assert [error for error in page.errors if not EXPECTED.search(error)] == []


async def rows(page: Page) -> list[list[str]]:
    """Of each episode in the lists: severity, index, rule, who sees to it."""
    found: list[list[str]] = await page.evaluate(
        "[...document.querySelectorAll('.episodes li')].map((n) => [n.querySelector('.pill'),"
        "n.querySelector('.what b'), n.querySelector('.what .muted'), n.querySelector('.attended')]"
        ".map((part) => part?.textContent.trim() ?? ''))"
    )
    return found


# The stream may tell of an acknowledgement before its own request is answered.
LATE_ANSWER = (
    "window.fetch = new Proxy(window.fetch, { apply: async (f, self, args) => {"
    " const answer = await Reflect.apply(f, self, args);"
    " if (answer.ok && answer.url.endsWith('/acknowledgement'))"
    " await new Promise((go) => (window.letGo = go)); return answer; } })"
)


async def test_open_alarms_are_the_api_s_and_somebody_sees_to_one(tmp_path: Path) -> None:
    world = DeskWorld()
    await world.start()
    episode = await world.ring("TOP3", 0.1, "critical", ago=600 * SECOND)
    await world.ring("DEFI", 0.05, "warning")
    await world.sign("MEME")
    async with desk(tmp_path, "?view=alerts", world) as d:
        await d.page.until("document.querySelectorAll('.episodes li').length === 3")
        told = await d.get("alerts?open=true")
        shown = [[row[0], row[1]] for row in await rows(d.page)]
        assert shown == [[e["severity"], e["index"]] for e in told["episodes"]]
        assert "1 warning sign or missed target" in (await d.page.texts(".card-head h2"))

        await d.click(".episodes a")
        await d.until(".alert-words", "TOP3 fell 10.4% since 14:03: BTC −6.1")
        bars = await d.page.texts(".bars .number")
        assert bars == ["−6.08%", "−3.19%", "−1.12%", "−10.40%"]  # and they sum to the fall
        widths = await d.page.evaluate(
            "[...document.querySelectorAll('.bars .bar i')].map((n) => n.style.width)"
        )
        assert [round(float(width[:-1])) for width in widths] == [100, 52, 18]  # of the largest

        await d.page.evaluate(f"{LATE_ANSWER}; true")
        await d.type(".alert-actions .field", "on it")
        await d.click(".alert-actions button", "Acknowledge")
        await d.until("dialog[open]", "It needs a key of the scope alerts. Type it here.")
        assert "Authorization" not in (await d.page.text("dialog[open]") or "")
        await d.show_key()  # and what was pressed goes on by itself
        await d.until(".alert-actions", "desk sees to it since")
        await d.page.until("'letGo' in window && (window.letGo(), true)")
        await d.page.until("document.activeElement.textContent === 'Take it back'")
        assert await d.page.texts("[role=alert]") == []
        said = (await d.get(f"alerts/{episode}"))["acknowledged"]
        assert (said["who"], said["comment"]) == ("desk", "on it")
        await d.until(".episodes .attended", "✓ desk")
        await d.click("label", "unattended only")
        await d.page.until("document.querySelectorAll('.episodes li').length === 2")
        await d.click(".alert-actions button", "Take it back")
        await d.page.until("document.querySelectorAll('.episodes li').length === 3")
        await d.page.evaluate("window.letGo(), true")

        await d.click(".alert-actions button", "Silence…")
        await d.click(".silence-menu button", "1 h")
        await d.until(".alert-actions", "Silenced until")
        [silence] = (await d.get("silences"))["silences"]
        assert silence["match"]["rule"] == ["drawdown>=0.100"]
        assert silence["match"]["index"] == ["TOP3"]


async def test_an_alarm_shows_within_a_second_and_goes_when_it_is_over(tmp_path: Path) -> None:
    async with desk(tmp_path, "?view=alerts") as d:
        await d.until(".empty", "Nothing fires")
        await d.page.until("document.querySelector('#connection')?.textContent === 'live'")
        episode = await d.world.ring("LAYER1", 0.2, "critical")
        await d.page.until("document.querySelectorAll('.episodes li').length === 1", 1.0)
        assert (await rows(d.page))[0][:3] == ["critical", "LAYER1", "drawdown>=0.200"]
        await d.page.until("document.title.startsWith('(1)')")
        await d.world.end("LAYER1", episode, 0.2)
        await d.until(".empty", "Nothing fires")
        await d.click("nav.choices a", "Past")
        await d.until(".past tbody tr", "LAYER1")


NOTED = (
    "window.noted = []; window.Notification = class {"
    " static permission = 'default';"
    " static async requestPermission() { return (this.permission = 'granted'); }"
    " constructor(title, { body }) { window.noted.push([title, body, this]); } };"
    "window.sounds = 0; AudioContext.prototype.createOscillator = new Proxy("
    " AudioContext.prototype.createOscillator,"
    " { apply: (f, self, args) => (window.sounds++, Reflect.apply(f, self, args)) })"
)


async def test_a_new_alarm_rings_if_that_is_wanted(tmp_path: Path) -> None:
    async with desk(tmp_path, "?view=venues") as d:
        await d.page.until("document.querySelector('#connection')?.textContent === 'live'")
        await d.page.evaluate(f"{{ {NOTED} }}")
        await d.world.ring("MEME", 0.1, "critical")  # nobody wants to hear of it yet
        await d.click("nav.views a", "Alerts")
        await d.page.until("document.querySelectorAll('.episodes li').length === 1")
        await d.click("button", "Ring: off")
        await d.click(".bell .check input")
        await d.click(".bell label:nth-of-type(2) input")
        await d.until("button", "Ring: sound, notifications")
        tried = await d.page.evaluate("window.sounds")
        await d.click("nav.views a", "Venues")
        episode = await d.world.ring("TOP3", 0.1, "critical")
        await d.world.ring("DEFI", 0.03, "info")
        await d.world.sign("DEFI")
        await d.page.until("window.noted.length === 1")
        title, body = await d.page.evaluate("window.noted[0].slice(0, 2)")
        assert title == "CRITICAL TOP3: drawdown>=0.100"
        assert body.startswith("TOP3 fell 10.4% since 14:03: BTC −6.1")
        assert await d.page.evaluate("window.sounds") - tried in (0, 3)  # 0 where none may sound
        await d.page.evaluate("window.noted[0][2].onclick()")
        await d.until(".alert-detail", "TOP3 fell 10.4%")
        assert episode in await d.page.evaluate("location.search")


async def test_a_storm_is_told_in_order_and_shortened(tmp_path: Path) -> None:
    world = DeskWorld(40)
    await world.start()
    await world.storm(200)
    async with desk(tmp_path, "?view=alerts", world) as d:
        await d.until(".card-head h2", "200 open")
        await d.until(".card-head", "67 critical · 67 warning · 66 info · 200 unattended")
        found = [row[0] for row in await rows(d.page)]
        assert found == ["critical"] * 67 + ["warning"] * 33
        await d.until(".muted", "and 100 more")
        await d.type("input[type=search]", "i0007")
        await d.until(".card-head h2", "5 open")
        assert {row[1] for row in await rows(d.page)} == {"I0007"}


async def test_a_rule_is_tried_and_saved_and_removed(tmp_path: Path) -> None:
    async with desk(tmp_path, "?view=alerts&tab=rules") as d:
        await d.until(".rules td", "Volatility · 1d at or above 120.0%, for 10m")
        await d.click("button", "New rule")
        await d.until(".rule-editor", "Try it first")
        await d.until(".rule-editor .form-row", "Returns · 1h of −5.00%")
        await d.type(".rule-editor input[placeholder='-0.05 or -5%']", "-7%")
        await d.click(".rule-editor button", "Try it first")
        await d.until(".backtest h3", "It would have rung 3 times in 732 days")
        marks = await d.page.evaluate(
            "[...document.querySelectorAll('.strip rect')].map((n) => Number(n.getAttribute('x')))"
        )
        hours = [732 * 24 - ago for ago in (700, 300, 40)]
        wanted = [min(h / (732 * 24) * 1000, 997) for h in hours]  # the last one to be seen, too
        assert marks == pytest.approx(wanted, abs=0.1)
        assert "−8.40%" in await d.page.texts(".backtest td")
        await d.click(".backtest button", "Find it")
        await d.until(".backtest [role=status]", "−6.25%")
        await d.click(".rule-editor button", "Save")
        await d.show_key()
        await d.until(".rule-editor [role=status]", "saved")
        rules = {r["rule"]: r for r in (await d.get("rules?index=DEFI"))["rules"]}
        assert rules["returns.1h<=-0.07"]["below"] == -0.07
        await d.type("input[aria-label='Search rules']", "returns.1h")
        await d.until(".rules td", "Returns · 1h at or below −7.00%")
        await d.page.until("document.querySelectorAll('.rules tbody tr').length === 1")
        await d.click(".rules button", "✕")
        await d.click(".rules button", "Remove returns.1h<=-0.07")
        await d.until(".empty", "No rule is like that")
        assert len((await d.get("rules?index=DEFI"))["rules"]) == len(rules) - 1


async def test_a_rule_that_cannot_be_is_refused_in_the_gateway_s_words(tmp_path: Path) -> None:
    async with desk(tmp_path, "?view=alerts&tab=rules") as d:
        await d.click("button", "New rule")
        await d.type(".rule-editor input[list]", "risk.sharp")
        await d.click(".rule-editor button", "Save untried")
        await d.show_key()
        await d.until(".rule-editor [role=alert]", "did you mean risk.sharpe")


async def test_venues_say_how_they_are_heard_and_who_prices_what(tmp_path: Path) -> None:
    async with desk(tmp_path, "?view=venues") as d:
        await d.page.until("document.querySelectorAll('.venue-card').length === 5")
        heads = await d.page.texts(".venue-card h2")
        assert heads == ["htx", "binance", "coinbase", "kraken", "okx"]  # what is not well first
        assert (await d.page.texts(".venue-card .pill"))[0] == "silent"
        cells = await d.page.evaluate(
            "[...document.querySelectorAll('.matrix tbody tr')].map((tr) =>"
            "[...tr.children].map((n) => n.textContent.replace(/[●○]/, '').trim()))"
        )
        assert cells == [
            ["BTC", "used", "used", "·", "used", "outlier", "3", "6"],
            ["ETH", "used", "used", "·", "stale", "·", "2", "6"],
            ["SOL", "used", "·", "·", "·", "·", "1 alone", "6"],
        ]
        await d.click(".venue-card a[href*='okx']")
        await d.until("td", "1, the last at")
        d.world.silent.add("kraken")
        await d.page.until(
            "document.querySelectorAll('.venue-card h2')[1].textContent === 'kraken'"
        )


async def test_the_wall_reads_from_afar_and_outlives_the_gateway(tmp_path: Path) -> None:
    world = DeskWorld(30)
    await world.start()
    await world.ring("MEME", 0.2, "critical")
    async with (
        world.following(),
        open_page("about:blank", tmp_path / "profile") as page,
    ):
        await page.resize(3840, 2160)
        async with served(world.state, **world.parts()) as port:
            await page.go(f"http://127.0.0.1:{port}/?view=wall&rotate=3")
            await page.until("document.querySelectorAll('.tile').length === 12")
            await page.until("document.querySelector('.wall-counts')?.textContent === '1 CRITICAL'")
            # How deep it is now comes with the next second of the world.
            what = "document.querySelector('.wall-what').textContent"
            await page.until(f"{what}.startsWith('MEME Drawdown 20.')")
            assert re.fullmatch(
                r"\d\d:\d\d:\d\d(Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d{4}-\d\d-\d\d UTC",
                await page.text(".wall-clock") or "",
            )
            assert await page.evaluate(SMALLEST) >= 47
            overflow = "[document.documentElement.scrollHeight - innerHeight, innerWidth - "
            overflow += "document.documentElement.scrollWidth]"
            assert await page.evaluate(overflow) == [0, 0]
            assert await page.evaluate(CUT) == []
            first = await page.texts(".tile h2")
            assert first[0] == "MEMEcritical"  # on every page
            await page.until(f"{SHOWN} !== {json.dumps(' '.join(first))}")
            assert (await page.texts(".tile h2"))[0] == "MEMEcritical"
        await page.until("document.querySelector('.wall-doubt')?.textContent.startsWith('DISC')")
        # What fires now is not known then: what fired is told, but calls nobody.
        await page.until("document.querySelector('.wall-band').dataset.severity === 'old'")
        assert await page.text(".wall-counts") == "1 CRITICAL"
        level = await page.text(".tile-level")
        async with served(world.state, port, **world.parts()):
            await page.until("document.querySelector('.wall-doubt') === null", 40.0)
            await page.until("document.querySelector('.wall-band').dataset.severity === 'critical'")
            await page.until(
                f"document.querySelector('.tile-level').textContent !== {json.dumps(level)}"
            )
        assert [error for error in page.errors if not EXPECTED.search(error)] == []


SHOWN = "[...document.querySelectorAll('.tile h2')].map((n) => n.textContent).join(' ')"
SMALLEST = (
    "Math.min(...[...document.querySelectorAll('.wall *')].filter((n) => [...n.childNodes]"
    ".some((c) => c.nodeType === 3 && c.data.trim())).map((n) =>"
    " parseFloat(getComputedStyle(n).fontSize)))"
)
CUT = (
    "[...document.querySelectorAll('.tile-in > *, .wall-counts, .wall-what')].filter((n) =>"
    " n.tagName !== 'svg' && n.scrollWidth > n.clientWidth + 1).map((n) => n.textContent)"
)
PATHS = (
    *("?view=alerts", "?view=alerts&tab=past", "?view=alerts&tab=silences"),
    *("?view=alerts&tab=rules", "?view=venues&venue=okx", "?view=wall"),
)


async def test_axe_finds_nothing_serious_and_nothing_is_too_wide(tmp_path: Path) -> None:
    world = DeskWorld()
    await world.start()
    episode = await world.ring("TOP3", 0.1, "critical")
    await world.ring("DEFI", 0.05, "warning", ago=HOUR)
    await world.sign()
    over = await world.ring("MEME", 0.05, "info", ago=HOUR)
    await world.end("MEME", over, 0.05)
    async with desk(tmp_path, "", world) as d:
        url = await d.page.evaluate("location.origin")
        for path in (*PATHS, f"?view=alerts&episode={episode}"):
            await d.page.resize(1440, 900)
            await d.page.call("Page.navigate", url=f"{url}/{path}")
            await d.page.until("document.querySelectorAll('.card, .tile').length > 0")
            await d.page.until("!document.querySelector('.skeleton')")
            assert await serious(d.page) == {}, path
            for width in (360, 768, 1280):
                await d.page.resize(width, 800)
                assert await d.page.evaluate(WIDE) == [], (path, width)


WIDE = (
    "[document.documentElement, ...document.querySelectorAll('.card, .top')]"
    ".filter((n) => n.scrollWidth > n.clientWidth + 1)"
    ".map((n) => n.getAttribute('aria-label') ?? n.nodeName)"
)
