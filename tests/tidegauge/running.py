"""A running `tidegauge up` or `serve`: started as a process, watched over HTTP, stopped."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from tests.tidegauge.command import COMMAND

DEADLINE = 60.0


class Running:
    """`with Running("up", …) as up:` waits until the page is served; the process never outlives it.

    `output` holds what stdout said once stopped, `code` the exit code.
    """

    def __init__(self, *args: object) -> None:
        self.args = [*COMMAND, *map(str, args), "--port", "0"]
        self.url = ""
        self.output: list[str] = []
        self.errors = ""
        self.code: int | None = None

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            self.args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output.append(line.rstrip("\n"))
            if match := re.search(r"http://\S+", line):
                self.url = match[0].rstrip("/")
                return self
        _, errors = self.process.communicate(timeout=DEADLINE)
        raise AssertionError(f"did not start: {errors}")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.code is None:
            self.kill()

    def get(self, path: str) -> Any:
        """The JSON of a GET."""
        return httpx.get(self.url + path, timeout=10.0).json()

    def until(self, path: str, holds: Callable[[Any], Any], seconds: float = DEADLINE) -> Any:
        """Poll a path until what it says holds; that answer."""
        deadline = time.monotonic() + seconds
        found = None
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.process.communicate()
            found = self.get(path)
            if holds(found):
                return found
            time.sleep(0.05)
        raise AssertionError(f"{path} never held: {json.dumps(found)[:2000]}")

    def end(self, number: int = signal.SIGTERM) -> None:
        """End it as a person does; it must end well."""
        self.process.send_signal(number)
        rest, self.errors = self.process.communicate(timeout=DEADLINE)
        self.output += rest.splitlines()
        self.code = self.process.returncode
        assert self.code == 0, self.errors

    def stop(self, number: int = signal.SIGTERM) -> dict[str, Any]:
        """The same for `up`; the counts of its last line."""
        self.end(number)
        found: dict[str, Any] = json.loads(self.output[-1])
        return found

    def kill(self) -> None:
        """SIGKILL."""
        self.process.kill()
        rest, self.errors = self.process.communicate(timeout=DEADLINE)
        self.output += rest.splitlines()
        self.code = self.process.returncode


def jsonl(text: str) -> list[dict[str, Any]]:
    """The objects of JSON lines."""
    return [json.loads(line) for line in text.splitlines()]


def write(file: Path, text: str) -> Path:
    """A file with this text."""
    file.write_text(text)
    return file
