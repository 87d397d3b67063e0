"""Alerts: the rules that can fire, their episodes, and what evaluates them."""
