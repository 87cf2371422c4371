"""A made-up session's evidence: a drive along the lane with three stops, two plates with one jump."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from mcap_ros2.writer import Writer

from port_safety.evidence import hash_chain as chain
from port_session.recorder.schema import definition, installed_text

START_NS = 1_800_000_000_000_000_000
#: What the edge's clock says so many seconds after the start.
Clock = Callable[[float], int]
GROUND = {
    "lane": {"kind": "keep_in", "polygon_m": [[-1.0, -1.5], [11.0, -1.5], [11.0, 1.5], [-1.0, 1.5]]},
    "operator_desk": {"kind": "keep_out", "polygon_m": [[4.0, 1.0], [6.0, 1.0], [6.0, 2.5], [4.0, 2.5]]},
    "crossing": {
        "kind": "speed", "polygon_m": [[3.5, -1.5], [6.5, -1.5], [6.5, 1.5], [3.5, 1.5]], "limit_mps": 0.5,
        "occupied_limit_mps": 0.0,
    },
}  # fmt: skip
EXTRAS: dict[str, Any] = {
    "devices": {"left": {"sent": 24_000}, "right": {"sent": 24_000}},
    "mqtt": {"published": 5321, "received": 5321},
    "exit_codes": {"gate": 0, "robot": 0, "telemetry": 0, "recorder": 0},
    "orphans": 0,
}
STOPS = (
    (12.0, "estop", "station_1", "EMERGENCY_STOP", "estop station_1: channel A and B open", None, None, ""),
    (20.0, "separation", "zone crossing", "PROTECTIVE_STOP", "a person is in crossing", 1.32, 1.9, "m"),
    (28.0, "fresh", "force_plate left", "PROTECTIVE_STOP", "force_plate left: no data for 0.11 s", 0.11, 0.1, "s"),
)


def speed_mps(time_s: float) -> float:
    """Drives from 6 s on, stands for 4 s after each stop, crosses slowly."""
    if time_s < 6 or time_s > 34 or any(0.5 < time_s - stop[0] < 4 for stop in STOPS):
        return 0.0
    return 0.48 if 10 < time_s < 24 else 0.62


def jump_force_n(time_s: np.ndarray[Any, Any], mass_kg: float = 72.0, height_m: float = 0.3) -> np.ndarray[Any, Any]:
    """Quiet standing, a push of 0.3 s that gives `height_m`, the flight, a landing; take-off is at 10 s."""
    g, push_s = 9.80665, 0.3
    velocity = math.sqrt(2 * g * height_m)
    force = np.full_like(time_s, mass_kg * g)
    pushing = (time_s >= 10 - push_s) & (time_s < 10)
    # A half sine that ends with the weight still on: its mean is 2/π of its peak.
    peak_n = mass_kg * velocity / push_s * math.pi / 2
    force[pushing] += peak_n * np.sin(math.pi * (time_s[pushing] - 10 + push_s) / push_s)
    force[(time_s >= 10) & (time_s < 10 + 2 * velocity / g)] = 0.0
    landing = (time_s >= 10 + 2 * velocity / g) & (time_s < 10.3 + 2 * velocity / g)
    force[landing] += peak_n * np.sin(math.pi * (time_s[landing] - 10 - 2 * velocity / g) / 0.3)
    return force


def steady(time_s: float) -> int:
    """A clock that nobody sets."""
    return START_NS + round(time_s * 1e9)


def _stamp(ns: int) -> dict[str, int]:
    return {"sec": ns // 1_000_000_000, "nanosec": ns % 1_000_000_000}


class _Mcap:
    """Messages in any order; in the file they are in the order of their time, as they arrived."""

    def __init__(self, path: Path, prefixes: tuple[Path, ...], clock: Clock) -> None:
        self.clock = clock
        self._file = path.open("wb")
        self._writer = Writer(self._file, chunk_size=100_000)
        self._find = installed_text(prefixes)
        self._schemas: dict[str, Any] = {}
        self._messages: list[tuple[float, str, str, dict[str, Any]]] = []

    def write(self, topic: str, kind: str, time_s: float, message: dict[str, Any]) -> None:
        self._messages.append((time_s, topic, kind, message))

    def _write(self, time_s: float, topic: str, kind: str, message: dict[str, Any]) -> None:
        if kind not in self._schemas:
            self._schemas[kind] = self._writer.register_msgdef(kind, definition(kind, self._find))
        self._writer.write_message(f"/demo/{topic}", self._schemas[kind], message, self.clock(time_s))

    def close(self) -> None:
        for one in sorted(self._messages, key=lambda one: one[0]):
            self._write(*one)
        self._writer.add_metadata("port.lost", {})
        self._writer.finish()
        self._file.close()


def _write_states(mcap: _Mcap) -> None:
    x = 0.0
    for tick in range(800):
        time_s = tick / 20
        speed = speed_mps(time_s)
        x += speed / 20
        stopped = any(0 <= time_s - stop[0] < 3.5 for stop in STOPS)
        slow = 10 < time_s < 24
        limit = {"severity": 1, "rule": "speed", "source": "zone crossing", "value": speed, "limit": 0.5, "unit": "m/s"}
        mcap.write("safety/state", "port_interfaces/msg/SafetyState", time_s, {
            "header": {"stamp": _stamp(mcap.clock(time_s))}, "state": 5 if stopped else 3 if slow else 2,
            "reason": "made up",
            "requested_mps": 0.8 if 6 < time_s < 34 else 0.0, "passed_mps": speed,
            "speed_mps": max(0.0, speed + 0.01 * math.sin(9 * time_s)), "position_m": [x, 0.15 * math.sin(x)],
            "causes": [limit] if slow and not stopped else [], "envelope_hash": "8f1c0de24ab97731",
        })  # fmt: skip


def _write_plates(mcap: _Mcap, samples: int) -> None:
    noise = np.random.default_rng(7)
    time_s = np.arange(samples) / 2000
    total = jump_force_n(time_s)
    for plate, share in (("left", 0.47), ("right", 0.53)):
        wrench = noise.normal(0, 1.0, (len(time_s), 6))
        wrench[:, 2] = total * share + noise.normal(0, 1.2, len(time_s))
        for first in range(0, len(time_s), 20):
            mcap.write(f"force_plates/{plate}/samples", "port_interfaces/msg/WrenchBlock", time_s[first], {
                "header": {"stamp": _stamp(mcap.clock(float(time_s[first])))}, "device_id": plate, "first_index": first,
                "period_s": 0.0005, "received_total": first + 20, "status": [0] * 20,
                "wrench": wrench[first : first + 20].ravel().tolist(),
            })  # fmt: skip


def safety_lines(clock: Clock = steady) -> list[dict[str, Any]]:
    """The gate's events of the drive."""
    lines: list[dict[str, Any]] = []

    def add(time_s: float, kind: str, before: str, after: str, **more: Any) -> None:
        if kind != "STATE_CHANGED" and before != after:
            add(time_s, "STATE_CHANGED", before, after)
        lines.append({
            "stream": "safety", "stamp_ns": clock(time_s), "sequence": len(lines) + 1, "kind": kind,
            "event_id": "", "before": before, "after": after, "epoch": 1, "causes": [], "reason": "made up", "by": "",
            "latency_ms": None, "distance_m": None, "travel_after_zero_m": None, "duration_s": None, **more,
        })  # fmt: skip

    add(0.1, "STATE_CHANGED", "INIT", "STANDBY")
    add(5.0, "ARMED", "STANDBY", "RUN", by="operator")
    for number, (at, rule, source, severity, reason, value, limit, unit) in enumerate(STOPS, 1):
        cause = {"rule": rule, "source": source, "severity": severity, "reason": reason, "value": value, "limit": limit,
                 "unit": unit, "healthy": False, "stamp_ns": START_NS}  # fmt: skip
        event_id = f"edge-1/1/{number}"
        add(at, "STOP", "RUN", "STOPPING", event_id=event_id, causes=[cause], latency_ms=1.7 + number / 10)
        add(at + 0.6, "STANDSTILL", "STOPPING", "STOPPED", event_id=event_id, causes=[cause], duration_s=0.55,
            distance_m=0.18 + number / 50, travel_after_zero_m=0.02, latency_ms=1.7 + number / 10)  # fmt: skip
        if number == 1:
            add(at + 1.5, "RESET_REFUSED", "STOPPED", "STOPPED", event_id=event_id, by="reset button station_1",
                reason="estop station_1: channel A and B open")  # fmt: skip
        add(at + 2, "STATE_CHANGED", "STOPPED", "RESET_READY")
        add(at + 3, "RESET_ACCEPTED", "RESET_READY", "STANDBY", event_id=event_id, by="reset button station_1")
        add(at + 3.5, "ARMED", "STANDBY", "RUN", by="operator")
    return lines


