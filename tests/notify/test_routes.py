"""Route files: what is read, and one line for each thing that is wrong."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from engine.records import Matchers
from engine.types import HOUR, MINUTE, SECOND
from notify.alert import LoggedAlert
from notify.routes import parse_routes
from notify.secret_values import Secrets
from notify.wording import Wording, text_of, title_of
from tests.notify.world import alert
from tests.tidegauge.running import write
from tidegauge.errors import WrongUse
from tidegauge.routes import read_routes

HOOK = '[[route]]\nwebhook = "http://127.0.0.1:9/"\n'

WHOLE = """
page = "http://127.0.0.1:8321/"
[[route]]
name = "team"
match = { index = ["TOP*", "TWO"], severity = "critical", kind = ["drawdown", "flag"] }
webhook = "https://hooks.example/${TOKEN}"
secret_env = "HOOK_SECRET"
group_wait = "30s"
repeat = "4h"
escalate_after = "15m"
escalate_to = "boss"
quiet = { from = "22:00", to = "07:00", zone = "Europe/Berlin", pass = ["critical"] }
template = { title = "{index} {drawdown:.1%}", text = "{words}" }
[[route]]
name = "boss"
only_escalations = true
alertmanager = "http://127.0.0.1:9093"
"""


def test_a_whole_file() -> None:
    environ = {"TOKEN": "t0k3n", "HOOK_SECRET": "s3cret"}
    routes, page, _ = parse_routes(tomllib.loads(WHOLE), Secrets(environ))
    team, boss = routes
    assert page == "http://127.0.0.1:8321/"
    assert team.match == Matchers(
        index=("TOP*", "TWO"), severity=("critical",), kind=("drawdown", "flag")
    )
    assert (team.target, team.place) == ("https://hooks.example/t0k3n", "https://hooks.example")
    assert (team.secret, team.group_wait, team.repeat) == ("s3cret", 30 * SECOND, 4 * HOUR)
    assert (team.escalate_after, team.escalate_to) == (15 * MINUTE, "boss")
    assert team.quiet is not None
    assert team.quiet.passing == {"critical"}
    assert (boss.name, boss.channel, boss.only_escalations) == ("boss", "alertmanager", True)


def test_secrets_come_from_files_too(tmp_path: Path) -> None:
    secret = write(tmp_path / "token", "t0k3n\n")
    text = (
        f'[[route]]\nwebhook = "https://h.example/${{file:{secret}}}"\nsecret_file = "{secret}"\n'
    )
    (route,) = parse_routes(tomllib.loads(text), Secrets({})).routes
    assert (route.target, route.secret) == ("https://h.example/t0k3n", "t0k3n")
    assert "t0k3n" not in route.name + route.place


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", 0, "no route is defined; add a table [[route]]"),
        ("[route]\nwebhook = 'http://x/'\n", 1, "as a table of its own, [[route]]"),
        ("rout = 1\n" + HOOK, 1, "unknown key; near: route"),
        ("[[route]]\nname = 'a'\n", 1, "names no receiver; add one of webhook, alertmanager"),
        ("[[route]]\nwebhok = 'http://x/'\n", 2, "unknown key; near: webhook"),
        (HOOK + "alertmanager = 'http://x'\n", 3, "make two routes of webhook and alertmanager"),
        (HOOK + "group_wiat = '1s'\n", 3, "unknown key; near: group_wait"),
        ("[[route]]\nwebhook = 'ftp://x/'\n", 2, "expected an address such as https://host/path"),
        ("[[route]]\nwebhook = 'http://x:99999/'\n", 2, "expected an address"),
        ("[[route]]\nwebhook = ''\n", 2, "expected an address as text"),
        ("[[route]]\nwebhook = 'https://x/${HOOK_TOKN}'\n", 2, "HOOK_TOKN is not set (near: HOOK_"),
        ("[[route]]\nwebhook = 'https://x/${A B}'\n", 2, "no name of a variable"),
        (HOOK + "secret_env = 'NOPE'\n", 3, "NOPE is not set; set it before the start"),
        (HOOK + "secret_file = '/nowhere/x'\n", 3, "/nowhere/x cannot be read: No such file"),
        (HOOK + "secret_file = 'no'\n", 3, f"file {Path.cwd() / 'no'} cannot be read: No such"),
        (HOOK + "secret_env = 'HOOK_TOKEN'\nsecret_file = 'x'\n", 4, "not both"),
        ("[[route]]\nalertmanager='http://x'\nsecret_env = 'HOOK_TOKEN'\n", 3, "only webhooks"),
        (HOOK + "match = { severty = 'info' }\n", 3, "unknown key; near: severity"),
        (HOOK + "match = { severity = 'critcal' }\n", 3, "near: critical"),
        (HOOK + "match = { kind = ['drawdwn'] }\n", 3, "no kind 'drawdwn'; near: drawdown"),
        (HOOK + "match = { index = [] }\n", 3, "is empty, so no alert would fit"),
        (HOOK + "match = { index = 5 }\n", 3, "expected a text or a list of texts"),
        (HOOK + "match = 'TOP3'\n", 3, "expected a table"),
        (HOOK + "group_wait = '6m'\n", 3, "out of range (0 s to 300 s)"),
        (HOOK + "repeat = '10s'\n", 3, "out of range (60 s"),
        (HOOK + "repeat = 4\n", 3, 'such as "30s", "15m" or "4h"'),
        (HOOK + "repeat = 'hourly'\n", 3, "expected a duration"),
        (HOOK + "escalate_after = '15m'\n", 3, "needs escalate_to beside it"),
        (HOOK + "escalate_to = 'boss'\n", 3, "needs escalate_after beside it"),
        (HOOK + "escalate_after = '1m'\nescalate_to = 'boss'\n", 4, "no other route 'boss'"),
        (
            HOOK + "name='a'\nescalate_after = '1m'\nescalate_to = 'bos'\n" + HOOK + "name='boss'",
            5,
            "near: boss",
        ),
        (HOOK + HOOK, 3, "give each a name of its own"),
        (HOOK + "name = 'two words'\n", 3, "expected 1 to 60 letters"),
        (HOOK + "only_escalations = 1\n", 3, "expected true or false"),
        (HOOK + "quiet = { from = '22:00' }\n", 3, 'expected a time of day such as "22:00"'),
        (HOOK + "quiet = { from = '22', to = '07:00' }\n", 3, "expected a time of day"),
        (HOOK + "quiet = { from = '22:00', to = '22:00' }\n", 3, "is the same as from"),
        (HOOK + "quiet = { from='22:00', to='07:00', zone='Europe/Berln' }\n", 3, "Europe/Berlin"),
        (HOOK + "quiet = { from='22:00', to='07:00', zone='../x' }\n", 3, "there is no time zone"),
        (HOOK + "quiet = { from='22:00', to='07:00', pas=[] }\n", 3, "unknown key; near: pass"),
        (HOOK + "quiet = { from='22:00', to='07:00', pass=['hi'] }\n", 3, "there is no severity"),
        (HOOK + "template = { titel = 'x' }\n", 3, "unknown key; near: title"),
        (HOOK + "template = { text = '{indx}' }\n", 3, "near: index"),
        (HOOK + "template = { text = '{index' }\n", 3, "for braces that are meant"),
        (HOOK + "template = { text = '{level:q}' }\n", 3, "a format does not fit"),
        (HOOK + "template = { text = '{level.real}' }\n", 3, "is nothing that an alert has"),
        (HOOK + "template = { text = '{level:99999999999}' }\n", 3, "a format that is not taken"),
        ("[[route]]\napprise = 'tgrm://x/y'\n", 2, "no service 'tgrm'; near: tgram"),
        ("[[route]]\napprise = 'tgram://x'\n", 2, "does not take this address of tgram"),
        ("[[routes]]\nwebhook = 'http://x/'\n", 1, "unknown key; near: route"),
        ("[[route]]\nslack = 'https://x/'\n", 2, "Slack, e-mail and others: apprise = "),
        ("[[route]]\nwebhook = ['http://x/t0k3n']\n", 2, "as text, e.g. webhook = "),
        ("[[route]]\nwebhook = 'http://x y/'\n", 2, "expected an address such as"),
        ("[[route]]\nwebhook = 'http://u:t0k3n@[::1/'\n", 2, "expected an address such as"),
        ("[[route]]\nwebhook = 'https://x/$HOOK_TOKEN'\n", 2, "write ${HOOK_TOKEN}, or %24"),
        ("[[route]]\nwebhook = 'https://x/${HOOK_TOKEN'\n", 2, "a ${ is not closed"),
        (HOOK + "secret = 't0k3n'\n", 3, "its name here: secret_env"),
        (HOOK + "match = { index = '^TOP.*$' }\n", 3, "and * stands for anything"),
        (HOOK + "match = { severity = 'high*' }\n", 3, "no severity 'high*'; there are: info"),
        (HOOK + "match = { severity = 'CRITICAL' }\n", 3, "near: critical"),
        (HOOK + "repeat = '0s'\n", 3, "leave it out for never"),
        (HOOK + "quiet = { from='22:00', to='07:00', zone='+02:00' }\n", 3, "expected a place"),
        (HOOK + "only_escalations = true\n", 3, "it would hear of nothing"),
        (
            *(HOOK + "only_escalations = true\nrepeat = '4h'\n", 4),
            "says nothing of a route that hears only_escalations; remove it",
        ),
        (
            *(HOOK + "name='a'\nescalate_after = '1m'\nescalate_to = 'a'\n", 5),
            "is the route itself; name another one",
        ),
        ("[[route]]\nalertmanager = 'http://x/api/v1/alerts'\n", 2, "leave out /api/…"),
        ("[[route\n", 0, "not valid TOML"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    text: str, line: int, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "apprise" in text:
        pytest.importorskip("apprise")
    monkeypatch.setenv("HOOK_TOKEN", "t0k3n")
    file = write(tmp_path / "routes.toml", text)
    with pytest.raises(WrongUse) as caught:
        read_routes(file)
    told = caught.value.format_message()
    assert says in told
    assert told.startswith(f"{file}:{line}: " if line else f"{file}: ")
    assert "\n" not in told
    assert "t0k3n" not in told


def test_a_folder_or_a_misspelt_file_leads_to_what_is_there(tmp_path: Path) -> None:
    write(tmp_path / "routes.toml", HOOK)
    for wrong in (tmp_path, tmp_path / "route.toml"):
        with pytest.raises(WrongUse) as caught:
            read_routes(wrong)
        assert caught.value.format_message().endswith(f"; there is {tmp_path / 'routes.toml'}")


def test_two_routes_may_escalate_to_each_other() -> None:
    text = "".join(
        f'[[route]]\nname = "{name}"\nwebhook = "http://127.0.0.1:9/{name}"\n'
        f'escalate_after = "1m"\nescalate_to = "{other}"\n'
        for name, other in ("ab", "ba")
    )
    routes = parse_routes(tomllib.loads(text), Secrets({})).routes
    assert [(r.name, r.escalate_to) for r in routes] == [("a", "b"), ("b", "a")]


def test_a_word_where_a_template_has_a_number_is_told_in_our_words() -> None:
    because = {"figure": "status", "value": "degraded", "limit": "degraded"}
    body = alert(1, "firing", 1, 0, kind="rule", because=because)
    words = Wording(title="{index} {value:.2f}", text="{value:.2f}")
    told = [LoggedAlert(body, 0, 0)]
    assert title_of(told, "alert", words, "") == "WARNING IX1: drawdown>=0.20 firing"
    assert text_of(told, words, "") == (
        "IX1: status is degraded, limit degraded (warning, since 1970-01-01T00:00:00Z)"
    )
