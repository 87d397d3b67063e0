"""API keys: what they look like, how they are kept, who has one.

A token is `tg_`, the key's id, `_`, and 256 random bits. Only its SHA-256 is kept: a slow hash
guards passwords, which people choose and others guess; nobody guesses one of 2**256, so a fast
hash loses nothing, and each request can be checked anew. Beside it stand the name, the scope, when
it was made, when it expires and when it was revoked, one JSON object a line.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import logging
import os
import re
import secrets
import stat
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from engine.types import DAY

log = logging.getLogger(__name__)

Scope = Literal["read", "alerts", "admin"]
SCOPES: tuple[Scope, ...] = ("read", "alerts", "admin")
"""Each may what those before it may: `read` looks, `alerts` also silences and acknowledges,
`admin` may all."""
MODE = 0o600
LOOK_SECONDS = 1.0
"""How long a revoked key may live on: so often the file is looked at."""
USED_SECONDS = 30.0
"""Between two notes of when keys were last used."""
_SECRET = 32
_TOKEN = re.compile(r"tg_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,59}")
_ID = re.compile(r"[0-9a-f]{12}")
LONGEST = 3660 * DAY
"""Ten years: who means a key to last longer gives it no end."""
_NOTHING = "0" * 64

Instant = Annotated[int, Meta(ge=0, le=2**63 - 1)]


class BadKeys(ValueError):  # noqa: N818 - the file is, or what was asked
    """The file of keys cannot be used, or a key not be made; the text says what to do."""


class Key(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A key without its secret. Times are ns UTC."""

    id: Annotated[str, Meta(pattern="^[0-9a-f]{12}$")]
    name: Annotated[str, Meta(pattern=f"^{NAME.pattern}$")]
    scope: Scope
    sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    made: Instant
    expires: Instant | None = None
    revoked: Instant | None = None

    def allows(self, scope: Scope) -> bool:
        """Whether it is good for what needs `scope`."""
        return SCOPES.index(scope) <= SCOPES.index(self.scope)

    def state(self, now: int) -> Literal["valid", "expired", "revoked"]:
        """At a time (ns)."""
        if self.revoked is not None:
            return "revoked"
        return "expired" if self.expires is not None and now >= self.expires else "valid"


def new_key(name: str, scope: Scope, now: int, expires: int | None = None) -> tuple[Key, str]:
    """A key and its token, which is known nowhere else. Raises BadKeys."""
    if not NAME.fullmatch(name):
        raise BadKeys(f"{name[:80]!r} is no name of a key: letters, digits and . _ @ -, up to 60")
    if _ID.fullmatch(name):
        raise BadKeys(f"{name!r} reads like the id of a key; choose another name")
    found = secrets.token_hex(6)
    token = f"tg_{found}_{secrets.token_urlsafe(_SECRET)}"
    digest = digest_of(token)
    return Key(id=found, name=name, scope=scope, sha256=digest, made=now, expires=expires), token


