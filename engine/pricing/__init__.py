"""One price per asset from many venues: `pricer` is the stage, the rest are its parts."""
