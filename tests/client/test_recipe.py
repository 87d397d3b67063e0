"""The recipe of docs/clients.md for a program that goes on where it was."""

from __future__ import annotations

import re
from contextlib import nullcontext, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

DOC = Path(__file__).resolve().parents[2] / "docs" / "clients.md"


class Feed:
    """Two alerts that came together, behind the place "0"; then somebody ends the program."""

    def __init__(self) -> None:
        self.cursor, self.left = "0", [(1, None), (2, "2")]

    def __iter__(self) -> Feed:
        return self

    def __next__(self) -> SimpleNamespace:
        if not self.left:
            self.cursor = "3"  # others of no concern came
            raise KeyboardInterrupt
        number, cursor = self.left.pop(0)
        return SimpleNamespace(number=number, cursor=cursor)


class Stopped(BaseException):
    pass


@pytest.mark.parametrize(
    ("stops_at", "in_keep", "kept"),
    [(None, False, ["2", "3"]), (1, False, []), (2, False, []), (2, True, ["2"])],
)
def test_the_recipe_keeps_no_older_place_over_a_newer_one(
    stops_at: int | None, in_keep: bool, kept: list[str]
) -> None:
    (recipe,) = re.findall(r"```python\n(with SyncClient.*?)```", DOC.read_text(), re.DOTALL)
    found = list[str]()

    def act_on(alert: Any) -> None:
        if alert.number == stops_at and not in_keep:
            raise Stopped

    def keep(cursor: str) -> None:
        found.append(cursor)
        if in_keep:
            raise Stopped

    client = SimpleNamespace(alerts=lambda *_, **__: Feed())
    names = {"SyncClient": lambda _: nullcontext(client), "URL": "", "kept_cursor": lambda: None}
    with suppress(Stopped, KeyboardInterrupt):
        exec(recipe, {**names, "act_on": act_on, "keep": keep})
    assert found == kept
