"""Alerts in words: the templates of a route, and the sentences where it gives none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import Formatter
from typing import Any, NamedTuple

from engine.alerts.matching import is_slow, weight
from engine.numbers import is_number
from engine.periods import iso
from engine.types import DAY, HOUR, MINUTE, SECOND
from notify.alert import LoggedAlert

TITLE = "{SEVERITY} {index}: {rule} {state}"
FIELDS = (
    *("SEVERITY", "severity", "index", "kind", "rule", "state", "level", "peak", "drawdown"),
    *("figure", "value", "limit", "at", "since", "words", "reason", "episode", "id", "page"),
)
"""What may stand in the braces of a template."""
LISTED = 20
"""Alerts that a text lists; nobody reads more on a telephone."""
LONGEST_TEXT = 3500
"""Characters; Telegram takes 4,096 and most others more."""
_LONGEST_FORMAT = 8
_EXAMPLE = {
    **dict.fromkeys(FIELDS, "x"),
    **dict.fromkeys(("level", "peak", "drawdown", "value", "limit"), 1.5),
}


class TemplateError(ValueError):
    """A template cannot be used. The text says why."""


class Wording(NamedTuple):
    """How alerts are worded: the title of a message of one alert, and the text of each alert;
    None for ours."""

    title: str | None = None
    text: str | None = None


class _Undefined:
    """What an alert does not say; a dash in any format."""

    def __format__(self, _: str) -> str:
        return "–"


_UNDEFINED = _Undefined()


def check_template(text: str) -> None:
    """Raises TemplateError where a template names what no alert has, or formats it wrongly."""
    from difflib import get_close_matches

    try:
        parts = list(Formatter().parse(text))
    except ValueError as error:
        raise TemplateError(f"{error}; write {{{{ and }}}} for braces that are meant") from None
    for _, name, form, conversion in parts:
        if name is None:
            continue
        if name not in FIELDS:
            near = get_close_matches(name, FIELDS, n=2)
            said = f"near: {', '.join(near)}" if near else f"there are: {', '.join(FIELDS)}"
            raise TemplateError(f"{{{name}}} is nothing that an alert has; {said}")
        if conversion or len(form or "") > _LONGEST_FORMAT or "{" in (form or ""):
            raise TemplateError(f"{{{name}}} has a format that is not taken; e.g. {{level:.2f}}")
    try:
        text.format_map(_EXAMPLE)
    except (ValueError, TypeError) as error:
        raise TemplateError(f"a format does not fit: {error}; e.g. {{drawdown:.1%}}") from None


def title_of(alerts: Sequence[LoggedAlert], reason: str, template: Wording, page: str) -> str:
    """The title of a message."""
    if reason == "away":
        fires = sum(alert.fires for alert in alerts)
        return f"While you were away: {_count(alerts)}, {fires} of them began"
    if len(alerts) > 1:
        return f"{_count(alerts)}: {_by_state(alerts)}"
    begin = {"repeat": "Still: ", "escalation": "Not acknowledged: "}.get(reason, "")
    (alert,) = alerts
    return begin + (_filled(template.title, alert, page) or _filled(TITLE, alert, page) or "")


def text_of(
    alerts: Sequence[LoggedAlert],
    template: Wording,
    page: str,
    *,
    doubtful: bool = False,
    unlisted: int = 0,
) -> str:
    """The text of a message: a line an alert, the worst first where there are many."""
    order = sorted(alerts, key=_order) if len(alerts) > LISTED else list(alerts)
    lines = [line_of(alert, template, page) for alert in order[:LISTED]]
    more = len(alerts) - len(lines) + unlisted
    while len(lines) > 1 and sum(map(len, lines)) > LONGEST_TEXT:
        lines.pop()
        more += 1
    if more:
        lines.append(f"… and {more} more; `tidegauge alerts list` shows what fires now")
    if doubtful:
        lines.append("(Sent again: whether it arrived before is not known.)")
    if page:
        lines.append(page)
    return "\n".join(lines)[: LONGEST_TEXT + 500]


def line_of(alert: LoggedAlert, template: Wording, page: str) -> str:
    """One alert in words."""
    return _filled(template.text, alert, page) or sentence(alert.body)


def _filled(template: str | None, alert: LoggedAlert, page: str) -> str | None:
    """A template with what an alert says; None where there is none, or the alert has a word where
    it formats a number, as the value of `status` is one."""
    try:
        return None if template is None else template.format_map(fields_of(alert.body, page))
    except ValueError:
        return None


def sentence(body: Mapping[str, Any]) -> str:
    """An alert as one sentence.

    >>> sentence({"index": "TOP3", "kind": "drawdown", "state": "firing", "drawdown": 0.104,
    ...     "level": 929.5, "peak": 1037.27, "severity": "warning", "at": 0})
    'TOP3 is 10.4 % below its peak of 1037.27, at 929.50 (warning, since 1970-01-01T00:00:00Z)'
    """
    told = fields_of(body, "")
    index, at, severity = told["index"], told["at"], told["severity"]
    if body.get("state") == "resolved":
        why = f" ({body['reason']})" if body.get("reason") else ""
        level = f", level {body['level']:.2f}" if is_number(body.get("level")) else ""
        return f"{index}: {told['rule']} is over{why}{level} (at {at})"
    if told["words"] is not _UNDEFINED:
        return f"{told['words']} ({severity}, since {at})"
    if body.get("kind") == "drawdown" and is_number(body.get("drawdown")):
        peak = f" of {body['peak']:.2f}" if is_number(body.get("peak")) else ""
        level = f", at {body['level']:.2f}" if is_number(body.get("level")) else ""
        fall = f"{100 * body['drawdown']:.1f} %"
        return f"{index} is {fall} below its peak{peak}{level} ({severity}, since {at})"
    if body.get("kind") == "rule" and told["figure"] is not _UNDEFINED:
        return (
            f"{index}: {told['figure']} is {told['value']}, limit {told['limit']} "
            f"({severity}, since {at})"
        )
    return f"{index}: {told['rule']} ({severity}, since {at})"


def fields_of(body: Mapping[str, Any], page: str) -> dict[str, Any]:
    """What a template may say of an alert; times as text, what is not told as a dash."""
    because, evidence = body.get("because") or {}, body.get("evidence") or {}
    found: dict[str, Any] = {}
    for name in FIELDS:
        told = body.get(name)
        if told is None:
            told = because.get(name, evidence.get(name))
        found[name] = _UNDEFINED if told is None else told
    found["SEVERITY"] = str(body.get("severity") or "alert").upper()
    found["at"] = iso(body["at"] // SECOND * SECOND)
    began = body.get("began", body["at"] if body.get("state") == "firing" else None)
    found["since"] = _UNDEFINED if began is None else iso(began // SECOND * SECOND)
    found["page"] = page
    return found


def lasted(ns: int) -> str:
    """A span of time as people say it.

    >>> lasted(90 * 60 * 10**9), lasted(5 * 10**9)
    ('1h 30m', '5s')
    """
    parts = []
    for unit, name in ((DAY, "d"), (HOUR, "h"), (MINUTE, "m"), (SECOND, "s")):
        count, ns = divmod(ns, unit)
        if count:
            parts.append(f"{count}{name}")
    return " ".join(parts[:2]) or "0s"


def _order(alert: LoggedAlert) -> tuple[bool, bool, int, int]:
    return not alert.fires, is_slow(alert.body), -weight(alert.body), -alert.at


def _count(alerts: Sequence[LoggedAlert]) -> str:
    return f"{len(alerts)} alert{'s' if len(alerts) != 1 else ''}"


def _by_state(alerts: Sequence[LoggedAlert]) -> str:
    fires = sum(alert.fires for alert in alerts)
    told = [(fires, "firing"), (len(alerts) - fires, "resolved")]
    return ", ".join(f"{count} {state}" for count, state in told if count)
