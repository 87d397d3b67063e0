"""The answers as types, from which `/v1/openapi.json` is made; a test holds real ones against it.

Nothing is made of these types on the way out: records are encoded once, for all clients.
"""
