"""The same with quixstreams: a state store, two outputs.

`quixstreams_app BROKER PREFIX WEIGHTS.json FOLDER`
"""

import json
import sys
from pathlib import Path
from typing import Any

from quixstreams import Application  # type: ignore[import-not-found]

from bench.peers.levels_by_hand import begin, rows_of, take

BROKER, PREFIX, WEIGHTS, FOLDER = sys.argv[1:5]
weights = list(json.loads(Path(WEIGHTS).read_text()).values())


def work(value: Any, store: Any) -> dict[str, Any]:
    """A record in, the state into the store, prices and levels out."""
    state = store.get("state") or begin(len(weights))
    rows = rows_of(value)
    for asset, price, _ in rows:
        take(state, weights, asset, price)
    store.set("state", state)
    return {"rows": rows, "levels": {"at": rows[-1][2], "level": state["level"]}}


def main() -> None:
    """Run until ended."""
    app = Application(
        broker_address=BROKER, consumer_group=f"{PREFIX}quix", auto_offset_reset="earliest",
        state_dir=FOLDER, loglevel="ERROR",
    )  # fmt: skip
    ticks = app.topic(f"{PREFIX}ticks", value_deserializer="json")
    prices = app.topic(f"{PREFIX}prices", value_serializer="json")
    levels = app.topic(f"{PREFIX}levels", value_serializer="json")
    made = app.dataframe(ticks).apply(work, stateful=True)
    made.apply(lambda found: found["rows"]).to_topic(prices)
    made.apply(lambda found: found["levels"]).to_topic(levels)
    app.run()


if __name__ == "__main__":
    main()
