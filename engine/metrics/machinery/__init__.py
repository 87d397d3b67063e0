"""What the metric families share: kept closes, bars, tables of figures, and their reader."""
