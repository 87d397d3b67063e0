"""The screens in a real browser: what they show is what the gateway says, and they follow it."""

from __future__ import annotations

import json
import re
import time
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from engine.index.quality import CLOCK_STEPPED
from engine.metrics.registry import REGISTRY
from engine.pricing import price_flags, report
from engine.types import DAY, SECOND
from gateway.access.keys import KeyRing, new_key
from gateway.access.policy import Access
from gateway.pages import BUILT
from gateway.state import State
from tests.browser import Page, open_page
from tests.gateway import records
from tests.gateway.axe import serious
from tests.gateway.records import T0
from tests.gateway.serving import served

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.gateway.world import World

SCREENS = BUILT.parent
NO_PAST = re.compile(r"404 .*/(history|composition)\b|no-history")
"""What a browser notes of questions that a gateway without tables answers with 404."""


@pytest.fixture
def state() -> State:
    state = State(wall=records.wall)
    state.apply("definitions", records.definition("TOP3", "Top three"))
    state.apply("definitions", records.definition("DEFI", "<img src=x onerror=alert(1)>"))
    state.apply("snapshots", records.live("TOP3", seq=9, as_of=T0 + 19 * SECOND, level=1019.0))
    state.apply("snapshots", records.warming("DEFI", level=1234.567))
    for second in range(20):
        at, figure = T0 + second * SECOND, 1000.0 + second
        state.apply("levels", records.level("TOP3", 10 + second, at, figure, 1030.0))
    return state


def with_alarms(state: State) -> State:
    state.apply("alerts", records.alert("TOP3", seq=1, depth=0.05, level=940.0))
    state.apply("alerts", records.alert("TOP3", seq=2, depth=0.10, level=890.0))
    state.apply("alerts", records.alert("TOP3", seq=3, depth=0.05, state="resolved", level=980.0))
    return state


@asynccontextmanager
async def opened(
    state: State, tmp_path: Path, path: str = "/", **parts: Any
) -> AsyncIterator[Page]:
    said = {"health": lambda: {"now": T0 + 20 * SECOND}} | parts
    async with (
        served(state, **said) as port,
        open_page(f"http://127.0.0.1:{port}{path}", tmp_path / "profile") as page,
    ):
        yield page
        assert [error for error in page.errors if not NO_PAST.search(error)] == []


def is_text(selector: str, text: str) -> str:
    """The JavaScript condition that the first match has this text."""
    return f"document.querySelector({json.dumps(selector)})?.textContent === {json.dumps(text)}"


def cell(index: str, column: str) -> str:
    return f"[data-id='{index}'] [data-column='{column}']"


async def row(page: Page, index: str) -> dict[str, str]:
    """The cells of an index's row by their columns, without those of its name and line."""
    found: dict[str, str] = await page.evaluate(
        f"Object.fromEntries([...document.querySelectorAll(\"[data-id='{index}'] [data-column]\")]"
        ".map((n) => [n.dataset.column, [...n.querySelectorAll('.hidden')].reduce("
        "(text, hidden) => text.replace(hidden.textContent, ''), n.textContent)]))"
    )
    return {name: text for name, text in found.items() if name not in ("index", "line")}


