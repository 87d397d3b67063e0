"""Running the `tidegauge` command as a user does, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

COMMAND = [str(Path(sys.executable).with_name("tidegauge"))]


def run(*args: object, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run to the end; five minutes are far above what any of these take, on a busy machine too."""
    words = [*COMMAND, *map(str, args)]
    return subprocess.run(
        words, capture_output=True, text=True, timeout=300, check=False, **options
    )


def one_line(result: subprocess.CompletedProcess[str], code: int) -> str:
    """The error of a failed run: the right exit code, one line on stderr, no traceback."""
    assert result.returncode == code, (result.returncode, result.stderr)
    lines = [line for line in result.stderr.splitlines() if not line.startswith("compiling")]
    # click puts the usage before an error of its own arguments.
    lines = [line for line in lines if not line.startswith(("Usage:", "Try '")) and line]
    assert len(lines) == 1, result.stderr
    assert "Traceback" not in result.stderr
    return lines[0]
