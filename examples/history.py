"""The worst days in the tables beside a log: `python examples/history.py [INDEX [LOG]]`."""

import sys

import duckdb

INDEX, LOG = (*sys.argv[1:], *("TOP3", "tidegauge-data")[len(sys.argv) - 1 :])
DAYS = f"read_parquet('{LOG}/tables/days/*.parquet')"
SELECT = f"""
    SELECT time::DATE, close / lag(close) OVER (ORDER BY time) - 1 AS change, 1 - close / peak
    FROM {DAYS} WHERE series = ? QUALIFY change IS NOT NULL ORDER BY change LIMIT 5"""
for day, change, drawdown in duckdb.execute(SELECT, [INDEX]).fetchall():
    print(f"{day} {change:+.2%}, drawdown {drawdown:.2%}")
