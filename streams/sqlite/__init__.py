"""The log of a directory: one SQLite file, and the stages in one process on it."""
