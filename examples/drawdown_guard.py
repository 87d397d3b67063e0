"""Sells half at a fall of a tenth: `python examples/drawdown_guard.py [INDEX [URL]]`."""

import sys

from tidegauge.client import SyncClient

INDEX, URL = (*sys.argv[1:], *("TOP3", "http://127.0.0.1:8321")[len(sys.argv) - 1 :])

with SyncClient(URL) as client:
    for alert in client.alerts(INDEX):  # those that fire now first, then each as it comes
        if alert.kind == "drawdown" and (alert.drawdown or 0.0) >= 0.10:
            order = "sell half" if alert.is_firing else "buy back"
            print(f"{alert.at:%F %T} {alert.index} {alert.drawdown:.1%}: {order}", flush=True)
