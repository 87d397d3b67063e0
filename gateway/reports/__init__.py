"""Reports: what is told of indices over a time, as one document, a page, a PDF."""

MOST_INDICES = 10
"""Side by side; more do not stand beside each other on paper."""
NOTHING_KEPT = "nothing is kept of this time"
"""Said of an index that has no history in the time that is asked for."""
