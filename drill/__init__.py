"""Simulated market disasters, of which the truth is known, through the real chain."""
