"""The live page in a real browser: what it shows, and that it follows the stream."""

from __future__ import annotations

import json
import re
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from engine.index.quality import CLOCK_STEPPED
from engine.metrics.registry import REGISTRY
from engine.pricing import report
from engine.profiles import PROFILES
from engine.types import DAY, SECOND
from gateway.app import PAGE
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
    state = State(wall=records.wall)
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
async def opened(
    state: State, tmp_path: Path, path: str = "/old", rows: int = 2, **parts: Any
) -> AsyncIterator[Page]:
    said = {"ticks": 1234567, "reasons": ["okx is down"]}
    async with (
        served(state, **({"health": lambda: said} | parts)) as port,
        open_page(f"http://127.0.0.1:{port}{path}", tmp_path / "profile") as page,
    ):
        await page.until(f"document.querySelectorAll('#rows tr').length === {rows}")
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
        moved = await cells(page, "TOP3")
        assert moved["Drawdown"] == "10.00%"
        assert moved["Change"] == "−6.90%1d"  # 1.0234 · 927 / 1019 − 1
        assert moved["Max"] == "38.17%"
        state.apply("levels", records.level("TOP3", 51, T0 + 66 * SECOND, 995.69, 1030.0))
        await page.until(is_text(TOP3_LEVEL, "995.69"))  # 1019 / 1.0234, less a trace
        assert (await cells(page, "TOP3"))["Change"] == "0.00%1d"
        state.apply("levels", records.level("TOP3", 52, T0 + 66 * SECOND, 515.0, 1030.0))
        await page.until(is_text(TOP3_LEVEL, "515.00"))
        assert (await cells(page, "TOP3"))["Max"] == "50.00%"
        assert await page.text("#updated") == "00:01:06 UTC"
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
        await page.until(is_text(".alert:first-child .alert-depth", "Weight drift"))
        shown = await page.text(".alert:first-child")
        assert shown is not None
        for part in ("asset ETH", "weight 36.00%", "target 30.00%", "off by 6.00%", "900.00"):
            assert part in shown
        for part in ("weight_drift", "peak", "–"):
            assert part not in shown
        assert await page.text("#announcer") == "TOP3 weight_drift firing"
        state.apply("alerts", records.target_alert("TOP3", seq=5, at=T0 + 7 * SECOND))
        await page.until(is_text(".alert:first-child .alert-rule", "max_drawdown>0.25"))
        shown = await page.text(".alert:first-child")
        assert shown is not None
        for part in ("figure Deepest drawdown", "target 25.00%", "value 38.17%"):
            assert part in shown


async def test_what_is_in_dispute_is_told_in_words_and_marks(state: State, tmp_path: Path) -> None:
    body = records.live("TOP3", seq=60, as_of=T0 + 20 * SECOND) | {"status": "degraded"}
    body["quality"] = body["quality"] | {"flags": ["disputed", "pending:POL"]}
    state.apply("snapshots", body)
    async with opened(state, tmp_path) as page:
        badges = "tr[data-index=TOP3] .badge"
        assert await page.texts(badges) == ["degraded", "disputed", "pending: POL"]
        titles = await page.evaluate(
            f"[...document.querySelectorAll('{badges}')].map((badge) => badge.title)"
        )
        assert titles[0].startswith("the level is less sure than usual")
        assert titles[1].startswith("the venues disagree about a price")
        assert titles[2].startswith("a planned change or a new coin waits")
        look = "getComputedStyle(document.querySelector('{}')).{}"
        for scheme in ("light", "dark"):
            await page.prefer(scheme)
            colours = {
                await page.evaluate(look.format(f"tr[data-index={of}", "color"))
                for of in ("TOP3] .badge", "TOP3] .badge.flag", "DEFI] .badge")
            }
            assert len(colours) == 3
        assert await page.evaluate(look.format(badges, "outlineStyle")) == "dashed"
        assert await page.texts(".alert .disputed") == []
        state.apply("alerts", records.disputed_alert("TOP3", seq=4))
        await page.until(is_text(".alert:first-child .disputed", "disputed"))
        rule = "drawdown>=0.10, by the heaviest venues alone"
        assert await page.text(".alert:first-child .alert-rule") == rule
        assert await page.texts(".alert:first-child .clusters li") == [
            "BTC 49,000.00 by 80.00% of the volume, level 850.00",
            "BTC 61,000.00 by 20.00% of the volume, level 1,015.00",
        ]
        said = f"TOP3 {rule} firing, disputed, drawdown 15.00%"
        assert await page.text("#announcer") == said


def figure(path: str) -> str:
    return f"#detail [data-path='{path}'] dd"


async def texts_of(page: Page, title: str, selector: str) -> list[str]:
    """The texts of what matches in the panel's section of this title."""
    found: list[str] = await page.evaluate(
        f"[...[...document.querySelectorAll('#detail .group')]"
        f".find((group) => group.querySelector('h3').textContent === {json.dumps(title)})"
        f".querySelectorAll({json.dumps(selector)})].map((node) => node.textContent)"
    )
    return found


