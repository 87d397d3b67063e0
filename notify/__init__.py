"""Alerts to people and programs: routes, what is sent when, and the channels that carry it."""
