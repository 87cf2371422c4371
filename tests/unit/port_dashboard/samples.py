"""Plain values as the ROS side would hand them over."""

from typing import Any

NOW_NS = 1_000_000_000_000
SYSTEM_NS = 1_800_000_000_000_000_000
MS = 1_000_000


def twist(linear_mps: float) -> dict[str, float]:
    return {"linear_mps": linear_mps, "yaw_radps": 0.0}


def safety(state: str = "RUN", **changes: Any) -> dict[str, Any]:
    return {
        "state": state, "since_ns": SYSTEM_NS - 7_000 * MS, "severity": 0, "reason": "all checks pass", "remedy": "",
        "causes": [], "epoch": 3, "event_id": "", "requested": twist(0.8), "passed": twist(0.8), "speed_mps": 0.78,
        "enable": True, "inputs": [gate_input()], "envelope_hash": "9f86d081884c7d65", "realtime": ["FIFO granted"],
        "tick_hz": 200.0, "tick_jitter_p99_ms": 0.1, "missed_deadlines": 0,
    } | changes  # fmt: skip


def gate_input(status: str = "OK", age_s: float | None = 0.01, limit_s: float | None = 0.1) -> dict[str, Any]:
    return {"name": "odometry", "age_s": age_s, "limit_s": limit_s, "status": status}


def cause(**changes: Any) -> dict[str, Any]:
    return {
        "severity": 3, "rule": "estop", "source": "estop station_1", "reason": "estop station_1: channel A open",
        "value": None, "limit": None, "unit": "", "healthy": False,
    } | changes  # fmt: skip


def estop(**changes: Any) -> dict[str, Any]:
    return {
        "device_id": "station_1", "link": "OK", "link_reason": "", "a": True, "b": True, "reset": False, "relay": True,
    } | changes  # fmt: skip


def session(state: str = "RUNNING") -> dict[str, Any]:
    return {
        "state": state, "robot": "r", "team": "t", "ground": "g", "trial": "l", "kind": "test", "run": 1,
        "reason": "started",
    }  # fmt: skip


def event(sequence: int, source: str = "safety", stamp_ms: float = 0.0) -> dict[str, Any]:
    return {
        "source": source, "sequence": sequence, "stamp_ms": stamp_ms or float(sequence), "kind": "STOP",
        "reason": f"event {sequence}", "by": "", "event_id": "", "status": "stop",
    }  # fmt: skip
