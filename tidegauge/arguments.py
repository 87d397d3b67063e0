"""What several commands take as arguments: index files, venues, URLs. Wrong ones are refused."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import click

from engine.numbers import decimal, whole
from tidegauge.errors import WrongUse

if TYPE_CHECKING:
    from engine.index.index_file import IndexFile


class Number(click.ParamType):
    """A decimal number from `low` to `high`, read as strictly as in files."""

    name = "number"

    def __init__(self, low: float, high: float) -> None:
        self.low, self.high = low, high

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """To float; exit 2 where it is none, or out of range."""
        try:
            found = decimal(value) if isinstance(value, str) else float(value)
        except ValueError:
            found = math.nan
        if not self.low <= found <= self.high:
            self.fail(f"{value!r} is not a number from {self.low:g} to {self.high:g}", param, ctx)
        return found


class Whole(click.ParamType):
    """A whole number from `low` to `high`, in ASCII digits."""

    name = "integer"

    def __init__(self, low: int, high: int) -> None:
        self.low, self.high = low, high

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """To int; exit 2 where it is none, or out of range."""
        try:
            found = whole(value) if isinstance(value, str) else int(value)
        except ValueError:
            found = self.low - 1
        if not self.low <= found <= self.high:
            self.fail(f"{value!r} is not a whole number from {self.low} to {self.high}", param, ctx)
        return found


class Bytes(click.ParamType):
    """A size such as 500MB, 20GB or 1.5TB, not below `low` bytes."""

    name = "size"
    _UNITS: ClassVar = {"MB": 10**6, "GB": 10**9, "TB": 10**12}

    def __init__(self, low: int) -> None:
        self.low = low

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """To bytes; exit 2 where it is no size, or too small."""
        try:
            found = int(decimal(value[:-2]) * self._UNITS[value[-2:].upper()])
        except (ValueError, KeyError, OverflowError):
            found = 0
        if not self.low <= found < 2**62:
            least = f"{self.low // 10**6}MB"
            self.fail(f"{value!r} is no size of {least} or more, as 500MB or 20GB", param, ctx)
        return found


SECONDS = Number(0.1, 1e9)
"""How long a run lasts: up to thirty years."""
OFFSET = Whole(0, 2**63 - 1)
"""Of a record in a log."""
SEED = Whole(-(2**63), 2**63 - 1)
PORT = Whole(0, 65535)
KEEP_OPTION = click.option(
    "--keep",
    type=Bytes(250 * 10**6),
    metavar="SIZE",
    help="of a directory: within so much, as 20GB; the oldest goes first",
)
"""The write-ahead file may take 64 MB of it, and what is newest is not removed."""
DEFAULT_LOG = Path("tidegauge-data")
LOG_OPTION = click.option(
    "--log",
    default=str(DEFAULT_LOG),
    show_default=True,
    help="the log: a directory, or kafka://host:port[/PREFIX]",
)
HOST_OPTION = click.option(
    "--host", default="127.0.0.1", show_default=True, help="address to listen on"
)

_TRACES = "tidegauge.traces"


def _keep_traces(context: click.Context, _: click.Parameter, share: float | None) -> None:
    context.meta[_TRACES] = share or 0.0


TRACES_OPTION = click.option(
    "--traces",
    metavar="SHARE",
    type=Number(0.0, 1.0),
    expose_value=False,
    callback=_keep_traces,
    help="of tick frames, 0 to 1: their way as OpenTelemetry traces, to "
    "OTEL_EXPORTER_OTLP_ENDPOINT",
)


def traces_asked_for() -> float:
    """The share that the command at work was given by `--traces`; 0 without."""
    context = click.get_current_context(silent=True)
    return 0.0 if context is None else float(context.meta.get(_TRACES, 0.0))


ROUTES_OPTION = click.option(
    "--routes",
    type=click.Path(path_type=Path),
    help="TOML file with [[route]]: alerts to people and programs",
)


class Listen(NamedTuple):
    """Where a process listens; port 0 is any free one."""

    host: str
    port: int


def monitored_at(command: Callable[..., None]) -> Callable[..., None]:
    """Gives a command `--host` and `--port` of what it serves of itself, as its `listen`."""

    @click.option(
        "--port",
        type=PORT,
        default=0,
        help="of /metrics, /readyz and /healthz; any free one if not given",
    )
    @HOST_OPTION
    @wraps(command)
    def run(*args: Any, host: str, port: int, **options: Any) -> None:
        command(*args, listen=Listen(host, port), **options)

    return run


def definitions_of(file: Path, live: bool = False) -> IndexFile:
    """What a file defines; unused keys, and what `live` indices lack, are reported."""
    from tidegauge.indices import read_indices, without_supply

    defined = read_indices(file)
    for warning in defined.warnings:
        click.echo(f"{file}: {warning}; ignored", err=True)
    for warning in without_supply(file, defined.indices) if live else ():
        click.echo(warning, err=True)
    return defined


def login() -> str:
    """The name of whoever is logged in; "" where the machine knows none."""
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


def is_recording(files: tuple[Path, ...]) -> bool:
    """Whether raw frames are meant: of several files, or of CSV, they are none."""
    if len(files) != 1 or (files[0].is_file() and files[0].suffix in (".csv", ".parquet")):
        return False
    from connectors.feed import recording

    return recording.is_recording(files[0])


def venues_of(names: str) -> list[str]:
    """The venues of a list with commas, all of which sessions can be made for."""
    found = [name.strip() for name in names.split(",") if name.strip()]
    if not found:
        raise WrongUse("--venues: no venue is named")
    for name in found:
        check_venue(name)
    return found


def check_venue(name: str) -> None:
    """Refuse an unknown venue, with the names near it."""
    from connectors.venues.registry import UnknownVenueError, venue

    try:
        venue(name)
    except UnknownVenueError as error:
        raise WrongUse(str(error)) from error


class Urls(NamedTuple):
    """Other base URLs than the venues' own, by venue."""

    websocket: dict[str, str]
    rest: dict[str, str]


def urls_of(pairs: tuple[str, ...]) -> Urls:
    """The base URLs of `VENUE=URL` and `VENUE.rest=URL` arguments."""
    from connectors.venues.base import WithToken
    from connectors.venues.registry import VENUES

    found = Urls({}, {})
    for pair in pairs:
        name, equals, url = pair.partition("=")
        rest = name.endswith(".rest")
        name = name.removesuffix(".rest")
        schemes: tuple[str, ...] = ("http://", "https://") if rest else ("ws://", "wss://")
        if not rest and isinstance(VENUES.get(name), WithToken):
            schemes += ("http://", "https://")  # where to ask for the token
        if not equals or not url.startswith(schemes):
            what = "VENUE.rest" if rest else "VENUE"
            raise WrongUse(f"--url {pair}: expected {what}={'… or '.join(schemes)}…")
        check_venue(name)
        (found.rest if rest else found.websocket)[name] = url
    return found