def digest_of(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


class KeyFile:
    """The keys of a file, which the command line writes and a gateway reads.

    When each was last used stands in a file beside it, which the gateway alone writes, so that the
    two never write over each other and the keys themselves may be on a read-only mount.
    """

    def __init__(self, path: Path, clock: Callable[[], int] = time.time_ns) -> None:
        self.path, self._clock = path, clock
        self._keys: list[Key] = []
        self._seen: tuple[int, ...] | None = None
        self.wrong = ""
        """Why the file cannot be used now; then none of its keys is valid."""

    @property
    def _used_path(self) -> Path:
        return self.path.with_name(f"{self.path.name}.used")

    def read(self) -> list[Key]:
        """All keys, oldest first; none where there is no file. Raises BadKeys."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise BadKeys(f"{self.path}: cannot be read ({error.strerror})") from None
        with os.fdopen(descriptor, "rb") as file:
            check_owner(self.path, os.fstat(file.fileno()))
            lines = file.read().splitlines()
        found = []
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                found.append(msgspec.json.decode(line, type=Key))
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise BadKeys(
                    f"{self.path}, line {number}: no key ({error}); remove the line, or restore "
                    "the file from a copy"
                ) from None
        return found

    def current(self) -> Sequence[Key]:
        """The keys, read again if the file has changed. Of one that cannot be used there are
        none: whatever has become of it, nobody comes in by what it said before."""
        try:
            seen = mark_of(os.stat(self.path))
        except OSError:
            seen = ()
        if seen != self._seen:
            self._seen = seen
            try:
                self._keys, self.wrong = self.read(), ""
            except BadKeys as error:
                self._keys, self.wrong = [], str(error)
                log.error("no key is valid until this is mended: %s", error)
        return self._keys

    def add(self, name: str, scope: Scope, lasts: int | None = None) -> tuple[Key, str]:
        """Make a key, which `lasts` so long (ns) or for ever; the file is made where there is none.
        Raises BadKeys."""
        if lasts is not None and not 0 < lasts <= LONGEST:
            raise BadKeys(f"a key lasts at most {LONGEST // DAY} days; one without an end has none")
        with self._changing() as keys:
            now = self._clock()
            if any(key.name == name and key.state(now) == "valid" for key in keys):
                raise BadKeys(
                    f"there is a key {name!r} already; choose another name, or revoke that first"
                )
            key, token = new_key(name, scope, now, None if lasts is None else now + lasts)
            keys.append(key)
        return key, token

    def revoke(self, told: str) -> Key:
        """End a key, by its name or id; of several of one name the valid one, of which there is
        one at most. Raises BadKeys."""
        with self._changing() as keys:
            now = self._clock()
            found = [
                (key.id != told, key.state(now) != "valid", place)
                for place, key in enumerate(keys)
                if told in (key.id, key.name) and key.revoked is None
            ]
            if found:
                place = min(found)[-1]
                keys[place] = msgspec.structs.replace(keys[place], revoked=now)
                return keys[place]
        raise BadKeys(f"{self.path}: no key {told[:80]!r} is there that could be revoked")

    def used(self) -> dict[str, int]:
        """When each was last used (ns), as far as a gateway has told."""
        try:
            found: dict[str, int] = msgspec.json.decode(
                self._used_path.read_bytes(), type=dict[str, Instant]
            )
        except (OSError, msgspec.DecodeError):
            return {}
        return found

    def note_used(self, used: dict[str, int]) -> None:
        """Keep when keys were used. Where that cannot be written, it is not."""
        with suppress(OSError):
            replace_file(self._used_path, msgspec.json.encode({**self.used(), **used}), sync=False)

    @contextmanager
    def _changing(self) -> Iterator[list[Key]]:
        """All keys, to be changed; one process at a time."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            guard = open_lock(self.path)
            try:
                fcntl.flock(guard, fcntl.LOCK_EX)
                keys = self.read()
                yield keys
                lines = [msgspec.json.encode(key) for key in keys]
                for line in lines:  # what could not be read again would end all keys
                    msgspec.json.decode(line, type=Key)
                replace_file(self.path, b"".join(line + b"\n" for line in lines))
            finally:
                os.close(guard)
        except OSError as error:
            raise BadKeys(f"{self.path}: cannot be written ({error.strerror})") from None
        except msgspec.ValidationError as error:
            raise BadKeys(f"{self.path}: left as it was, for this is no key: {error}") from None


def open_lock(path: Path) -> int:
    """The descriptor of the file by which those who change `path` come one after the other."""
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    return os.open(path.with_name(f"{path.name}.lock"), flags, MODE)


def mark_of(told: os.stat_result) -> tuple[int, ...]:
    """What differs once somebody has written a file or put another in its place."""
    return told.st_ino, told.st_mtime_ns, told.st_ctime_ns, told.st_size


def check_owner(path: Path, told: os.stat_result) -> None:
    """Who can write the file can make a key. Raises BadKeys."""
    if told.st_uid not in (os.geteuid(), 0):
        raise BadKeys(f"{path}: belongs to another user; nobody else may make keys: chown it")
    if told.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise BadKeys(f"{path}: others may write it, and so make keys: chmod 600 {path}")


def replace_file(path: Path, content: bytes, *, sync: bool = True) -> None:
    """Write a file anew, whole or not at all, for its owner alone."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, MODE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            if sync:
                os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise


class KeyRing:
    """The keys that a running gateway takes: those of a file, and some made for this run alone."""

    def __init__(
        self,
        file: KeyFile | None = None,
        keys: Iterable[Key] = (),
        *,
        clock: Callable[[], int] = time.time_ns,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._file, self._own = file, tuple(keys)
        self._clock, self._monotonic = clock, monotonic
        self._known: dict[str, Key] = {}
        self._looked = float("-inf")
        self._used: dict[str, int] = {}
        self._noted = monotonic()

    def find(self, token: str) -> Key | None:
        """The valid key of a token. It takes as long for a wrong secret as for a right one, and
        for an id that is not there."""
        matched = _TOKEN.fullmatch(token)
        key = self._current().get(matched[1]) if matched else None
        shown = digest_of(token if matched else "")
        same = hmac.compare_digest(shown, key.sha256 if key else _NOTHING)
        if key is None or not same or key.state(now := self._clock()) != "valid":
            return None
        self._used[key.id] = now
        return key

    def valid(self, key_id: str) -> Key | None:
        """The key of an id, if it is valid now."""
        key = self._current().get(key_id)
        return key if key is not None and key.state(self._clock()) == "valid" else None

    def any(self) -> bool:
        """Whether some key is valid now."""
        now = self._clock()
        return any(key.state(now) == "valid" for key in self._current().values())

    @property
    def wrong(self) -> str:
        """Why the file cannot be used; empty where it can."""
        return self._file.wrong if self._file else ""

    def _current(self) -> dict[str, Key]:
        now = self._monotonic()
        if now - self._looked >= LOOK_SECONDS:
            self._looked = now
            read = self._file.current() if self._file else ()
            self._known = {key.id: key for key in (*read, *self._own)}
            if now - self._noted >= USED_SECONDS:
                self.note_used()
        return self._known

    def note_used(self) -> None:
        """Keep beside the file when its keys were used."""
        self._noted = self._monotonic()
        own = {key.id for key in self._own}
        used = {key: at for key, at in self._used.items() if key not in own}
        self._used.clear()
        if used and self._file:
            self._file.note_used(used)
