"""Indices: from definitions and prices to levels and what a snapshot says of them."""
