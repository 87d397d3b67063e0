"""The live page in a real browser: what it shows, and that it follows the stream."""

from __future__ import annotations

import json
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from engine.types import SECOND
from gateway.state import State
from tests.browser import Page, open_page
from tests.gateway import records
from tests.gateway.records import T0
from tests.gateway.serving import served

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
def state() -> State:
    state = State()
    state.apply("definitions", records.definition("TOP3", "Top three"))
    state.apply("definitions", records.definition("DEFI", "<img src=x onerror=alert(1)>"))
    for second in range(20):
        at, figure = T0 + second * SECOND, 1000.0 + second
        state.apply("levels", records.level("TOP3", second, at, figure, 1030.0))
    state.apply("snapshots", records.live("TOP3", seq=9, as_of=T0 + 19 * SECOND, level=1019.0))
    state.apply("snapshots", records.warming("DEFI", level=1234.567))
    state.apply("alerts", records.alert("TOP3", seq=1, depth=0.05, level=940.0))
    state.apply("alerts", records.alert("TOP3", seq=2, depth=0.10, level=890.0))
    state.apply("alerts", records.alert("TOP3", seq=3, depth=0.05, state="resolved", level=980.0))
    return state


@asynccontextmanager
async def opened(state: State, tmp_path: Path, path: str = "/") -> AsyncIterator[Page]:
    async with (
        served(state, health=lambda: {"ticks": 1234567, "reasons": ["okx is down"]}) as port,
        open_page(f"http://127.0.0.1:{port}{path}", tmp_path / "profile") as page,
    ):
        await page.until("document.querySelectorAll('#rows tr').length === 2")
        yield page
        assert page.errors == []


async def cells(page: Page, index: str) -> dict[str, str]:
    """The cells of an index's row by their labels."""
    row = f"document.querySelector('tr[data-index={json.dumps(index)}]')"
    return await page.evaluate(
        f"Object.fromEntries([...{row}.querySelectorAll('td[data-label]')]"
        ".map((cell) => [cell.dataset.label, cell.textContent]))"
    )


def is_text(selector: str, text: str) -> str:
    """The JavaScript condition that the first match has this text."""
    return f"document.querySelector({json.dumps(selector)})?.textContent === {json.dumps(text)}"


TOP3_LEVEL = "tr[data-index=TOP3] td[data-label=Level]"


async def test_page_shows_the_state_and_follows_it(state: State, tmp_path: Path) -> None:
    async with opened(state, tmp_path) as page:
        assert await cells(page, "TOP3") == {
            "Level": "1,019.00",
            "Change": "+2.34%1d",
            "Drawdown": "1.07%",  # of the level record, which is as new as the snapshot
            "Max": "38.17%",
            "Vol.": "62.13%",
            "Sharpe": "1.27",
            "Sortino": "1.84",
        }
        assert await cells(page, "DEFI") == {
            "Level": "1,234.57",
            "Change": "+23.46%all",
            "Drawdown": "0.67%",
            "Max": "1.23%",
            "Vol.": "–",
            "Sharpe": "–",
            "Sortino": "–",
        }
        assert (
            await page.evaluate(
                "document.querySelector('tr[data-index=DEFI] td[data-label=Sharpe]').title"
            )
            == "too few observations yet"
        )
        assert await page.texts("tr[data-index=DEFI] .badge") == ["warming", "assumed peg"]
        assert await page.text("tr[data-index=DEFI] .index-name") == "<img src=x onerror=alert(1)>"
        await page.until(is_text("#connection", "live"))
        await page.until(is_text("#ticks", "1,234,567"))
        assert await page.text("#updated") == "00:00:19 UTC"
        assert await page.text("#notice") == "okx is down"
        # Twenty seconds at a point each 1.5 s are 13 points: the line began before the page.
        line = "document.querySelector('tr[data-index=TOP3] path.level')?.getAttribute('d')"
        await page.until(f"({line} ?? '').split('L').length === 13")

        state.apply("levels", records.level("TOP3", 50, T0 + 65 * SECOND, 927.0, 1030.0))
        await page.until(is_text(TOP3_LEVEL, "927.00"))
        assert (await cells(page, "TOP3"))["Drawdown"] == "10.00%"
        assert await page.text("#updated") == "00:01:05 UTC"
        state.apply("snapshots", records.live("DEFI", seq=51, as_of=T0 + 66 * SECOND, level=80.25))
        await page.until(is_text("tr[data-index=DEFI] td[data-label=Level]", "80.25"))
        assert await page.texts("tr[data-index=DEFI] .badge") == ["live"]
        state.apply("definitions", records.definition("DEFI", now=T0 + 1, retired=True))
        await page.until("!document.querySelector('tr[data-index=DEFI]')")


