"""A message of the stream in the forms in which it leaves: text, and compressed.

Compression keeps no memory of a client. Each message is compressed by itself, so what many clients
are sent is compressed once, and a client costs no compressor (some 256 KB each). It helps where
messages are large: `docs/scaling.md` has what was measured.
"""

from __future__ import annotations

import zlib
from functools import cached_property
from typing import NamedTuple

from gateway.wire import encode

MIN_DEFLATED = 16 * 1024
"""A message for one client is compressed from here on. Below, a thousand clients' would take an
eighth of a core (`docs/scaling.md`)."""
MIN_SHARED_DEFLATED = 1024
"""One for many clients: it is done once."""
_LEVEL = 1
"""The fastest: rows of numbers hold little that a longer search would find."""
_TAIL = b"\x00\x00\xff\xff"
"""The end of a flush, which permessage-deflate leaves out (RFC 7692, 7.2.1)."""
GZIP_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
"""The beginning of a gzip stream (RFC 1952). It has no end, as the events have none."""
_STORED = 65_535
"""Bytes of a block that is not compressed (RFC 1951, 3.2.4)."""


class Provenance(NamedTuple):
    """Where the oldest news of a message comes from: since when (ns UTC) its record stands in the
    log, the instant of its snapshot (0: none), and the partition."""

    appended: int
    as_of: int
    partition: int


class Outgoing:
    """One message. `cursor` is None within messages that belong together, `provenance` of what is
    no news."""

    provenance: Provenance | None = None

    def __init__(self, kind: str, fields: bytes, cursor: str | None, shared: bool = False) -> None:
        self.kind, self.cursor, self._shared = kind, cursor, shared
        told = b"null" if cursor is None else encode(cursor)
        self.text = b'{"type":"%s","cursor":%s,%s}' % (kind.encode(), told, fields)

    @classmethod
    def plain(cls, kind: str, text: bytes) -> Outgoing:
        """A message that stands for no place in the stream."""
        made = cls.__new__(cls)
        made.kind, made.cursor, made._shared, made.text = kind, None, True, text
        return made

    @property
    def is_deflated(self) -> bool:
        """Whether it is worth it."""
        return len(self.text) >= (MIN_SHARED_DEFLATED if self._shared else MIN_DEFLATED)

    @cached_property
    def deflated(self) -> bytes:
        """The payload of a compressed WebSocket message."""
        return _deflated(self.text)[: -len(_TAIL)]

    @cached_property
    def event(self) -> bytes:
        """As a server-sent event."""
        place = b"" if self.cursor is None else b"id: %s\n" % self.cursor.encode()
        return b"event: %s\n%sdata: %s\n\n" % (self.kind.encode(), place, self.text)

    @cached_property
    def zipped_event(self) -> bytes:
        """The same as blocks of a gzip stream, which refer to nothing before them."""
        return _deflated(self.event) if self.is_deflated else stored(self.event)


def _deflated(text: bytes) -> bytes:
    """Whole blocks of a raw deflate stream, that end on a byte."""
    compressor = zlib.compressobj(_LEVEL, wbits=-zlib.MAX_WBITS)
    return compressor.compress(text) + compressor.flush(zlib.Z_SYNC_FLUSH)


def stored(text: bytes) -> bytes:
    """The same without compressing it."""
    blocks = (text[k : k + _STORED] for k in range(0, len(text), _STORED))
    return b"".join(
        b"\x00%s%s%s" % (len(b).to_bytes(2, "little"), (len(b) ^ 0xFFFF).to_bytes(2, "little"), b)
        for b in blocks
    )
