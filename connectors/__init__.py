"""Exchanges to ticks: venues, their parsers, and the one session that talks to them."""
