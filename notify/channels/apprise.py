"""Everything else, through Apprise (the extra `notify`): Slack, Telegram, Discord, e-mail and many
more. It tells only whether all went well, so after a failure nobody knows what arrived."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from notify.alert import LoggedAlert
from notify.message import Letter, SendOutcome

MISSING = "needs the package apprise; install it with: pip install 'tidegauge[notify]'"


class AppriseError(ValueError):
    """An address that Apprise does not take. The text says why."""


class Apprise:
    """The receiver of one address of Apprise."""

    def __init__(self, url: str) -> None:
        self._receiver = _receiver(url)

    async def send(self, letter: Letter) -> SendOutcome:
        """One try, in a thread: Apprise waits for its answers."""
        try:
            taken = await asyncio.to_thread(
                self._receiver.notify, title=letter.title, body=letter.text
            )
        except Exception as error:  # noqa: BLE001  (a hundred plugins: what they raise is unknown)
            return SendOutcome("unknown", f"failed: {type(error).__name__}")
        return (
            SendOutcome("sent", "taken")
            if taken
            else SendOutcome("unknown", "not taken, or not known")
        )

    async def refresh(self, alerts: Sequence[LoggedAlert], page: str, now: int) -> None:
        """People forget nothing."""

    async def close(self) -> None:
        """It keeps no connection."""


def _receiver(url: str) -> Any:
    try:
        import apprise
    except ImportError:
        raise AppriseError(MISSING) from None
    logging.getLogger("apprise").setLevel(logging.CRITICAL)  # its lines show addresses with secrets
    receiver = apprise.Apprise()
    if not receiver.add(url):
        raise AppriseError(_why(url, receiver.details()["schemas"]))
    return receiver


def _why(url: str, plugins: Any) -> str:
    scheme = url.partition("://")[0].lower()
    known = set[str]()
    for plugin in plugins:
        for field in ("protocols", "secure_protocols"):
            known |= set(plugin.get(field) or ())
    if "://" not in url or scheme not in known:
        near = get_close_matches(scheme, known, n=3, cutoff=0.5)
        said = f"near: {', '.join(near)}" if near else "e.g. tgram, slack, discord, mailtos, ntfy"
        return f"Apprise knows no service {scheme[:30]!r}; {said}"
    return f"Apprise does not take this address of {scheme}; see its page for the form"
