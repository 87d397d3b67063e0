"""Weighting methods, one file each: what share of an index each of its assets gets at a rebalance.

Pure functions of what is known of the assets at that instant. Who is looked at (fresh prices only)
and how the level is kept is the matter of `engine.index.baskets`.
"""
