"""Keeps a portfolio at an index's weights: `python examples/rebalancer.py [INDEX [URL]]`."""

import asyncio
import sys

from tidegauge.client import AsyncClient

INDEX, URL = (*sys.argv[1:], *("TOP3", "http://127.0.0.1:8321")[len(sys.argv) - 1 :])
MONEY, BAND = 10_000.0, 0.01


async def main() -> None:
    """Orders what is off by more than the band."""
    held: dict[str, float] = {}
    async with AsyncClient(URL) as client:
        async for snapshot in client.snapshots(INDEX, every=1.0):
            if snapshot.status != "live":
                continue  # no trade on prices that are old or in dispute
            assets = snapshot.figure("composition.assets")
            for asset in held.keys() - assets.keys():  # it has left the index
                print(f"{asset}: {held.pop(asset):.6f} -> 0", flush=True)
            for asset, of in assets.items():
                wanted, has = MONEY * of["weight"] / of["price"], held.get(asset, 0.0)
                if abs(wanted - has) * of["price"] > BAND * MONEY:
                    print(f"{asset}: {has:.6f} -> {wanted:.6f}", flush=True)
                    held[asset] = wanted


asyncio.run(main())