def test_every_code_of_the_engine_has_words() -> None:
    """What the page has no words for would stand there as a code."""
    words = (PAGE / "format.js").read_text()
    flags = [report.ASSUMED_PEG, report.STALE_RATE, report.SINGLE_SOURCE]
    flags += [report.STALE, report.DISPUTED, report.TWO_COINS, CLOCK_STEPPED]
    flags += ["no_price", "no_weight", "unknown_cap", "pending", "jump"]
    excluded = [report.STALE, report.OUTLIER, report.LAGGING]
    excluded += [report.THIN, report.NO_CONVERSION, report.EXCLUDED]
    excluded.append(report.TWO_COINS)
    for table, codes in (("FLAGS", flags), ("LEFT_OUT", excluded)):
        _, _, rest = words.partition(f"const {table} = {{")
        told = re.findall(r"^  (\w+): ", rest.partition("};")[0], re.MULTILINE)
        assert [code for code in codes if code not in told] == []


async def test_figures_name_their_definitions(state: State, tmp_path: Path) -> None:
    cards = REGISTRY.published()
    async with opened(state, tmp_path, "/#TOP3", metric_definitions=cards) as page:
        await page.until(is_text(figure("risk.sharpe"), "1.27"))
        sharpe = await page.evaluate(
            "document.querySelector(\"[data-path='risk.sharpe'] dt\").title"
        )
        assert sharpe.startswith("mean(r − rf) / sd(r) · √A")
        assert "(ratio)" in sharpe
        beta = "[...document.querySelectorAll('#detail th')].find((n) => n.textContent === 'Beta')"
        assert "fraction" not in await page.evaluate(f"{beta}.title")
        assert "cov" in await page.evaluate(f"{beta}.title")


async def test_the_page_shows_what_the_definitions_tell(state: State, tmp_path: Path) -> None:
    """A new figure, section or profile is in no file of the page."""
    cards = REGISTRY.published()
    risk = cards["risk.omega"] | {"path": "risk.still_share", "label": "Still", "column": "Still"}
    tides = risk | {"path": "tides.spring", "label": "Spring tides", "column": ""}
    cards |= {"risk.still_share": risk | {"display": "percent"}, "tides.spring": tides}
    body = records.live("TOP3", seq=80, as_of=T0 + 21 * SECOND)
    body["tides"] = {"spring": 1.5, "neap": None}
    body["undefined"] = body["undefined"] | {"tides.neap": "no_gain"}
    state.apply("snapshots", body)
    async with opened(state, tmp_path, "/#TOP3", metric_definitions=cards) as page:
        heads = await page.texts("#columns th")
        told = ["Change", "Drawdown", "Max", "Vol.", "Sharpe", "Sortino", "Still"]
        assert heads == ["Index", "15 min", "Level", *told]
        assert (await cells(page, "TOP3"))["Still"] == "–"
        await page.until(is_text(figure("tides.spring"), "1.50"))
        assert await texts_of(page, "Tides", "dt") == ["Spring tides", "Neap"]
        assert await texts_of(page, "Tides", ".notes span") == ["1 there has been no gain"]
        assert await page.texts("#profiles button") == list(PROFILES)


async def test_ranking_follows_the_profile(state: State, tmp_path: Path) -> None:
    state.apply("definitions", records.definition("CALM"))
    calm = records.live("CALM", seq=10, deepest=0.2)
    state.apply("snapshots", calm)
    state.apply("snapshots", records.live("DEFI", seq=11) | {"risk": {}, "cagr": None})
    async with opened(state, tmp_path, rows=3) as page:
        cells = "[...document.querySelectorAll('#ranks tbody tr')].map((tr) => [...tr.children]"
        first = f"{cells}.slice(0, 3).map((n) => n.firstChild.textContent))"
        await page.until("document.querySelectorAll('#ranks tbody tr').length === 3")
        # Of 0.15 for the deepest drawdown CALM has all and the others a quarter; of the rest both
        # have a half. DEFI has but the drawdown and the information ratio: 0.3 of the weights.
        assert await page.evaluate(first) == [
            ["1", "CALM", "0.58"],
            ["2", "TOP3", "0.46"],
            ["–", "DEFI", "–"],
        ]
        assert await page.texts("#ranks .notes:last-child span:first-child") == [
            "1 less than half of the weights can be judged yet"
        ]
        await page.evaluate("document.querySelector('#profiles button').click()")
        await page.until(
            "document.querySelector('#ranking-aim').textContent.startsWith('keep what there is')"
        )
        pressed = await page.texts("#profiles [aria-pressed=true]")
        assert pressed == ["conservative"]
        assert await page.text("#ranks thead th:nth-child(4) small") == "25% ↓ lower is better"


