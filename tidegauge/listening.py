"""Where `serve`, `up` and `demo` listen, and whom they let in: their options, checked at the start.

A gateway on loopback lets whoever is on this machine look. Beyond it, it listens only with keys,
and only where nobody on the way can read them: over TLS, or behind a proxy that it is told of.
"""

from __future__ import annotations

import ssl
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tidegauge.arguments import HOST_OPTION, Whole
from tidegauge.errors import Failure, WrongUse

if TYPE_CHECKING:
    from gateway.access.keys import Key
    from gateway.access.names import IPNetwork, Origin
    from gateway.access.policy import Access
    from tidegauge.opening import Target

_WILDCARDS = ("0.0.0.0", "::", "")
KEYS_OPTION = click.option(
    "--keys",
    "keys",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="file of API keys; beside the log of a directory if not given",
)


@dataclass(frozen=True, slots=True)
class Listening:
    """What the options say."""

    host: str
    port: int
    allowed_hosts: Sequence[str] = ()
    cors_origins: Sequence[str] = ()
    keys: Path | None = None
    certificate: Path | None = None
    private_key: Path | None = None
    proxies: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Door:
    """The same, checked: what `gateway.server.serve` and `gateway.app.create_app` are given."""

    host: str
    port: int
    access: Access
    tls: ssl.SSLContext | None = None
    once: str = field(default="", repr=False)
    """The token of a key that was made for this run."""

    def url(self, port: int) -> str:
        """Where a browser finds it."""
        host = "localhost" if self.host in _WILDCARDS else self.host
        shown = f"[{host}]" if ":" in host else host
        return f"http{'s' * (self.tls is not None)}://{shown}:{port}/"

    @property
    def serving(self) -> dict[str, Any]:
        """Further arguments of `gateway.server.serve`."""
        access = self.access
        return {"tls": self.tls, "proxies": access.proxies, "refused": access.refused}


def listened_at(default: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Gives a command the options of a gateway, as its `listening`."""
    options = (
        click.option(
            "--port", type=Whole(0, 65535), default=default, show_default=True, help="of the page"
        ),
        HOST_OPTION,
        click.option(
            "--allowed-host",
            "allowed_hosts",
            multiple=True,
            metavar="NAME",
            help="another name that requests may be for",
        ),
        click.option(
            "--cors-origin",
            "cors_origins",
            multiple=True,
            metavar="URL",
            help="let pages of this origin ask and read, as https://dash.example",
        ),
        KEYS_OPTION,
        click.option(
            "--tls-cert",
            "certificate",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="certificate and its chain (PEM), for https",
        ),
        click.option(
            "--tls-key",
            "private_key",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="its private key (PEM)",
        ),
        click.option(
            "--behind-proxy",
            "proxies",
            multiple=True,
            metavar="ADDRESS",
            help="address or network of the proxy in front, whose X-Forwarded-* is believed",
        ),
    )

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @wraps(command)
        def run(*args: Any, **given: Any) -> None:
            told = {name: given.pop(name) for name in Listening.__dataclass_fields__}
            command(*args, listening=Listening(**told), **given)

        for option in reversed(options):
            run = option(run)
        return run

    return decorate


def door_of(told: Listening, target: Target, *, once: bool = False) -> Door:
    """Check the options. With `once` a key is made for this run, for the page of who started it.
    Raises WrongUse and Failure."""
    from gateway.access.keys import BadKeys, KeyFile, KeyRing, new_key
    from gateway.access.names import is_loopback
    from gateway.access.policy import LOOPBACK_HOSTS, Access
    from gateway.access.sessions import Sessions

    path = told.keys or target.keys
    made: list[Key] = []
    token = ""
    if once:
        key, token = new_key("page", "alerts", time.time_ns())
        made.append(key)
    file = KeyFile(path) if path else None
    ring = KeyRing(file, made)
    sessions = Sessions(path.with_name(f"{path.name}.sessions") if path else None)
    how = f"tidegauge keys add NAME --scope {{scope}} {_where(told, target)}"
    try:
        kept = file.read() if file else []
    except BadKeys as error:
        raise Failure(str(error)) from error
    proxies = tuple(_network(text) for text in told.proxies)
    tls = _tls(told)
    near = is_loopback(told.host)
    if not near and tls is None and not proxies:
        raise WrongUse(
            f"--host {told.host}: beyond this machine keys would go over plain HTTP; give "
            "--tls-cert and --tls-key, or name the proxy in front with --behind-proxy ADDRESS"
        )
    now = time.time_ns()
    if (not near or proxies) and not any(key.state(now) == "valid" for key in kept):
        what = f"--host {told.host}" if not near else f"--behind-proxy {told.proxies[0]}"
        raise WrongUse(
            f"{what}: others are let in only with a key, and there is none; make one first: "
            f"{how.replace('{scope}', 'read')}"
        )
    hosts = {_host(text) for text in told.allowed_hosts} | LOOPBACK_HOSTS
    if told.host not in _WILDCARDS:
        hosts.add(told.host.strip("[]").lower())
    access = Access(
        ring,
        frozenset(hosts),
        frozenset(_origin(text) for text in told.cors_origins),
        proxies,
        open_reading=near and not proxies,
        own_address=not near,
        how=how,
        sessions=sessions,
    )
    return Door(told.host.strip("[]"), told.port, access, tls, token)


def door_for_this_run(told: Listening, target: Target) -> Door:
    """The same for who has started it at a terminal, and may write from the page: a key of the
    scope `alerts` is told there, and nowhere else. It is good for this run alone.

    Who else is on this machine does not see the terminal, and a foreign page that is open in the
    browser has neither the key nor, by the check of Origin, the use of its cookie.
    """
    shown = sys.stderr.isatty()
    door = door_of(told, target, once=shown)
    if shown:
        click.echo(f"to silence and acknowledge from the page, log in there: {door.once}", err=True)
    return door


def _where(told: Listening, target: Target) -> str:
    """The option that leads to the keys."""
    if told.keys is not None:
        return f"--keys {told.keys}"
    return f"--log {target.name}" if target.keys else "--keys FILE"


def _tls(told: Listening) -> ssl.SSLContext | None:
    if told.certificate is None and told.private_key is None:
        return None
    if told.certificate is None or told.private_key is None:
        raise WrongUse("--tls-cert and --tls-key go together; give both")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # Older versions are broken or withdrawn (RFC 8996); what is still in use speaks this.
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])

    def refuse() -> str:
        raise WrongUse(f"--tls-key {told.private_key}: it is encrypted; take that off with openssl")

    try:
        context.load_cert_chain(told.certificate, told.private_key, refuse)
    except (OSError, ssl.SSLError) as error:
        raise WrongUse(
            f"--tls-cert {told.certificate}, --tls-key {told.private_key}: cannot be used "
            f"({error.strerror or error})"
        ) from None
    return context


def _host(text: str) -> str:
    from gateway.access.names import authority

    found = authority(text if text.count(":") < 2 or text.startswith("[") else f"[{text}]")
    if found is None or found.port is not None:
        raise WrongUse(f"--allowed-host {text}: expected a name or an address, without a port")
    return found.host


def _origin(text: str) -> Origin:
    from gateway.access.names import origin

    found = origin(text.removesuffix("/"))
    if found is None:
        raise WrongUse(f"--cors-origin {text}: expected one origin, such as https://dash.example")
    return found


def _network(text: str) -> IPNetwork:
    import ipaddress

    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise WrongUse(
            f"--behind-proxy {text}: expected an address or a network, such as 10.0.0.7 or "
            "172.18.0.0/16"
        ) from None
