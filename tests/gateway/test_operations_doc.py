"""The table in docs/operations.md is made of the catalogue of figures; it is renewed by
`python -m tests.gateway.test_operations_doc`."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from gateway.catalogue import CATALOGUE

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "operations.md"
TABLE = re.compile(r"(?<=<!-- figures -->\n).*?(?=<!-- end -->)", re.S)
NUMBERS = {17: "seventeen", 18: "eighteen", 19: "nineteen", 20: "twenty"}


def table() -> str:
    rows = ["| figure | kind | labels | served by | |", "| --- | --- | --- | --- | --- |"]
    for declared in CATALOGUE.values():
        labels = ", ".join(f"`{label}`" for label in declared.labels)
        by = ", ".join(f"`{command}`" for command in declared.commands)
        rows.append(f"| `{declared.name}` | {declared.kind} | {labels} | {by} | {declared.help} |")
    return "\n".join(rows) + "\n"


def test_the_table_is_that_of_the_catalogue() -> None:
    [found] = TABLE.findall(DOCUMENT.read_text())
    assert found == table()


def test_every_figure_that_is_named_in_a_page_is_served_or_said_to_be_gone() -> None:
    gone = {"ingest_waiting", "ticks_offset", "prices_offset", "rejected", "duplicates"}
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        for name in re.findall(r"`(tidegauge_[a-z_]*[a-z])`", page.read_text()):
            known = name in CATALOGUE or (
                page.name in ("operations.md", "releases.md")
                and name.removeprefix("tidegauge_") in gone
            )
            assert known, f"{page.name}: {name}"


def test_the_number_of_rules_is_that_of_the_file() -> None:
    groups = yaml.safe_load((ROOT / "deploy" / "prometheus" / "rules.yml").read_text())["groups"]
    alerts = sum("alert" in rule for group in groups for rule in group["rules"])
    assert f"has {NUMBERS[alerts]} alerts" in DOCUMENT.read_text()


def renew() -> None:
    """Put the table of today into the document."""
    DOCUMENT.write_text(TABLE.sub(lambda _: table(), DOCUMENT.read_text()))


if __name__ == "__main__":
    renew()