async def test_old_figures_are_told_from_fresh_ones(state: State, tmp_path: Path) -> None:
    """What a log held at the start of the gateway: its age counts, not when it was sent."""
    now = T0 + 3 * DAY
    async with opened(state, tmp_path, health=lambda: {"now": now}) as page:
        await page.until(is_text("#connection", "no figures for 2d 23h"))
        assert await page.text("#updated") == "23 Nov 00:00 UTC"
        assert await page.text("#notice") == "the newest figure is 2 days old"
        await page.until(is_text(".alert:first-child time", "23 Nov 00:00"))


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
        assert await page.text(figure("annualised.cagr")) == "+33.00%"
        missing = figure("risk.var_99_cf")
        why = "the Cornish-Fisher expansion does not hold for this skew and kurtosis"
        assert await page.evaluate(f'document.querySelector("{missing}").title') == why
        assert await page.text(f"{missing} sup") == "1"
        assert await texts_of(page, "Risk", ".notes span") == [f"1 {why}"]
        titles = await page.texts("#detail h3")
        assert titles == [
            "Definition", "Returns", "Annualised", "Risk", "Drawdown", "Benchmarks",
            "Trailing windows", "Flags", "Targets", "Quality", "Composition", "Rolling returns",
            "Calendar", "Regime", "Evidence",
        ]  # fmt: skip
        made = await texts_of(page, "Definition", "tbody tr > *")
        assert made[:6] == ["BTC", "50.00%", "ETH", "30.00%", "SOL", "20.00%"]
        change = await texts_of(page, "Definition", ".scroll:last-child tbody tr > *")
        assert change == ["2025-11-24 00:00:00 UTC", "XLM", "–"]
        held = await texts_of(page, "Composition", "tbody tr > *")
        assert held[:6] == ["BTC", "64.00%", "70.00%", "−1.10%", "−0.71%", "60,123.50"]
        why = "no price at or near the start of the period"
        assert await texts_of(page, "Composition", ".notes span") == [f"1 {why}"]
        assert await page.text(figure("composition.pending")) == "XLM"
        assert await page.text(figure("composition.turnover_1y")) == "41.20%"
        why = "the history is too short for this yet"
        assert await texts_of(page, "Calendar", ".notes span") == [f"1 {why}"]
        exceeded = await texts_of(page, "Risk", "tbody tr:nth-child(2) > *")
        assert exceeded == ["Expected", "69.0", "69.0"]
        counted = await texts_of(page, "Trailing windows", "tbody tr:nth-child(1) > *")
        assert counted == ["Returns counted", *["720"] * 5]
        window = await texts_of(page, "Trailing windows", "tbody tr:nth-child(2) > *")
        assert window == ["Return", *["+5.10%"] * 5]
        assert await page.text(figure("regime.trend")) == "sideways"
        assert await page.text(figure("regime.trend_since")) == "2025-11-14 00:00:19 UTC"
        regimes = await texts_of(page, "Regime", "tbody tr:nth-child(4) > *")
        assert regimes == ["Sharpe", *["1.30"] * 5]
        assert await texts_of(page, "Targets", "tbody tr > *") == ["Sharpe", "1.50", "1.27", "no"]
        flags = await texts_of(page, "Flags", "tbody td")
        assert flags[:2] == ["Weight drift", "2025-11-21 00:00:19 UTC"]
        assert flags[2] == "Asset ETH · Weight 36.00% · Target 30.00% · Off by 6.00%"
        beta = await texts_of(page, "Benchmarks", "tbody tr:nth-child(2) > *")
        assert beta == ["Beta", "1.08", "0.71"]
        markets = await texts_of(page, "Quality", "tbody tr > *")
        assert markets[:2] == ["BTC", "binance, kraken"]
        assert markets[2:] == [
            "okx:BTC-USDT",
            "its price is far from that of the others",
        ]
        assert await page.text("#detail .chart path.level") is not None

        await page.evaluate("window.kept = document.querySelector('#detail .scroll')")
        snapshot = records.live("TOP3", seq=70, as_of=T0 + 90 * SECOND, level=1021.5)
        snapshot["risk"]["cvar_99"] = 0.1333
        state.apply("snapshots", snapshot)
        await page.until(is_text(figure("risk.cvar_99"), "13.33%"))
        assert await page.text("#detail .hero-level") == "1,021.50"
        # A table that is read, scrolled or selected stays the same one.
        assert await page.evaluate("window.kept.isConnected")
        await page.evaluate("document.querySelector('#detail .close').click()")
        await page.until("!document.querySelector('#detail').open && location.hash === ''")


async def test_address_opens_the_panel(state: State, tmp_path: Path) -> None:
    async with opened(state, tmp_path, "/old#DEFI") as page:
        await page.until(is_text("#detail h2", "DEFI"))
        await page.until(is_text(figure("returns.inception"), "+23.46%"))


async def test_page_reconnects_by_itself(state: State, tmp_path: Path) -> None:
    async with AsyncExitStack() as browser:
        async with served(state) as port:
            opening = open_page(f"http://127.0.0.1:{port}/old", tmp_path / "profile")
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


async def test_the_badge_of_a_log_that_stands_still_ages(tmp_path: Path) -> None:
    wall = [T0]
    state = State(wall=lambda: wall[0])
    state.apply("snapshots", records.live("TOP3"))
    async with opened(state, tmp_path, rows=1) as page:
        for seconds, told in ((0, "live"), (3, "degraded"), (11, "stale")):
            wall[0] = T0 + seconds * SECOND
            await page.until(is_text("tr[data-index=TOP3] .badge", told))
