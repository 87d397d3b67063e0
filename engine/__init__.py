"""The pure part: prices in, levels, metrics and alerts out. No clock, no I/O, no randomness."""
