"""What can go wrong for a client."""

from __future__ import annotations


class ClientError(Exception):
    """The text says what is wrong and what to do."""


class RefusedError(ClientError):
    """The gateway will not serve this, however often it is asked: an unknown index or figure, say.

    `near` are names that look like the one that was asked for, `do` is what to do, as far as the
    gateway says so.
    """

    def __init__(
        self, status: int, detail: str, near: list[str] | None = None, do: str = ""
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.near, self.do = status, detail, near or [], do


class Lost(Exception):  # noqa: N818 - what follows is another try
    """A connection is gone, or was not to be had; it will be tried again."""
