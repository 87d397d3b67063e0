"""Where the command begins, also as `python -m tidegauge`: before anything else is imported."""

from __future__ import annotations

import atexit
import gc
import signal
from pathlib import Path

_YOUNG = 50_000
"""Objects made before garbage is looked for; Python's own is 700. Nothing that imports make is
garbage, and to look through it again and again took a tenth of a start."""


def run() -> None:
    """Import the commands and run the one that is asked for."""
    # Ctrl-C while modules are imported: end as any program does, without a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    gc.set_threshold(_YOUNG)
    from tidegauge.compiled_files import forget_older

    forget_older(Path(__file__).parents[1])
    from tidegauge.cli import main

    signal.signal(signal.SIGINT, signal.default_int_handler)
    # At the end nothing is looked through for garbage: the process gives all of it back.
    atexit.register(gc.freeze)
    main(prog_name="tidegauge")


if __name__ == "__main__":
    run()
