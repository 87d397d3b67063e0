"""Records in the shapes of the contract, with round figures that tests can ask for by value."""

from __future__ import annotations

from typing import Any

from engine.types import DAY, HOUR, MINUTE, SECOND

T0 = 1_763_856_000 * SECOND  # 2025-11-23T00:00:00Z


def wall() -> int:
    """A wall clock that stands at T0, so that these records are of now."""
    return T0


PERIODS = ("1h", "1d", "7d", "30d", "90d", "1y", "3y", "5y", "mtd", "qtd", "ytd", "inception")


def level(
    index: str = "TOP3",
    seq: int = 1,
    at: int = T0,
    level: float = 1003.2,
    peak: float = 1010.0,
    drawdown: float | None = None,
) -> dict[str, Any]:
    depth = 1.0 - level / peak if drawdown is None else drawdown
    return {
        "index": index, "seq": seq, "at": at, "level": level, "peak": peak, "drawdown": depth,
    }  # fmt: skip


def alert(
    index: str = "TOP3",
    seq: int = 1,
    state: str = "firing",
    episode: str | None = None,
    depth: float = 0.10,
    at: int = T0,
    level: float = 900.0,
    peak: float = 1000.0,
) -> dict[str, Any]:
    episode = episode or f"{index}-{depth}"
    return {
        "id": f"{episode}:{state}",
        "episode": episode,
        "seq": seq,
        "index": index,
        "kind": "drawdown",
        "rule": f"drawdown>={depth:.2f}",
        "state": state,
        "severity": "warning",
        "origin": "live",
        "level": level,
        "peak": peak,
        "drawdown": 1.0 - level / peak,
        "at": at,
        "peak_at": at - HOUR,
        "receipt": receipt(seq),
    }


def flag_alert(index: str = "TOP3", seq: int = 1, at: int = T0) -> dict[str, Any]:
    return {
        "id": f"{index}-drift:firing", "episode": f"{index}-drift", "seq": seq, "index": index,
        "kind": "weight_drift", "rule": "weight_drift", "state": "firing", "severity": "warning",
        "origin": "live", "level": 900.0, "at": at,
        "evidence": {"asset": "ETH", "weight": 0.36, "target": 0.3, "off": 0.06},
        "receipt": receipt(seq),
    }  # fmt: skip


def disputed_alert(index: str = "TOP3", seq: int = 1, at: int = T0) -> dict[str, Any]:
    """A fall that only the heaviest cluster of venues sees."""
    clusters = [
        {"price": 49000.0, "share": 0.8, "sources": ["binance:BTCUSDT"], "level": 850.0},
        {"price": 61000.0, "share": 0.2, "sources": ["kraken:BTC/USD"], "level": 1015.0},
    ]
    body = alert(index, seq, depth=0.10, at=at, level=850.0, episode=f"{index}-heaviest")
    return body | {
        "rule": "drawdown>=0.10@heaviest",
        "disputed": True,
        "because": {"status": "degraded", "clusters": {"BTC": clusters}},
    }


def target_alert(index: str = "TOP3", seq: int = 1, at: int = T0) -> dict[str, Any]:
    return flag_alert(index, seq, at) | {
        "id": f"{index}-target:firing", "episode": f"{index}-target",
        "kind": "target", "rule": "max_drawdown>0.25",
        "evidence": {"figure": "max_drawdown", "target": 0.25, "value": 0.3817},
    }  # fmt: skip


def definition(
    index: str = "TOP3", name: str | None = None, now: int = T0, retired: bool = False
) -> dict[str, Any]:
    mapping = {
        "name": name or f"The index {index}",
        "weights": {"BTC": 0.5, "ETH": 0.3, "SOL": 0.2},
        "weighting": "fixed",
        "rebalance": "never",
        "base_level": 1000.0,
        "return_interval": DAY,
        "alerts": {"drawdown": [0.05, 0.10]},
        "change": [{"at": T0 + DAY, "add": ["XLM"], "remove": []}],
    }
    return {
        "index": index,
        "definition": None if retired else mapping,
        "sha256": "" if retired else f"{index:f>64}".lower(),
        "now": now,
    }


def receipt(offset: int) -> dict[str, Any]:
    return {"topic": "prices", "log": "0f" * 16, "partition": 0, "offset": offset, "engine": "1"}


def warming(
    index: str = "TOP3", seq: int = 1, as_of: int = T0, level: float = 1003.2
) -> dict[str, Any]:
    """A snapshot of an index's first minutes: most figures are null with a reason."""
    risk = dict.fromkeys(("volatility", "sharpe", "sortino", "calmar", "omega", "var_95"))
    returns: dict[str, float | None] = dict.fromkeys(PERIODS)
    returns["inception"] = level / 1000.0 - 1.0
    undefined = {f"risk.{name}": "too_few" for name in risk}
    undefined |= {f"returns.{name}": "too_short" for name in PERIODS if name != "inception"}
    undefined |= {"annualised": "too_short", "cagr": "too_short", "windows": "not_started"}
    return {
        "index": index,
        "seq": seq,
        "as_of": as_of,
        "level": level,
        "status": "warming",
        "origin": "live",
        "returns": returns,
        "annualised": {"1y": None, "3y": None, "5y": None, "inception": None},
        "cagr": None,
        "risk": {"n": 0, **risk},
        "drawdown": {
            "current": 0.0067, "max": 0.0123, "peak_at": as_of - MINUTE,
            "trough_at": as_of, "recovered_at": None, "underwater_seconds": 60.0, "episodes": [],
        },
        "benchmarks": {},
        "windows": None,
        "flags": [],
        "targets": {"sharpe": {"target": 1.5, "value": None, "met": None}},
        "undefined": undefined,
        "quality": {
            "sources": {"BTC": ["binance", "kraken"]}, "excluded": [], "flags": ["assumed_peg"],
            "oldest_price_seconds": 0.4, "gap_seconds_24h": 0.0, "unobserved_bars": 0,
            "approximate": [],
        },
        "definition": "ab" * 32,
        "receipt": receipt(seq),
    }  # fmt: skip


