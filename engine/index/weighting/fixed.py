"""`fixed`: the weights of the definition.

An asset that a planned change adds gets the weight which the change gives; an old definition that
gives none lets it count 1/n beside the others, and all are scaled to sum to one.
"""

from engine.index.weighting.method import AGE, WEIGHTS, Method, by_share
from engine.metrics.machinery.card import Card, Example

METHOD = Method(
    "fixed",
    by_share,
    given=True,
    words="fixed weights",
    card=Card(
        "method: fixed and equal",
        "the definition's weights, or 1/n; an asset that a change adds to fixed ones counts "
        "1/n, n "
        "the assets there are then, beside the definition's weights of the others, and all are "
        "scaled to sum to one",
        WEIGHTS,
        AGE,
        example=Example("drift", "level", 1500.0, "half of 1,000 doubles, half stays"),
        order=130,
    ),
)
