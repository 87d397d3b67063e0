"""Sinks: what the log says, kept in another form, where others read it."""
