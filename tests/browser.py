"""A headless Chromium spoken to over its DevTools protocol, for tests of the pages.

Protocol: chromedevtools.github.io/devtools-protocol. Only what the tests need.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import os
import shutil
import signal
import tempfile
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless",
    "--no-sandbox",  # Chromium refuses to run as root with it
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
)
START_SECONDS = 60.0
WAIT_SECONDS = 20.0


def find_browser() -> str:
    """The browser's path; skips the test where there is none, fails it in CI."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    missing = f"no browser found; install one of {', '.join(NAMES)}"
    if os.environ.get("CI") == "true":
        pytest.fail(missing)
    pytest.skip(missing)


class RefusedCall(AssertionError):
    """The browser did not do what it was asked for."""


class Page:
    """One tab. `errors` holds what the page threw or complained of."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._ids = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.errors: list[str] = []

    async def listen(self) -> None:
        """Take messages until the browser is gone."""
        async for text in self._socket:
            message = json.loads(text)
            if "id" in message:
                self._answers.pop(message["id"]).set_result(message)
            elif message["method"] == "Runtime.exceptionThrown":
                self.errors.append(json.dumps(message["params"]["exceptionDetails"]))
            elif message["method"] == "Log.entryAdded":
                entry = message["params"]["entry"]
                if entry["level"] == "error":
                    self.errors.append(f"{entry['text']} {entry.get('url', '')}")

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._ids)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        await self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        async with asyncio.timeout(WAIT_SECONDS):
            message = await answer
        if "error" in message:
            raise RefusedCall(f"{method}: {message['error']}")
        return message["result"]

    async def evaluate(self, expression: str) -> Any:
        """The JSON value of a JavaScript expression."""
        found = await self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in found, f"{expression}: {found['exceptionDetails']}"
        return found["result"].get("value")

    async def text(self, selector: str) -> str | None:
        """The text of the first element that matches; None where there is none."""
        return await self.evaluate(f"document.querySelector({json.dumps(selector)})?.textContent")

    async def texts(self, selector: str) -> list[str]:
        return await self.evaluate(
            f"[...document.querySelectorAll({json.dumps(selector)})].map((n) => n.textContent)"
        )

    async def _is_true(self, expression: str) -> bool:
        try:
            return bool(await self.evaluate(expression))
        except RefusedCall as error:
            if "navigated" in str(error):  # one page has gone, the next is not there yet
                return False
            raise

    async def until(self, expression: str, seconds: float = WAIT_SECONDS) -> None:
        """Wait until a JavaScript expression is true; fails with what the page shows instead."""
        end = asyncio.get_running_loop().time() + seconds
        while not await self._is_true(expression):
            if asyncio.get_running_loop().time() > end:
                shown = await self.evaluate("document.body.innerText")
                pytest.fail(f"never true: {expression}\n{self.errors}\n{shown}")
            await asyncio.sleep(0.05)

    async def resize(self, width: int, height: int) -> None:
        await self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )

    async def prefer(self, scheme: str) -> None:
        """`light` or `dark`."""
        feature = {"name": "prefers-color-scheme", "value": scheme}
        await self.call("Emulation.setEmulatedMedia", features=[feature])

    async def screenshot(self) -> bytes:
        """The visible part as PNG."""
        found = await self.call("Page.captureScreenshot", format="png")
        return base64.b64decode(found["data"])

    async def go(self, url: str) -> None:
        for domain in ("Runtime", "Log", "Page"):
            await self.call(f"{domain}.enable")
        await self.call("Page.navigate", url=url)


@asynccontextmanager
async def open_page(url: str, profile: Path) -> AsyncIterator[Page]:
    """Open `url` in a browser of its own with a new, empty `profile`; end the browser after."""
    # It leaves a socket behind; the path of `profile` may be too long for one.
    scratch = await asyncio.to_thread(tempfile.mkdtemp, prefix="page-")
    process = await asyncio.create_subprocess_exec(
        find_browser(),
        *FLAGS,
        f"--user-data-dir={profile}",
        "about:blank",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        env=os.environ | {"TMPDIR": scratch},
        start_new_session=True,  # so that its helpers end with it
    )
    try:
        port = await _debugging_port(profile / "DevToolsActivePort", process)
        async with connect(await _tab(port), max_size=None, proxy=None) as socket:
            page = Page(socket)
            listening = asyncio.create_task(page.listen())
            try:
                await page.go(url)
                yield page
            finally:
                listening.cancel()
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        await asyncio.to_thread(shutil.rmtree, scratch, ignore_errors=True)


async def _debugging_port(file: Path, process: asyncio.subprocess.Process) -> int:
    end = asyncio.get_running_loop().time() + START_SECONDS
    while (port := _port_in(file)) is None:
        assert process.returncode is None, f"the browser ended with {process.returncode}"
        assert asyncio.get_running_loop().time() < end, "the browser did not start"
        await asyncio.sleep(0.05)
    return port


def _port_in(file: Path) -> int | None:
    """The port that the browser writes in the first of two lines; None before it has."""
    text = file.read_text() if file.exists() else ""
    return int(text.split()[0]) if "\n" in text else None


async def _tab(port: int) -> str:
    """The DevTools address of the first tab."""
    end = asyncio.get_running_loop().time() + START_SECONDS
    async with httpx.AsyncClient(trust_env=False) as client:
        while True:
            answer = await client.get(f"http://127.0.0.1:{port}/json/list", timeout=START_SECONDS)
            tabs = [tab for tab in answer.json() if tab["type"] == "page"]
            if tabs:
                return str(tabs[0]["webSocketDebuggerUrl"])
            assert asyncio.get_running_loop().time() < end, "the browser opened no tab"
            await asyncio.sleep(0.05)
