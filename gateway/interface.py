"""What the gateway says and takes, as one JSON text: the types of the screens are made from it.

`python -m gateway.interface` prints `{"rest": …, "stream": …}`, two OpenAPI documents: that of
REST, and one that has the messages of the stream as its schemas. No server runs for it.
"""

from __future__ import annotations

from typing import Any

import orjson

from gateway.app import create_app
from gateway.asyncapi import document
from gateway.state import State


def interface() -> dict[str, Any]:
    """Both documents."""
    stream = {
        "openapi": "3.1.0",
        "info": {"title": "stream", "version": "1"},
        "paths": {},
        "components": {"schemas": document()["components"]["schemas"]},
    }
    return {"rest": create_app(State()).openapi(), "stream": stream}


if __name__ == "__main__":
    print(orjson.dumps(interface()).decode())
