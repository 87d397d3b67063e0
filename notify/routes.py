"""Route files: which alerts go where. What is wrong with one is told with its place."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from datetime import time
from difflib import get_close_matches
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from engine.alerts.matching import FIELDS, SEVERITIES, fits, known_of
from engine.records import Matchers
from engine.toml_table import DefinitionError, TomlTable
from engine.types import DAY, MINUTE, SECOND
from notify.quiet import Quiet
from notify.reports import ReportPlan, parse_plans
from notify.secret_values import SecretError, Secrets
from notify.wording import TemplateError, Wording, check_template

CHANNELS = ("webhook", "alertmanager", "apprise")
EXAMPLE = 'webhook = "https://host/path"'
NAME = re.compile(r"[A-Za-z0-9_.:-]{1,60}")
PASSING = ("critical",)
"""Severities that are told in quiet hours too, if the file does not say which."""
LONGEST_WAIT = 5 * MINUTE
"""Of a group's first alert; at twice that an alert is no news any more."""
_KEYS = (
    *("name", "match", *CHANNELS, "secret_env", "secret_file", "group_wait", "repeat"),
    *("escalate_after", "escalate_to", "only_escalations", "quiet", "template"),
)
_OF_OWN_ALERTS = ("match", "group_wait", "repeat", "escalate_after", "escalate_to")
_SEEN = re.compile(r"[!-~]+")
"""What an address is made of (RFC 3986, 2): no blank, nothing that cannot be seen."""
_INDEX = re.compile(r"[A-Z0-9_.*-]+")
"""A pattern that an index id can fit: `engine.names.INDEX_ID` with stars."""
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


class Route(NamedTuple):
    """Where alerts of `match` go, and how. Times in ns, None and 0 for never and at once.

    `target` may hold a secret; `place` is what may be told of it. `escalate_to` names the route
    that hears of what nobody has acknowledged; one of `only_escalations` hears of nothing else.
    """

    name: str
    channel: str
    target: str
    place: str
    match: Matchers = Matchers()
    secret: str | None = None
    group_wait: int = 0
    repeat: int | None = None
    escalate_after: int | None = None
    escalate_to: str | None = None
    only_escalations: bool = False
    quiet: Quiet | None = None
    template: Wording = Wording()


class RouteFile(NamedTuple):
    """The routes of a file, the address of the page that messages point to, "" for none, and the
    reports that are made by themselves."""

    routes: tuple[Route, ...]
    page: str = ""
    reports: tuple[ReportPlan, ...] = ()


def parse_routes(document: Mapping[str, Any], secrets: Secrets) -> RouteFile:
    """The routes of a document. Raises DefinitionError with the path of what is wrong."""
    top = TomlTable((), document)
    _close(top, ("route", "report", "page"))
    page = top.get("page", "")
    if page:
        _check_url(top, "page", page)
    reports = parse_plans(top.get("report"))
    tables = top.get("route", [] if reports else None)
    if tables is None:
        raise DefinitionError(
            (), f"no route is defined; add a table [[route]], e.g. with {EXAMPLE}"
        )
    if not isinstance(tables, list) or not (tables or reports):
        top.fail("route", "write each route as a table of its own, [[route]]")
    routes = [
        _route(TomlTable(("route", f"[{number}]"), table), secrets)
        for number, table in enumerate(tables)
    ]
    _check_together(routes)
    return RouteFile(tuple(routes), str(page), reports)


def _route(table: TomlTable, secrets: Secrets) -> Route:
    channel = _channel(table)
    written = table.get(channel)
    if not isinstance(written, str) or not written:
        told = "" if written == "" else f"; this is a {type(written).__name__}"  # it may be secret
        table.fail(channel, f"expected an address as text, e.g. {EXAMPLE}{told}")
    target = _filled(table, channel, written, secrets)
    if channel != "apprise":
        _check_url(table, channel, target)
    if channel == "alertmanager" and "/api/" in target and not target.endswith("/api/v2/alerts"):
        said = "expected Alertmanager's own address, such as http://host:9093; leave out /api/…"
        table.fail(channel, said)
    route = Route(
        name=_name(table, channel, written),
        channel=channel,
        target=target,
        place=_place(target),
        match=_match(table),
        secret=_secret(table, channel, secrets),
        group_wait=_duration(table, "group_wait", 0, LONGEST_WAIT) or 0,
        repeat=_duration(table, "repeat", MINUTE, 30 * DAY),
        escalate_after=_duration(table, "escalate_after", SECOND, 30 * DAY),
        escalate_to=table.get("escalate_to"),
        only_escalations=_flag(table, "only_escalations"),
        quiet=_quiet(table),
        template=_template(table),
    )
    _check_escalations_only(table, route)
    if (route.escalate_after is None) != (route.escalate_to is None):
        lacking = "escalate_to" if route.escalate_to is None else "escalate_after"
        given = "escalate_after" if route.escalate_to is None else "escalate_to"
        says = 'the name of another route, e.g. "boss"' if lacking == "escalate_to" else '"15m"'
        table.fail(given, f"needs {lacking} beside it: {says}")
    _close(table, _KEYS)
    return route