async def test_the_overview_shows_the_state_and_follows_it(state: State, tmp_path: Path) -> None:
    async with opened(state, tmp_path) as page:
        await page.until(is_text(cell("TOP3", "level"), "1,019.00"))
        assert await row(page, "TOP3") == {
            "status": "live",
            "level": "1,019.00",
            "returns.1d": "+2.34%",
            "drawdown.current": "1.07%",  # of the level record, as new as the snapshot
            "drawdown.max": "38.17%",
            "risk.volatility": "62.13%",
            "risk.sharpe": "1.27",
            "risk.sortino": "1.84",
        }
        assert await row(page, "DEFI") == {
            "status": "warming+1",
            "level": "1,234.57",
            "returns.1d": "–",
            "drawdown.current": "0.67%",
            "drawdown.max": "1.23%",
            "risk.volatility": "–",
            "risk.sharpe": "–",
            "risk.sortino": "–",
        }
        why = f"{cell('DEFI', 'risk.sharpe')} .none"
        assert await page.evaluate(f'document.querySelector("{why}").title') == (
            "too few observations yet"
        )
        name = await page.text(cell("DEFI", "index") + " a")
        assert name == "DEFI <img src=x onerror=alert(1)>"
        await page.until(is_text("#connection", "live"))

        state.apply("levels", records.level("TOP3", 50, T0 + 65 * SECOND, 927.0, 1030.0))
        await page.until(is_text(cell("TOP3", "level"), "927.00"))
        moved = await row(page, "TOP3")
        assert moved["drawdown.current"] == "10.00%"
        assert moved["returns.1d"] == "−6.90%"  # 1.0234 · 927 / 1019 − 1
        assert moved["drawdown.max"] == "38.17%"
        state.apply("levels", records.level("TOP3", 51, T0 + 66 * SECOND, 995.69, 1030.0))
        await page.until(is_text(cell("TOP3", "returns.1d"), "0.00%"))  # 1019 / 1.0234 less a trace
        state.apply("levels", records.level("TOP3", 52, T0 + 66 * SECOND, 515.0, 1030.0))
        await page.until(is_text(cell("TOP3", "drawdown.max"), "50.00%"))
        state.apply("snapshots", records.live("DEFI", seq=51, as_of=T0 + 66 * SECOND, level=80.25))
        await page.until(is_text(cell("DEFI", "level"), "80.25"))
        assert (await row(page, "DEFI"))["status"] == "live"
        state.apply("definitions", records.definition("DEFI", now=T0 + 1, retired=True))
        await page.until("!document.querySelector('[data-id=DEFI]')")


async def test_a_crash_shows_within_a_second(state: State, tmp_path: Path) -> None:
    async with opened(state, tmp_path) as page:
        await page.until(is_text(cell("TOP3", "level"), "1,019.00"))
        crashed = time.monotonic()
        state.apply("levels", records.level("TOP3", 60, T0 + 70 * SECOND, 721.0, 1030.0))
        state.apply("alerts", records.alert("TOP3", seq=1, depth=0.2, level=721.0, peak=1030.0))
        await page.until(
            "document.querySelector('.alarms')?.textContent.includes('TOP3 Drawdown 30.00%')"
        )
        assert await page.text(cell("TOP3", "level")) == "721.00"
        assert time.monotonic() - crashed < 1.0
        assert await page.evaluate("document.title") == "(1) Overview · tidegauge"


async def test_what_is_shown_of_the_overview_stands_in_its_address(
    state: State, tmp_path: Path
) -> None:
    for number in range(30):
        index = f"I{number:02d}"
        state.apply("definitions", records.definition(index))
        body = records.live(index, seq=1, level=100.0 + number)
        body["risk"] = body["risk"] | {"omega": number / 10, "sharpe": -number / 10}
        state.apply("snapshots", body)
    with_alarms(state)
    shown = "[...document.querySelectorAll('.vtable-row')].map((n) => n.dataset.id)"
    async with opened(state, tmp_path) as page:
        await page.until(is_text(cell("TOP3", "level"), "1,019.00"))
        # Those with open alarms stand first, the rest by their ids.
        assert (await page.evaluate(shown))[:3] == ["TOP3", "DEFI", "I00"]
        sort = "document.querySelector('.vtable-head [data-column=\"risk.sharpe\"] button').click()"
        await page.evaluate(sort)
        await page.until(f"{shown}[0] === 'TOP3'")  # 1.27
        await page.until("location.search === '?sort=risk.sharpe%3Adown'")
        await page.evaluate(sort)
        await page.until(f"{shown}[0] === 'I29'")
        await page.evaluate(
            "(() => { const field = document.querySelector('input[type=search]');"
            "field.value = 'i1'; field.dispatchEvent(new Event('input', {bubbles: true})) })()"
        )
        await page.until(f"{shown}.length === 10")
        await page.until(f"{shown}[0] === 'I19'")
        asked = "?search=i2&columns=level,risk.omega&sort=risk.omega:down&group=status"
        await page.evaluate(f"history.pushState(null, '', {asked!r}); location.reload()")
        await page.until(f"{shown}[0] === 'I29'")
        await page.until(is_text(cell("I29", "risk.omega"), "2.90"))
        assert await page.texts(".vtable-group span[role]") == ["live 10"]
        # The keyboard walks through the rows and opens one.
        await page.evaluate("document.querySelector('.vtable').focus()")
        for key in ("ArrowDown", "ArrowDown", "ArrowDown", "ArrowUp", "Enter"):
            for kind in ("keyDown", "keyUp"):
                await page.call("Input.dispatchKeyEvent", type=kind, key=key, code=key)
        await page.until("location.search === '?view=index&id=I28'")
        await page.until(is_text("h1", "I28"))