def live(
    index: str = "TOP3",
    seq: int = 1,
    as_of: int = T0,
    level: float = 1003.2,
    current: float = 0.0412,
    deepest: float = 0.3817,
    change: float = 0.0234,
) -> dict[str, Any]:
    """A snapshot of an index with years of history: nearly every figure is there."""
    benchmark = {
        "n": 1400, "beta": 1.08, "ewma_beta": 1.12, "alpha": 0.031, "correlation": 0.94,
        "tracking_error": 0.18, "information_ratio": 0.42, "up_capture": 1.05,
        "down_capture": 0.97, "capture_ratio": 1.08,
        "excess": {"1d": 0.002, "30d": -0.011, "1y": 0.05, "inception": 0.21},
    }  # fmt: skip
    window = {
        "n": 720, "return": 0.051, "volatility": 0.56, "sharpe": 1.1, "sortino": 1.6,
        "max_drawdown": 0.12, "var_95": 0.041, "benchmarks": {"BTC": {"n": 719, "beta": 1.02}},
    }  # fmt: skip
    exceeded = {"n": 1380, "expected": 69.0, "observed": 74, "kupiec_p": 0.53}
    snapshot = warming(index, seq, as_of, level)
    return snapshot | {
        "status": "live",
        "composition": {
            "rebalanced_at": as_of - 20 * DAY, "divisor": 1.0, "turnover_1y": 0.412,
            "pending": ["XLM"],
            "assets": {
                "ETH": {"weight": 0.36, "target": 0.3, "price": 3012.4, "return_today": 0.021,
                        "contribution_today": 0.0073},
                "BTC": {"weight": 0.64, "target": 0.7, "price": 60123.5, "return_today": -0.011,
                        "contribution_today": -0.0071},
                "PEPE": {"weight": 0.0, "target": 0.0, "price": 0.0000071234,
                         "return_today": None, "contribution_today": 0.0},
            },
        },
        "returns": {name: 0.01 * place for place, name in enumerate(PERIODS, -3)} | {"1d": change},
        "annualised": {"1y": 0.41, "3y": 0.27, "5y": None, "inception": 0.33},
        "cagr": 0.33,
        "risk": {
            "n": 1400, "volatility": 0.6213, "downside_deviation": 0.41, "ewma_volatility": 0.55,
            "sharpe": 1.27, "sharpe_se": 0.48, "psr": 0.96, "sortino": 1.84, "calmar": 0.86,
            "calmar_36m": 0.7, "omega": 1.21, "skew": -0.35, "kurtosis": 4.2, "var_95": 0.0512,
            "var_99": 0.0931, "cvar_95": 0.0744, "cvar_99": 0.1201, "var_95_cf": 0.0533,
            "var_99_cf": None, "var_95_exceedances": exceeded, "var_99_exceedances": exceeded,
        },
        "drawdown": {
            "current": current, "max": deepest, "max_daily": deepest - 0.01,
            "peak_at": as_of - 40 * DAY, "trough_at": as_of - 12 * DAY, "recovered_at": None,
            "underwater_seconds": 40 * 86400.0, "longest_seconds": 212 * 86400.0,
            "recovery_seconds": None,
            "episodes": [
                {"peak_at": as_of - 300 * DAY, "trough_at": as_of - 200 * DAY,
                 "recovered_at": as_of - 88 * DAY, "depth": deepest},
                {"peak_at": as_of - 40 * DAY, "trough_at": as_of - 12 * DAY,
                 "recovered_at": None, "depth": current},
            ],
        },
        "benchmarks": {"BTC": benchmark, "ETH": benchmark | {"beta": 0.71, "alpha": -0.02}},
        "rolling": {
            name: {"latest": 1.1, "positive_share": 0.62, "min": -1.2, "median": 0.8, "max": 3.4,
                   "n": 900}
            for name in ("30d", "90d", "1y")
        },
        "windows": dict.fromkeys(("1d", "7d", "30d", "90d", "1y"), window),
        "calendar": {
            "months": [{"period": f"2025-{m:02d}", "return": 0.02 * (m % 5 - 2),
                        "excess": {"BTC": None if m == 1 else 0.003}} for m in range(1, 12)],
            "years": [{"period": "2024", "return": 0.62, "excess": {"BTC": 0.08}}],
        },
        "regime": {
            "reference": "BTC", "trend": "sideways", "trend_since": as_of - 9 * DAY,
            "volatility": "high", "volatility_since": as_of - 3 * DAY,
            **{name: {"n": 280, "return": 0.21, "volatility": 0.5, "sharpe": 1.3}
               for name in ("bull", "bear", "sideways", "high_volatility", "low_volatility")},
        },
        "flags": [{"flag": "weight_drift", "since": as_of - 2 * DAY,
                   "evidence": {"asset": "ETH", "weight": 0.36, "target": 0.3, "off": 0.06}}],
        "targets": {"sharpe": {"target": 1.5, "value": 1.27, "met": False}},
        "undefined": {
            "annualised.5y": "too_short", "risk.var_99_cf": "cf_domain",
            "drawdown.recovery_seconds": "not_recovered",
            "composition.assets.PEPE.return_today": "no_price",
            "calendar.months.2025-01.excess.BTC": "too_short",
        },
        "quality": snapshot["quality"] | {
            "flags": [], "excluded": [{"source": "okx:BTC-USDT", "reason": "outlier"}],
        },
    }  # fmt: skip
