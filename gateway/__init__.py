"""The gateway: output logs in bounded memory, served over REST, WebSocket and a live page."""
