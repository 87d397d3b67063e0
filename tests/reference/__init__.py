"""Slow, obvious, batch versions of every metric, to hold the streaming ones against.

Everything is computed from the whole list of instants, with plain loops and `math.fsum`. Nothing
is shared with the streaming code but the calendar (`engine.periods`) and the definitions. One file
a metric family; `series` has what they share.
"""
