"""Durations on the command line."""

from __future__ import annotations

from typing import Any

import click

from engine.toml_table import DefinitionError, parse_duration

PUBLISHED = -1
"""Stands for the cadence at which a log's snapshots were published."""


class _Duration(click.ParamType):
    """`1h`, `30d` …, to ns; or `published`."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """To ns; exit 2 where it is no duration."""
        if isinstance(value, int):
            return value
        if value == "published":
            return PUBLISHED
        try:
            return parse_duration(value)
        except DefinitionError as error:
            self.fail(error.message, param, ctx)


DURATION = _Duration()
