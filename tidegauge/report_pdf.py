"""A page as a PDF, by a Chromium that is installed here."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tidegauge.errors import Failure
from tidegauge.outputs import beside_of

NAMES = (
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge"),
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
"""Under which it is found: of Debian, of Google, of Microsoft, of macOS."""
SECONDS = 60.0
"""For one page; a few are what it takes on a slow machine."""


def chromium_here() -> str:
    """The program. Raises Failure where there is none."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise Failure(
            "--pdf: no Chromium or Chrome is installed here, and a PDF is printed by one; install "
            "it (Debian: apt install chromium), or print the HTML from a browser"
        )
    return found


def print_pdf(chromium: str, page: Path) -> Path:
    """Print a page beside itself. Raises Failure."""
    made = page.with_suffix(".pdf")
    beside = beside_of(made)
    try:
        _print(chromium, page, beside, made)
        os.replace(beside, made)
    finally:
        beside.unlink(missing_ok=True)
    return made


def _print(chromium: str, page: Path, beside: Path, made: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="tidegauge-pdf-") as profile:
        command = [
            *(chromium, "--headless", "--disable-gpu", "--no-first-run", "--no-pdf-header-footer"),
            *("--disable-dev-shm-usage", f"--user-data-dir={profile}"),
            # Chromium refuses to sandbox itself for root; the page is our own and reaches nothing.
            *(["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),
            *(f"--print-to-pdf={beside.absolute()}", page.absolute().as_uri()),
        ]
        try:
            done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Failure(f"{made}: {chromium} did not print it: {error}") from error
    if done.returncode != 0 or not beside.is_file():
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        said = lines[-1] if lines else f"it ended with {done.returncode}"
        raise Failure(f"{made}: {chromium} did not print it: {said}")
