"""Sells half at a fall, buys back when half of it is made good:
`python examples/drawdown_guard.py [INDEX [URL]]`."""

import sys

from tidegauge.client import SyncClient

INDEX, URL = (*sys.argv[1:], *("TOP3", "http://127.0.0.1:8321")[len(sys.argv) - 1 :])
RULE = "drawdown>=0.05"  # each depth of the index file rings by itself

with SyncClient(URL) as client:
    for alert in client.alerts(INDEX):  # those that fire now first, then each as it comes
        if alert.rule == RULE:
            order = "sell half" if alert.is_firing else "buy back"
            print(f"{alert.at:%F %T} {alert.index} {alert.drawdown:.1%}: {order}", flush=True)
