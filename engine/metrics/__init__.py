"""The metrics: one file a family, which says everything about itself; `registry` finds them."""
