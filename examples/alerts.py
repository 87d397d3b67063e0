"""Prints every alert once: `python examples/alerts.py [SERVER [TOPIC]]`."""

import asyncio
import json
import sys

from aiokafka import AIOKafkaConsumer

SERVER, TOPIC = (*sys.argv[1:], *("localhost:9092", "tidegauge.alerts")[len(sys.argv) - 1 :])


async def main() -> None:
    """Read from the first alert on, for ever."""
    consumer = AIOKafkaConsumer(TOPIC, bootstrap_servers=SERVER, auto_offset_reset="earliest")
    await consumer.start()
    highest: dict[str, int] = {}
    async for message in consumer:
        alert = json.loads(message.value)
        if alert["seq"] > highest.get(alert["index"], 0):  # what comes again is not new
            highest[alert["index"]] = alert["seq"]
            facts = alert.get("drawdown", alert.get("evidence"))  # by the kind of alert
            print(alert["index"], alert["rule"], alert["state"], facts, flush=True)


asyncio.run(main())