def _check_escalations_only(table: TomlTable, route: Route) -> None:
    """What is escalated is told at once, once, whatever it is, and goes no further."""
    for key in _OF_OWN_ALERTS if route.only_escalations else ():
        if key in table.table:
            table.fail(key, "says nothing of a route that hears only_escalations; remove it")


def _channel(table: TomlTable) -> str:
    given = [channel for channel in CHANNELS if channel in table.table]
    if len(given) == 1:
        return given[0]
    if given:
        table.fail(given[1], f"a route has one receiver; make two routes of {' and '.join(given)}")
    for key in table.table:
        if near := get_close_matches(key, CHANNELS, n=1):
            table.fail(key, f"unknown key; near: {near[0]}")
        if key not in _KEYS:
            said = f"a route's receiver is one of {', '.join(CHANNELS)}; Slack, e-mail and others: "
            table.fail(key, f'unknown key; {said}apprise = "slack://…"')
    raise DefinitionError(
        table.path, f"names no receiver; add one of {', '.join(CHANNELS)}, e.g. {EXAMPLE}"
    )


def _filled(table: TomlTable, key: str, text: str, secrets: Secrets) -> str:
    try:
        return secrets.fill(text)
    except SecretError as error:
        table.fail(key, str(error))


def _name(table: TomlTable, channel: str, written: str) -> str:
    """As given, or of what is written in the file, so that it stays when secrets or places do."""
    name = table.get("name")
    if name is None:
        return f"{channel}-{hashlib.sha256(written.encode()).hexdigest()[:6]}"
    if not isinstance(name, str) or not NAME.fullmatch(name):
        table.fail("name", f"expected 1 to 60 letters, digits, and any of _ . : -, got {name!r}")
    return name


def _place(target: str) -> str:
    parts = urlsplit(target)
    return f"{parts.scheme}://{parts.hostname or '…'}" if parts.scheme else "…"


def _check_url(table: TomlTable, key: str, url: object) -> None:
    fine = isinstance(url, str) and _SEEN.fullmatch(url) is not None
    try:
        parts = urlsplit(str(url))  # raises where a host or a port is none
        fine = (
            fine and parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        )
    except ValueError:
        fine = False
    if not fine:
        table.fail(key, "expected an address such as https://host/path (http:// or https://)")


def _secret(table: TomlTable, channel: str, secrets: Secrets) -> str | None:
    given = [key for key in ("secret_env", "secret_file") if table.get(key) is not None]
    if not given:
        return None
    if channel != "webhook":
        table.fail(given[0], "only webhooks are signed; remove it")
    if len(given) > 1:
        table.fail(given[1], "give secret_env or secret_file, not both")
    (key,) = given
    value = table.get(key)
    if not isinstance(value, str) or not value:
        table.fail(key, f"expected a name as text, got {value!r}")
    try:
        return secrets.of_environment(value) if key == "secret_env" else secrets.of_file(value)
    except SecretError as error:
        table.fail(key, str(error))


def _match(table: TomlTable) -> Matchers:
    if table.get("match") is None:
        return Matchers()
    match = TomlTable((*table.path, "match"), table.get("match"))
    return matchers_of(match)


def matchers_of(match: TomlTable) -> Matchers:
    """What a table of patterns means. Raises DefinitionError."""
    found = {field: _patterns(match, field) for field in FIELDS}
    for pattern in found["index"]:
        if not _INDEX.fullmatch(pattern):
            said = "ids have A-Z, 0-9 and _ . - alone, and * stands for anything"
            match.fail("index", f"no index is like {pattern!r}: {said}")
    for field in ("kind", "severity"):
        known = known_of(field)
        for pattern in found[field]:
            if not any(fits(pattern, name) for name in known):
                match.fail(field, f"there is no {field} {pattern!r}; {_near(pattern, known)}")
    _close(match, FIELDS)
    return Matchers(**found)


def _patterns(match: TomlTable, field: str) -> tuple[str, ...]:
    value = match.get(field, [])
    patterns = [value] if isinstance(value, str) else value
    if not isinstance(patterns, list) or not all(
        isinstance(p, str) and 0 < len(p) <= 200 for p in patterns
    ):
        match.fail(field, f"expected a text or a list of texts, got {value!r}")
    if not patterns and field in match.table:
        match.fail(field, "is empty, so no alert would fit; leave it out for all")
    return tuple(patterns)


