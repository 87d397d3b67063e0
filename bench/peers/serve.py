"""How a contestant takes its work: JSON lines on stdin, one answer a line on stdout.

Each contestant is a process of its own, in an environment of its own, that lives through all rounds
and is asked in turn. What it is given and what it found are `.npz` files. It prepares the work in
the form that suits it, which is not timed; a run is timed in CPU seconds of its process.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

Arrays = Mapping[str, Any]
"""Arrays by name."""
Run = Callable[[], tuple[float, Arrays]]
"""Does the work once: CPU seconds, and what came out."""

clock = time.process_time
THRESHOLDS = (0.05, 0.1, 0.2)
"""Drawdowns at which a rule fires; it ceases at half of each."""
BASE_LEVEL, BASE_PRICE = 1000.0, 100.0


def serve(works: Mapping[str, Callable[[Arrays], Run]]) -> None:
    """Answer until stdin ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints must not stand among the answers
    run: Run | None = None
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            if "load" in asked:
                run = None
                with np.load(asked["data"]) as data:
                    given = {name: data[name] for name in data.files}
                run = works[asked["load"]](given)
                answer: dict[str, Any] = {}
            elif run is None:
                answer = {"error": "nothing was loaded"}
            else:
                gc.collect()
                seconds, found = run()
                np.savez(asked["out"], **found)
                answer = {"seconds": seconds}
        except Exception as error:  # noqa: BLE001 - whatever goes wrong there is told in the table
            answer = {"error": f"{type(error).__name__}: {error}"[:300]}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
