"""The command with which the gateway tries rules."""

from __future__ import annotations

import sys

from gateway.trials import RuleTrials


def trials_over(log: str) -> RuleTrials:
    """Backtests over a log, by `tidegauge alerts backtest`."""
    # -P: nothing of the directory that it happens to be started in.
    command = [sys.executable, "-P", "-m", "tidegauge", "alerts", "backtest", "--json"]
    return RuleTrials([*command, "--log", log])
