"""`fixed`: the weights of the definition.

An asset that a planned change adds gets the weight which the change gives; an old definition that
gives none lets it count 1/n beside the others, and all are scaled to sum to one.
"""

from engine.index.weighting.method import Method, by_share

METHOD = Method("fixed", by_share, given=True)