def stop_log(robot: str = "sim_wheeled", speed_mps: float = 0.62) -> bytes:
    """The gate's own log of the drive's stops."""
    records: list[dict[str, Any]] = [{"kind": "opened", "robot": robot, "session": "demo"}]
    for number, (_, _, _, severity, *_) in enumerate(STOPS, 1):
        event_id = f"edge-1/1/{number}"
        records.append({"kind": "stop_began", "event_id": event_id})
        records.append({
            "kind": "stop", "event_id": event_id, "severity": severity, "stands": True,
            "distance_m": 0.18 + number / 50, "speed_at_start_mps": speed_mps, "travel_after_zero_m": 0.02,
        })  # fmt: skip
    return chained([*records, {"kind": "closed"}])


def chained(records: list[dict[str, Any]]) -> bytes:
    """A chain of these records."""
    lines: list[bytes] = []
    for seq, record in enumerate(records, 1):
        lines.append(chain.encode(record, seq, chain.digest(lines[-1]) if lines else ""))
    return b"".join(line + b"\n" for line in lines)


def session_lines(clock: Clock = steady) -> list[dict[str, Any]]:
    """The session's events of the drive."""
    steps = [(2.0, "admit", "BOOKED", "ADMITTED"), (5.0, "arm", "ADMITTED", "ARMED")]
    steps.append((5.5, "start", "ARMED", "RUNNING"))
    for at, *_ in STOPS:
        steps += [(at, "stop", "RUNNING", "HALTED"), (at + 3.5, "arm", "HALTED", "ARMED")]
        steps += [(at + 3.8, "start", "ARMED", "RUNNING")]
    steps.append((36.0, "finish", "RUNNING", "COMPLETED"))
    return [
        {"stream": "session", "stamp_ns": clock(at), "sequence": number, "before": before,
         "after": after, "accepted": True, "command": command, "reason": f"{command} as planned",
         "by": "gate" if command == "stop" else "operator Li"}
        for number, (at, command, before, after) in enumerate(steps, 1)
    ]  # fmt: skip


def make(out: Path, prefixes: tuple[Path, ...], samples: int = 24_000, clock: Clock = steady) -> Path:
    """Write the evidence into `out`. samples: of each plate, at 2 kHz."""
    out.mkdir(parents=True, exist_ok=True)
    mcap = _Mcap(out / "recording.mcap", prefixes, clock)
    _write_states(mcap)
    _write_plates(mcap, samples)
    mcap.close()
    lines = sorted(safety_lines(clock) + session_lines(clock), key=lambda line: line["stamp_ns"])
    (out / "events.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    (out / "stops.jsonl").write_bytes(stop_log())
    document = {
        "session": "demo", "robot": "sim_wheeled", "team": "blue", "ground": "hall_lane", "trial": "lane_drive",
        "kind": "test", "site": "shuangpu", "edge": "edge-1", "goal_m": [10.0, 0.0], "tolerance_m": 0.3, "run": 1,
        "state": "COMPLETED", "outcome": {"position_m": [9.9, 0.0], "distance_to_goal_m": 0.1, "reached": True},
        "software": {"python": "3.11", "rmw": "rmw_fastrtps_cpp"},
    }  # fmt: skip
    (out / "session.json").write_text(json.dumps(document), encoding="utf-8")
    return out
