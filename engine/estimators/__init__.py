"""Incremental estimators, one a file, vectorised over rows: update, merge, read."""