def _duration(table: TomlTable, key: str, low: int, high: int) -> int | None:
    value = table.get(key)
    if value is None:
        return None
    if value == "0s" and low == 0:
        return 0
    if value == "0s":
        table.fail(key, "is never so short; leave it out for never")
    if not isinstance(value, str):
        table.fail(key, f'expected a duration such as "30s", "15m" or "4h", got {value!r}')
    return table.duration(key, "", low, high)


def _flag(table: TomlTable, key: str) -> bool:
    value = table.get(key, False)
    if not isinstance(value, bool):
        table.fail(key, f"expected true or false, got {value!r}")
    return value


def _quiet(table: TomlTable) -> Quiet | None:
    if table.get("quiet") is None:
        return None
    quiet = TomlTable((*table.path, "quiet"), table.get("quiet"))
    start, end = _clock(quiet, "from"), _clock(quiet, "to")
    if start == end:
        quiet.fail("to", "is the same as from; give another end")
    name = quiet.get("zone", "UTC")
    try:
        zone = ZoneInfo(name)
    except (ValueError, TypeError, OSError, KeyError):
        known = available_timezones()
        near = get_close_matches(str(name), known, n=3, cutoff=0.7)
        said = f"near: {', '.join(near)}" if near else 'expected a place, e.g. "Europe/Berlin"'
        if not known:
            said = "this machine has no time zones; install the package tzdata"
        quiet.fail("zone", f"there is no time zone {name!r}; {said}")
    passing = _patterns(quiet, "pass") if "pass" in quiet.table and quiet.get("pass") else ()
    for severity in passing:
        if severity not in SEVERITIES:
            quiet.fail("pass", f"there is no severity {severity!r}; {_near(severity, SEVERITIES)}")
    _close(quiet, ("from", "to", "zone", "pass"))
    told = frozenset(passing if "pass" in quiet.table else PASSING)
    return Quiet(start, end, zone, told)


def _clock(quiet: TomlTable, key: str) -> time:
    value = quiet.get(key)
    if isinstance(value, time):
        return value.replace(tzinfo=None)
    found = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        quiet.fail(key, f'expected a time of day such as "22:00", got {value!r}')
    return time(int(found[1]), int(found[2]))


def _template(table: TomlTable) -> Wording:
    if table.get("template") is None:
        return Wording()
    template = TomlTable((*table.path, "template"), table.get("template"))
    found = {key: template.get(key) for key in ("title", "text")}
    for key, text in found.items():
        if text is None:
            continue
        if not isinstance(text, str):
            template.fail(key, f"expected a text, got {text!r}")
        try:
            check_template(text)
        except TemplateError as error:
            template.fail(key, str(error))
    _close(template, tuple(found))
    return Wording(**found)


def _check_together(routes: list[Route]) -> None:
    names = [route.name for route in routes]
    for number, route in enumerate(routes):
        path = ("route", f"[{number}]")
        if names.index(route.name) != number:
            first = names.index(route.name) + 1
            raise DefinitionError(
                (*path, "name"), f"route {first} is {route.name!r} too; give each a name of its own"
            )
        if route.only_escalations and route.name not in {r.escalate_to for r in routes}:
            raise DefinitionError(
                (*path, "only_escalations"),
                f"no route escalates to {route.name!r}, so it would hear of nothing; "
                f'write escalate_to = "{route.name}" and escalate_after into another, or remove it',
            )
        if route.escalate_to is None:
            continue
        if route.escalate_to == route.name:
            raise DefinitionError(
                (*path, "escalate_to"), "is the route itself; name another one, or add one"
            )
        others = [name for name in names if name != route.name]
        if not isinstance(route.escalate_to, str) or route.escalate_to not in others:
            raise DefinitionError(
                (*path, "escalate_to"),
                f"there is no other route {route.escalate_to!r}; "
                f"{_near(str(route.escalate_to), others)}",
            )


def _near(name: str, known: Collection[str]) -> str:
    near = get_close_matches(name, known, n=3, cutoff=0.5)
    near = near or get_close_matches(name.lower(), known, n=3, cutoff=0.5)
    if near:
        return f"near: {', '.join(near)}"
    listed: Iterable[str] = sorted(known)[:12] if len(known) > 12 else known
    return f"there are: {', '.join(listed)}" if known else "there are none"


def _close(table: TomlTable, known: Collection[str]) -> None:
    for key in table.table:
        if key == "secret" and "secret_env" in known:
            said = "a secret stays out of the file: put it into a variable of the environment"
            table.fail(key, f'unknown key; {said}, and its name here: secret_env = "HOOK_SECRET"')
        if key not in known:
            several = isinstance(table.table[key], list) and not table.path  # the first has a line
            path = (*table.path, key, *(("[0]",) if several else ()))
            raise DefinitionError(path, f"unknown key; {_near(key, known)}")
