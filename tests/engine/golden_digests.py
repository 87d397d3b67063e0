"""Pins the bytes of a golden log to the version of the numbers.

`python -m tests.engine.golden_digests` pins today's. It refuses for a version that is released,
which is one of which a log is kept in `tests/fixtures`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from engine.types import NUMBERS
from tests.engine.golden_run import run

PINNED = Path(__file__).with_name("golden_digests.json")
FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
COMMAND = "python -m tests.engine.golden_digests"


def pinned() -> dict[str, str]:
    """The digest of each version, the newest last."""
    found: dict[str, str] = json.loads(PINNED.read_text())
    return found


def is_released(numbers: str) -> bool:
    """Whether logs of this version are out in the world."""
    return (FIXTURES / f"v{numbers}").exists()


def advice() -> str:
    """What to do where the bytes are not those that are pinned."""
    if is_released(NUMBERS):
        return (
            f'the golden log gives other bytes than numbers "{NUMBERS}" published. If that is '
            "meant: raise NUMBERS in engine/types.py, say in docs/releases.md which figures change "
            f"and why, then run `{COMMAND}`"
        )
    return (
        f'the golden log gives other bytes than are pinned for numbers "{NUMBERS}", which are not '
        "released yet. If that is meant: say in docs/releases.md which figures change and why, "
        f"then run `{COMMAND}`"
    )


def main() -> int:
    """Pin the digest of today's bytes to today's version."""
    print(
        "running the golden log (a minute or two where the engine is compiled first) …", flush=True
    )
    digest, found = run().published, pinned()
    if found.get(NUMBERS) == digest:
        print(f'numbers "{NUMBERS}": pinned already')
    elif is_released(NUMBERS):
        print(advice(), file=sys.stderr)
        return 1
    else:
        PINNED.write_text(json.dumps(found | {NUMBERS: digest}, indent=1) + "\n")
        print(f'numbers "{NUMBERS}": {digest}')
    return 0


if __name__ == "__main__":
    sys.exit(main())
