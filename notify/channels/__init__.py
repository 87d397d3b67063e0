"""Channels: how a message gets to its receiver, one kind a file."""
