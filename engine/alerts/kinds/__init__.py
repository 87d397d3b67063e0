"""The kinds of alerts, each a file."""
