"""`equal`: 1/n."""

from engine.index.weighting.method import Method, by_share

METHOD = Method("equal", by_share, words="equal weights")  # its card is that of `fixed`
