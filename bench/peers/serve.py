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


def first(given: Arrays, most: int) -> tuple[Arrays, float]:
    """The work with at most its first `most` indices, and what to multiply its time with.

    For contestants with an object an index, whose cost is linear in their number: many indices
    would take them minutes, and fewer are rather kind to them.
    """
    count = int(given["indices"])
    if count <= most:
        return given, 1.0
    few = {name: given[name][:most] for name in ("members", "weights", "holding") if name in given}
    if "returns" in given:
        few["returns"] = given["returns"][:, :most]
    return {**given, **few, "indices": most}, count / most


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