async def test_alerts_newest_first_and_a_later_one_arrives(state: State, tmp_path: Path) -> None:
    async with opened(state, tmp_path) as page:
        assert await page.texts(".alert-state") == ["resolved", "firing", "fired"]
        assert await page.texts(".alert-rule") == [
            "drawdown>=0.05",
            "drawdown>=0.10",
            "drawdown>=0.05",
        ]
        assert await page.texts(".alert-depth") == ["2.00%", "11.00%", "6.00%"]
        assert await page.text("#firing") == "1 firing"
        burning = "getComputedStyle(document.querySelectorAll('.alert-state')[{}]).color"
        colours = [await page.evaluate(burning.format(place)) for place in (0, 1, 2)]
        assert len(set(colours)) == 3
        state.apply(
            "alerts",
            records.alert("DEFI", seq=1, depth=0.20, at=T0 + 5 * SECOND, level=800.0, peak=1010.0),
        )
        await page.until(is_text(".alert:first-child .alert-head a", "DEFI"))
        shown = await page.text(".alert:first-child")
        assert shown is not None
        for part in ("firing", "20.79%", "800.00", "1,010.00", "00:00:05"):
            assert part in shown
        assert await page.text("#firing") == "2 firing"
        assert await page.evaluate("document.title") == "(2) tidegauge"
        assert await page.text("#announcer") == ("DEFI drawdown>=0.20 firing, drawdown 20.79%")
        state.apply("alerts", records.flag_alert("TOP3", seq=4, at=T0 + 6 * SECOND))
        await page.until(is_text(".alert:first-child .alert-rule", "weight_drift"))
        shown = await page.text(".alert:first-child")
        assert shown is not None
        for part in ("Weight drift", "asset ETH", "weight 36.00%", "off by 6.00%", "900.00"):
            assert part in shown
        assert "peak" not in shown
        assert "–" not in shown
        assert await page.text("#announcer") == "TOP3 weight_drift firing"


def figure(path: str) -> str:
    return f"#detail [data-path='{path}'] dd"


async def test_detail_panel_shows_every_group_and_why_a_figure_is_missing(
    state: State, tmp_path: Path
) -> None:
    async with opened(state, tmp_path) as page:
        await page.evaluate("document.querySelector('tr[data-index=TOP3] a').click()")
        await page.until(is_text(figure("risk.cvar_99"), "12.01%"))
        assert await page.text(figure("returns.1d")) == "+2.34%"
        assert await page.text(figure("annualised.1y")) == "+41.00%"
        assert await page.text(figure("drawdown.longest_seconds")) == "212d"
        assert await page.text(figure("drawdown.trough_at")) == "2025-11-11 00:00:19 UTC"
        assert await page.text(figure("quality.sources")) == "BTC binance kraken"
        missing = figure("risk.var_99_cf")
        assert await page.evaluate(f'document.querySelector("{missing}").title') == (
            "the Cornish-Fisher expansion does not hold for this skew and kurtosis"
        )
        titles = await page.texts("#detail h3")
        assert titles == [
            "Returns", "Annualised", "Risk", "Drawdown", "Benchmarks", "Trailing windows",
            "Rolling", "Calendar", "Regime", "Targets", "Flags", "Quality", "Evidence",
        ]  # fmt: skip
        assert await page.text(figure("regime.trend")) == "sideways"
        assert await page.text(figure("regime.trend_since")) == "2025-11-14 00:00:19 UTC"
        regimes = await page.texts("#detail .group:nth-of-type(9) tbody tr:nth-child(4) > *")
        assert regimes == ["Sharpe", *["1.30"] * 5]
        flags = await page.texts("#detail .group:nth-of-type(11) tbody td")
        assert flags[:2] == ["weight_drift", "2025-11-21 00:00:19 UTC"]
        assert flags[2] == "Asset ETH · Weight 36.00% · Target 0.30 · Off by 6.00%"
        beta = await page.texts("#detail .group:nth-of-type(5) tbody tr:nth-child(2) > *")
        assert beta == ["Beta", "1.08", "0.71"]
        assert await page.text("#detail .chart path.level") is not None

        snapshot = records.live("TOP3", seq=70, as_of=T0 + 90 * SECOND, level=1021.5)
        snapshot["risk"]["cvar_99"] = 0.1333
        state.apply("snapshots", snapshot)
        await page.until(is_text(figure("risk.cvar_99"), "13.33%"))
        assert await page.text("#detail .hero-level") == "1,021.50"
        await page.evaluate("document.querySelector('#detail .close').click()")
        await page.until("!document.querySelector('#detail').open && location.hash === ''")


async def test_address_opens_the_panel(state: State, tmp_path: Path) -> None:
    async with opened(state, tmp_path, "/#DEFI") as page:
        await page.until(is_text("#detail h2", "DEFI"))
        await page.until(is_text(figure("returns.inception"), "+23.46%"))


async def test_page_reconnects_by_itself(state: State, tmp_path: Path) -> None:
    async with AsyncExitStack() as browser:
        async with served(state) as port:
            opening = open_page(f"http://127.0.0.1:{port}/", tmp_path / "profile")
            page = await browser.enter_async_context(opening)
            await page.until(is_text("#connection", "live"))
        await page.until(is_text("#connection", "reconnecting"))
        state.apply("levels", records.level("TOP3", 50, T0 + 65 * SECOND, 927.0, 1030.0))
        async with served(state, port):
            await page.until(is_text("#connection", "live"), seconds=30.0)
            await page.until(is_text(TOP3_LEVEL, "927.00"))


@pytest.mark.parametrize("width", [360, 768, 910, 1280, 1600])
async def test_nothing_overflows(state: State, tmp_path: Path, width: int) -> None:
    async with opened(state, tmp_path) as page:
        await page.resize(width, 900)
        wide = await page.evaluate(
            "[document.documentElement, ...document.querySelectorAll('.card')]"
            ".filter((node) => node.scrollWidth > node.clientWidth).map((node) => node.id)"
        )
        assert wide == []
