"""A report as one HTML file: the page as the screens' build made it, with the document inside.

From a disk it asks nobody for anything: its policy allows its own script and its own styles, by
their digests, and no connection at all. Served, it may connect to where it came from.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import orjson

TEMPLATE = Path(__file__).parents[1] / "screens" / "dist" / "report.html"
DATA, TITLE, POLICY = b"%REPORT%", b"%TITLE%", b"<!--policy-->"
"""Where the document, its title and its policy go."""
_MARKS = re.compile(b"(" + b"|".join(re.escape(m) for m in (DATA, TITLE, POLICY)) + b")")
_SCRIPT = re.compile(rb'<script type="module">(.*?)</script>', re.DOTALL)
_STYLE = re.compile(rb"<style>(.*?)</style>", re.DOTALL)


class PageMissing(Exception):  # noqa: N818 - named for what is so
    """This installation has no page for reports; the text says what to do."""


class ReportPage(NamedTuple):
    """A page, and the content security policy that it is to be served with."""

    html: bytes
    policy: str


class _ReportTemplate(NamedTuple):
    text: bytes
    sources: str
    """The policy's words for its own script and styles."""


@cache
def _template() -> _ReportTemplate:
    try:
        text = TEMPLATE.read_bytes()
    except OSError:
        raise PageMissing(
            "the page of reports is not built in this installation; `make screens` builds it, and "
            "a JSON report needs none (--output FILE.json, or Accept: application/json)"
        ) from None
    scripts = " ".join(_digest(found) for found in _SCRIPT.findall(text))
    styles = " ".join(_digest(found) for found in _STYLE.findall(text))
    return _ReportTemplate(text, f"script-src {scripts}; style-src {styles}; img-src data:")


def _digest(text: bytes) -> str:
    """As a policy names an inline script (CSP Level 3, 2.3.1)."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text).digest()).decode()}'"


def served_page(document: Mapping[str, Any]) -> ReportPage:
    """The page for a browser that asks a gateway. Raises PageMissing."""
    policy = (
        f"default-src 'none'; {_template().sources}; connect-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    )
    return ReportPage(_filled(document, b""), policy)


def file_page(document: Mapping[str, Any]) -> bytes:
    """The page as a file. Raises PageMissing."""
    policy = f"default-src 'none'; {_template().sources}; base-uri 'none'; form-action 'none'"
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    return _filled(document, meta.encode())


def _filled(document: Mapping[str, Any], meta: bytes) -> bytes:
    """The page, its marks filled in one pass: what a name or a document holds is no mark."""
    put = {
        TITLE: html.escape(title_of(document)).encode(),
        POLICY: meta,
        DATA: script_json(document),
    }
    parts = _MARKS.split(_template().text)
    return b"".join(put.pop(part, part) if k % 2 else part for k, part in enumerate(parts))


def title_of(document: Mapping[str, Any]) -> str:
    """What a report is called.

    >>> period = {"from": None, "to": None, "name": "2026-Q3"}
    >>> title_of({"indices": [{"name": "Top three"}], "period": period, "as_of": "2026-10-01T"})
    'Top three, 2026-Q3'
    """
    names = ", ".join(one["name"] for one in document["indices"])
    return f"{names}, {document['period']['name'] or document['as_of'][:10]}"


def script_json(document: Mapping[str, Any]) -> bytes:
    """JSON that may stand in a script of a page: nothing in it ends that, or begins another."""
    text = orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY)
    for sign, told in ((b"<", b"\\u003c"), ("\u2028".encode(), b"\\u2028")):
        text = text.replace(sign, told)
    return text.replace("\u2029".encode(), b"\\u2029")
