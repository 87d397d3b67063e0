"""States of the screens that depend on more than the figures: catching up, on paper, the zone of
times, many rows; and what a check of accessibility says of the pages that others do not have."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any

import pytest

from engine.types import DAY, HOUR, SECOND
from gateway.state import State
from tests.browser import open_page
from tests.gateway import records
from tests.gateway.axe import serious
from tests.gateway.records import T0
from tests.gateway.serving import served

if TYPE_CHECKING:
    from pathlib import Path

    from tests.browser import Page
    from tests.gateway.world import World

CONNECTION = "document.querySelector('#connection')?.textContent"
ROWS = "document.querySelectorAll('.vtable-row').length"
CLOCK = "document.querySelector('.state time')?.textContent"


def of_many(count: int, wall: int = T0 + HOUR) -> State:
    state = State(wall=lambda: wall)
    for number in range(count):
        index = f"I{number:04d}"
        state.apply("definitions", records.definition(index, f"The index {number}"))
        state.apply("snapshots", records.live(index, seq=1, level=100.0 + number))
    return state


def faults(page: Page) -> list[str]:
    """What it complained of, but that a gateway without tables has no history."""
    return [error for error in page.errors if "/history" not in error]


async def press(page: Page, text: str) -> None:
    """Click the button that is called so."""
    await page.evaluate(
        "[...document.querySelectorAll('button')]"
        f".find((n) => n.textContent.trim() === {text!r}).click()"
    )


async def test_old_figures_that_move_are_those_of_one_who_catches_up(tmp_path: Path) -> None:
    """A log that is read up: what comes is of yesterday, and comes fast."""
    state = of_many(3, wall=T0 + DAY)
    said: dict[str, Any] = {"now": T0 + DAY, "lag": 0.0}
    async with (
        served(state, health=lambda: said) as port,
        open_page(f"http://127.0.0.1:{port}/", tmp_path / "profile") as page,
    ):
        await page.until(f"({CONNECTION} ?? '').startsWith('no figures for')")
        for second in range(200):
            at = T0 + (60 + second) * SECOND
            state.apply("levels", records.level("I0000", 10 + second, at, 100.0 + second, 400.0))
            if await page.evaluate(f"{CONNECTION} === 'catching up'"):
                break
        assert await page.text("#connection") == "catching up"
        # It is there: what stands still and is of now is live.
        state.apply("levels", records.level("I0000", 500, T0 + DAY, 99.0, 400.0))
        await page.until(f"{CONNECTION} === 'live'")
        assert faults(page) == []


async def test_on_paper_are_all_rows_and_no_buttons(tmp_path: Path) -> None:
    async with (
        served(of_many(120), health=lambda: {"now": T0 + HOUR}) as port,
        open_page(f"http://127.0.0.1:{port}/", tmp_path / "profile") as page,
    ):
        await page.resize(1100, 700)
        await page.prefer("dark")
        await page.until(f"{ROWS} > 10")
        assert await page.evaluate(ROWS) < 60
        media = {"name": "prefers-color-scheme", "value": "dark"}
        await page.call("Emulation.setEmulatedMedia", media="print", features=[media])
        await page.until(f"{ROWS} === 120")
        seen = "[...document.querySelectorAll('nav, button, .foot, .state')].filter((n) => "
        buttons = f"{seen} n.checkVisibility() && !n.closest('.vtable')).length"
        assert await page.evaluate(buttons) == 0
        assert await page.evaluate("getComputedStyle(document.body).backgroundColor") in (
            "rgb(255, 255, 255)",
            "rgba(0, 0, 0, 0)",
        )
        last = "document.querySelector('[data-id=I0119]').getBoundingClientRect().bottom"
        assert await page.evaluate(f"{last} > 3000"), "what does not fit on a sheet goes on"
        pdf = base64.b64decode((await page.call("Page.printToPDF"))["data"])
        assert [int(count) >= 3 for count in re.findall(rb"/Count (\d+)", pdf)] == [True]
        await page.call("Emulation.setEmulatedMedia", media="", features=[media])
        await page.until(f"{ROWS} < 60")
        assert faults(page) == []


async def test_times_are_utc_and_the_readers_own_on_wish(tmp_path: Path) -> None:
    async with (
        served(of_many(1), health=lambda: {"now": T0 + HOUR}) as port,
        open_page("about:blank", tmp_path / "profile") as page,
    ):
        await page.call("Emulation.setTimezoneOverride", timezoneId="Asia/Kolkata")
        await page.call("Page.navigate", url=f"http://127.0.0.1:{port}/?view=index&id=I0000")
        await page.until(f"({CLOCK} ?? '').startsWith('2025-11-23 01:0')")
        assert str(await page.evaluate(CLOCK)).endswith(" UTC")
        await press(page, "Settings")
        await press(page, "Local")
        await page.until(f"{CLOCK}.startsWith('2025-11-23 06:3')")
        assert str(await page.evaluate(CLOCK)).endswith(" GMT+5:30")
        await page.call("Page.reload")  # it is kept
        await page.until(f"({CLOCK} ?? '').startsWith('2025-11-23 06:3')")
        await press(page, "Settings")
        await press(page, "UTC")
        await page.until(f"{CLOCK}.startsWith('2025-11-23 01:0')")
        assert faults(page) == []


async def test_a_long_table_scrolls_and_keeps_elements_order_and_focus(tmp_path: Path) -> None:
    shown = "[...document.querySelectorAll('.vtable-row')]"
    tops = f"{shown}.map((n) => n.getBoundingClientRect().top)"
    async with (
        served(of_many(2000), health=lambda: {"now": T0 + HOUR}) as port,
        open_page(f"http://127.0.0.1:{port}/", tmp_path / "profile") as page,
    ):
        await page.resize(1280, 800)
        await page.until(f"{ROWS} > 10 && !document.querySelector('.overview [role=status]')")
        await page.evaluate(
            f"window.held = new Set({shown}); document.querySelector('.star').focus()"
        )
        for place in (400, 3000, 34_000):
            await page.evaluate(f"document.querySelector('.vtable').scrollTop = {place}")
            row = f"I{place // 34 + 5:04d}"
            await page.until(f"document.querySelector('[data-id={row}]') !== null")
        # Rows that went gave their elements to those that came, and the focus to the table.
        assert await page.evaluate(f"{shown}.filter((n) => window.held.has(n)).length") >= 20
        assert await page.evaluate("document.activeElement.className") == "vtable"
        # At rest they stand in the page as they are seen.
        await page.until(f"{tops}.every((top, i, all) => i === 0 || all[i - 1] < top)")
        cells = f"{shown}.every((n) => n.querySelector('b').textContent === n.dataset.id)"
        assert await page.evaluate(cells)
        assert faults(page) == []


@pytest.mark.parametrize("path", ["?view=compare&ids=MIX,EVEN", "v1/reports/MIX,EVEN"])
async def test_axe_finds_nothing_serious(world: World, tmp_path: Path, path: str) -> None:
    async with (
        served(world.state, tables=world.reader) as port,
        open_page(f"http://127.0.0.1:{port}/{path}", tmp_path / "profile") as page,
    ):
        await page.until("document.querySelectorAll('.uplot canvas').length >= 4")
        await page.until("!document.querySelector('.skeleton')")
        assert await serious(page) == {}
