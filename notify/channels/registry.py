"""The channel of each route."""

from __future__ import annotations

from notify.channels.base import Channel
from notify.routes import Route


def channel_of(route: Route) -> Channel:
    """A channel to the receiver of a route. Raises AppriseError where Apprise takes it not."""
    if route.channel == "webhook":
        from notify.channels.webhook import Webhook

        return Webhook(route.target, route.secret)
    if route.channel == "alertmanager":
        from notify.channels.alertmanager import Alertmanager

        return Alertmanager(route.target)
    from notify.channels.apprise import Apprise

    return Apprise(route.target)
