"""`keys`: who may ask a gateway beyond loopback, and who may write."""

from __future__ import annotations

from pathlib import Path

import click
import orjson

from engine.periods import iso
from engine.types import SECOND
from gateway.access.keys import SCOPES, BadKeys, KeyFile, Scope
from tidegauge.arguments import LOG_OPTION
from tidegauge.commands import Commands
from tidegauge.durations import DURATION
from tidegauge.errors import Failure, WrongUse
from tidegauge.listening import KEYS_OPTION
from tidegauge.opening import target_of


@click.group(cls=Commands)
def keys() -> None:
    """API keys of a gateway: made, told, revoked. A running gateway sees it within two seconds."""


@keys.command()
@click.argument("name")
@click.option(
    "--scope",
    type=click.Choice(SCOPES),
    default="read",
    show_default=True,
    help="each may what those before it may",
)
@click.option("--expires", type=DURATION, metavar="TIME", help="valid for so long, as 90d")
@LOG_OPTION
@KEYS_OPTION
def add(name: str, scope: Scope, expires: int | None, log: str, keys: Path | None) -> None:
    """Make a key and write it to stdout, once: only a hash of it is kept."""
    if expires is not None and expires <= 0:  # so is `published`, which durations may be elsewhere
        raise WrongUse("--expires: expected a time such as 90d")
    file = _file(log, keys)
    try:
        key, token = file.add(name, scope, expires)
    except BadKeys as error:
        raise Failure(str(error)) from error
    until = f", until {_time(key.expires)}" if key.expires is not None else ""
    click.echo(f"key {key.name!r} ({key.id}) of the scope {scope}{until}, in {file.path}", err=True)
    click.echo(token)


@keys.command("list")
@LOG_OPTION
@KEYS_OPTION
@click.option("--json", "as_json", is_flag=True, help="JSON lines")
def list_(log: str, keys: Path | None, as_json: bool) -> None:
    """All keys there are, without their secrets."""
    import time

    file = _file(log, keys)
    try:
        found = file.read()
    except BadKeys as error:
        raise Failure(str(error)) from error
    used, now = file.used(), time.time_ns()
    for key in found:
        times = {"made": key.made, "used": used.get(key.id), "expires": key.expires}
        told = {name: None if at is None else _time(at) for name, at in times.items()}
        state = key.state(now)
        if as_json:
            row = {"id": key.id, "name": key.name, "scope": key.scope, "state": state, **told}
            click.echo(orjson.dumps(row))
            continue
        said = f"made {told['made']}  used {told['used'] or 'never'}"
        until = f"  expires {told['expires']}" if told["expires"] else ""
        click.echo(f"{key.id}  {key.name:20} {key.scope:6} {state:7}  {said}{until}")
    if not found and not as_json:
        click.echo(f"no keys in {file.path}; make one with `tidegauge keys add`", err=True)


@keys.command()
@click.argument("key")
@LOG_OPTION
@KEYS_OPTION
def revoke(key: str, log: str, keys: Path | None) -> None:
    """End a key, by its name or id. Streams that it has open are closed, too."""
    try:
        ended = _file(log, keys).revoke(key)
    except BadKeys as error:
        raise Failure(str(error)) from error
    click.echo(f"key {ended.name!r} ({ended.id}) is revoked", err=True)


def _file(log: str, keys: Path | None) -> KeyFile:
    path = keys or target_of(log).keys
    if path is None:
        raise WrongUse(
            f"{log} is on Kafka, which keeps no keys: name a file with --keys FILE, here and where "
            "the gateway is started"
        )
    return KeyFile(path)


def _time(at: int) -> str:
    return iso(at // SECOND * SECOND)
