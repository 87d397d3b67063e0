"""A plain Faust agent: a table, two outputs. `faust_agent BROKER PREFIX WEIGHTS.json FOLDER`."""

import json
import sys
from pathlib import Path
from typing import Any

import faust

from bench.peers.levels_by_hand import begin, rows_of, take

BROKER, PREFIX, WEIGHTS, FOLDER = sys.argv[1:5]
sys.argv = [sys.argv[0], "worker", "--loglevel", "error", "--without-web"]

app = faust.App(
    f"{PREFIX}faust", broker=f"kafka://{BROKER}", store="memory://", datadir=FOLDER,
    topic_partitions=1, topic_replication_factor=1, topic_disable_leader=True,
    consumer_auto_offset_reset="earliest", web_enabled=False,
)  # fmt: skip
ticks = app.topic(f"{PREFIX}ticks", value_serializer="json", key_serializer="raw", key_type=bytes)
prices = app.topic(f"{PREFIX}prices", value_serializer="json", partitions=1)
levels = app.topic(f"{PREFIX}levels", value_serializer="json", partitions=1)
table = app.Table(f"{PREFIX}state", default=lambda: None, partitions=1)
weights = list(json.loads(Path(WEIGHTS).read_text()).values())
state = begin(len(weights))


@app.agent(ticks)
async def work(stream: Any) -> None:
    """A record in, the state into the table, prices and levels out."""
    async for value in stream:
        rows = rows_of(value)
        for asset, price, _ in rows:
            take(state, weights, asset, price)
        table["state"] = {"level": state["level"], "peak": state["peak"]}
        await prices.send(value=rows)
        await levels.send(value={"at": rows[-1][2], "level": state["level"]})


if __name__ == "__main__":
    app.main()
