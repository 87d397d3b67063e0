"""Recorded prices, as CSV, JSON lines or Parquet: from files to frames for the engine."""