async def test_the_head_of_the_overview_says_what_a_figure_is(state: State, tmp_path: Path) -> None:
    card = ".vtable-head .figure-card h4"
    async with opened(state, tmp_path) as page:
        await page.resize(1440, 900)
        await page.until(is_text(cell("TOP3", "level"), "1,019.00"))
        await page.evaluate("document.querySelector('.vtable').focus()")
        for _ in range(3):  # index, status, level
            for kind in ("rawKeyDown", "keyUp"):
                tab = {"key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9}
                await page.call("Input.dispatchKeyEvent", type=kind, **tab)
        await page.until(is_text(card, "Level"))
        await page.evaluate("document.activeElement.blur()")
        await page.until(f"document.querySelector('{card}') === null")
        x, y = await page.evaluate(
            "(({ x, y, width, height }) => [x + width - 20, y + height / 2])("
            "document.querySelector('.vtable-head [data-column=\"drawdown.max\"]')"
            ".getBoundingClientRect())"
        )
        await page.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        await page.until(is_text(card, "Deepest drawdown"))
        assert "Deepest" in await page.texts(".vtable-head button")


async def test_a_restart_of_the_gateway_is_survived(state: State, tmp_path: Path) -> None:
    now = [T0 + 20 * SECOND]

    def health() -> dict[str, Any]:
        return {"now": now[0]}

    async with AsyncExitStack() as browser:
        async with served(state, health=health) as port:
            opening = open_page(f"http://127.0.0.1:{port}/", tmp_path / "profile")
            page = await browser.enter_async_context(opening)
            await page.until(is_text("#connection", "live"))
        await page.until("document.querySelector('#connection').textContent.startsWith('disco')")
        assert "does not answer" in str(await page.text(".notices"))
        assert await page.text(cell("TOP3", "level")) == "1,019.00"
        state.apply("levels", records.level("TOP3", 50, T0 + 65 * SECOND, 927.0, 1030.0))
        now[0] = T0 + 66 * SECOND
        async with served(state, port, health=health):
            await page.until(is_text("#connection", "live"), seconds=30.0)
            await page.until(is_text(cell("TOP3", "level"), "927.00"))
            assert await page.text(".notices") == ""


async def test_the_states_of_figures(tmp_path: Path) -> None:
    wall = [T0]
    state = State(wall=lambda: wall[0])
    said: dict[str, Any] = {"reasons": ["okx is down"]}
    async with opened(state, tmp_path, health=lambda: said) as page:
        await page.until("document.body?.innerText.includes('No index is defined yet')")
        state.apply("definitions", records.definition("TOP3", "Top three"))
        await page.until(is_text(cell("TOP3", "status"), "no data"))
        await page.until("document.querySelector('#notice')?.textContent.includes('okx is down')")
        state.apply("snapshots", records.warming("TOP3"))
        status = cell("TOP3", "status") + " .pill"
        await page.until(is_text(status, "warming"))
        state.apply("snapshots", records.live("TOP3", seq=2))
        for seconds, told in ((0, "live"), (3, "degraded"), (11, "stale")):
            wall[0] = T0 + seconds * SECOND
            await page.until(is_text(status, told))
        said["now"] = T0 + 3 * DAY
        await page.until(is_text("#connection", "no figures for 3d"))


async def test_who_has_no_key_is_asked_for_one(state: State, tmp_path: Path) -> None:
    key, token = new_key("desk", "alerts", time.time_ns())
    access = Access(KeyRing(keys=[key]), open_reading=False)
    async with served(state, access=access, health=lambda: {"now": T0}) as port:
        url = f"http://127.0.0.1:{port}/"
        async with open_page(url, tmp_path / "profile") as page:
            await page.until("location.pathname === '/login'")
            await page.evaluate(
                f"document.querySelector('#key').value = {json.dumps(token)};"
                "document.querySelector('form').requestSubmit()"
            )
            await page.until(is_text("#connection", "live"))
            # The key ends: what is shown stays, and a new one is asked for.
            access.sessions._open.clear()
            await page.evaluate("history.pushState(null, '', '?view=index&id=TOP3')")
            await page.evaluate("dispatchEvent(new PopStateEvent('popstate'))")
            await page.until("document.querySelector('dialog.key[open]') !== null")
            await page.evaluate(
                f"document.querySelector('dialog input').value = {json.dumps('tg_wrong')};"
                "document.querySelector('dialog form').requestSubmit()"
            )
            await page.until("document.querySelector('dialog [role=alert]') !== null")
            await page.evaluate(
                f"document.querySelector('dialog input').value = {json.dumps(token)};"
                "document.querySelector('dialog form').requestSubmit()"
            )
            await page.until("document.querySelector('dialog.key') === null")
            await page.until(is_text("h1", "TOP3"))


@pytest.mark.parametrize("path", ["/", "/?view=index&id=MIX", "/?view=index&id=MIX&tab=figures"])
async def test_axe_finds_nothing_serious(world: World, tmp_path: Path, path: str) -> None:
    async with (
        served(world.state, tables=world.reader) as port,
        open_page(f"http://127.0.0.1:{port}{path}", tmp_path / "profile") as page,
    ):
        await page.until("document.querySelectorAll('.card').length > 0")
        await page.until("!document.querySelector('.skeleton')")
        assert await serious(page) == {}


@pytest.mark.parametrize("width", [360, 768, 1280, 1920])
async def test_nothing_is_wider_than_the_window(world: World, tmp_path: Path, width: int) -> None:
    async with (
        served(world.state, tables=world.reader) as port,
        open_page("about:blank", tmp_path / "profile") as page,
    ):
        await page.resize(width, 900)
        for path in ("", "?view=index&id=MIX", "?view=index&id=MIX&tab=risk"):
            await page.call("Page.navigate", url=f"http://127.0.0.1:{port}/{path}")
            await page.until("document.querySelectorAll('.card').length > 0")
            wide = await page.evaluate(
                "[document.documentElement, ...document.querySelectorAll('.card')]"
                ".filter((n) => n.scrollWidth > n.clientWidth + 1)"
                ".map((n) => n.getAttribute('aria-label') ?? n.nodeName)"
            )
            assert wide == [], path


def test_every_code_of_the_engine_has_words() -> None:
    """What the screens have no words for would stand there as a code."""
    words = (SCREENS / "src" / "format" / "words.ts").read_text()
    flags = [price_flags.ASSUMED_PEG, price_flags.STALE_RATE, price_flags.SINGLE_SOURCE]
    flags += [report.STALE, report.DISPUTED, report.TWO_COINS, CLOCK_STEPPED]
    flags += ["no_price", "no_weight", "unknown_cap", "pending", "jump"]
    excluded = [report.STALE, report.OUTLIER, report.LAGGING]
    excluded += [report.THIN, report.NO_CONVERSION, report.EXCLUDED]
    excluded.append(report.TWO_COINS)
    for table, codes in (("FLAGS", flags), ("LEFT_OUT", excluded)):
        _, _, rest = words.partition(f"const {table}: Record<string, string> = {{")
        told = re.findall(r"^  (\w+):", rest.partition("};")[0], re.MULTILINE)
        assert [code for code in codes if code not in told] == []


async def test_a_new_figure_is_in_no_file_of_the_screens(state: State, tmp_path: Path) -> None:
    cards = REGISTRY.published()
    risk = cards["risk.omega"] | {"path": "risk.still_share", "label": "Still", "column": "Still"}
    tides = risk | {"path": "tides.spring", "label": "Spring tides", "column": "", "group": "Tides"}
    cards |= {"risk.still_share": risk | {"display": "percent"}, "tides.spring": tides}
    body = records.live("TOP3", seq=80, as_of=T0 + 21 * SECOND)
    body["tides"] = {"spring": 1.5, "neap": None}
    body["undefined"] = body["undefined"] | {"tides.neap": "no_gain"}
    state.apply("snapshots", body)
    async with opened(
        state, tmp_path, "/?view=index&id=TOP3&tab=figures", metric_definitions=cards
    ) as page:
        await page.until(is_text("[data-path='tides.spring'] dd", "1.50"))
        assert await page.texts("[aria-label='Tides'] dt") == ["Spring tides", "Neap"]
        neap = "[data-path='tides.neap'] dd .explained"
        assert await page.evaluate(f'document.querySelector("{neap}").ariaLabel') == (
            "undefined: there has been no gain"
        )
        await page.evaluate("document.querySelector('.brand').click()")
        await page.until("document.querySelector('.vtable-head') !== null")
        heads = await page.texts(".vtable-head > div")
        told = ["Return 1d", "Drawdown", "Deepest", "Volatility", "Sharpe", "Sortino", "Still"]
        assert heads == ["Index", "Status", "1d", "Level", *told]
