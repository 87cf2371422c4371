"""Recorded messages into series for plots and accounting: what the gate saw, what the plates measured.

It takes decoded messages in file order and must not judge them.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from port_session.recorder.even_axis import Block, can_be_placed, place
from port_session.recorder.read import Recorded
from port_session.report.evidence import Change, Motion, Plate, Series
from port_session.trials.run_data import Poses

_PACKAGE = "port_interfaces/msg/"
SAFETY_STATE, SAFETY_EVENT = _PACKAGE + "SafetyState", _PACKAGE + "SafetyEvent"
WRENCH_BLOCK = _PACKAGE + "WrenchBlock"
POSE = "geometry_msgs/msg/PoseWithCovarianceStamped"

GATE_STATES = ("INIT", "STANDBY", "RUN", "REDUCED", "STOPPING", "STOPPED", "RESET_READY", "RECOVER", "FAULT")
EVENT_KINDS = (
    "STATE_CHANGED", "STOP", "CAUSE_ADDED", "STANDSTILL", "RESET_ACCEPTED", "RESET_REFUSED", "ARMED", "ARM_REFUSED",
    "LIMIT_BEGAN", "LIMIT_ENDED", "RECOVER_BEGAN", "RECOVER_ENDED", "OVERRIDE_BEGAN", "OVERRIDE_ENDED",
    "ENVELOPE_CHANGED", "DISARMED",
)  # fmt: skip
SEVERITIES = ("OK", "LIMIT", "PROTECTIVE_STOP", "EMERGENCY_STOP")
_BAD_SAMPLE = 1 | 2  # SATURATED | INVALID of WrenchBlock


#: A stamp as seconds from the start of the evidence.
Seconds = Callable[[int], float]


def wanted(topic: str, type_name: str) -> bool:
    """Whether the report has a use for this stream."""
    return type_name in (SAFETY_STATE, SAFETY_EVENT, WRENCH_BLOCK) or (
        type_name == POSE and topic.endswith("ground/robot_pose")
    )


def _ns(stamp: Any) -> int:
    return int(stamp.sec) * 1_000_000_000 + int(stamp.nanosec)


def _named(names: tuple[str, ...], number: int) -> str:
    return names[number] if 0 <= number < len(names) else f"unknown {number}"


def _or_none(value: float) -> float | None:
    return value if math.isfinite(value) else None


@dataclass(frozen=True)
class _Piece:
    """One block: stamp and count of its first sample, vertical force."""

    stamp_ns: int
    first_index: int
    force_n: Series


@dataclass
class _Blocks:
    """One plate's blocks as they come, and its counters, summed over restarts of its node."""

    period_s: float = 0.0
    pieces: list[_Piece] = field(default_factory=list)
    finished: tuple[int, int, int] = (0, 0, 0)
    latest: tuple[int, int, int] = (0, 0, 0)

    def add(self, message: Any) -> None:
        counters = (int(message.received_total), int(message.lost_total), int(message.rejected_total))
        if counters[0] < self.latest[0]:
            self.finished = _sum(self.finished, self.latest)
        self.latest = counters
        self.period_s = float(message.period_s)
        force = np.array(message.wrench, dtype=np.float64)[2::6]
        status = np.array(list(message.status), dtype=np.uint8)
        force[(status & _BAD_SAMPLE) != 0] = np.nan
        self.pieces.append(_Piece(_ns(message.header.stamp), int(message.first_index), force))

    def totals(self) -> tuple[int, int, int]:
        return _sum(self.finished, self.latest)


def _sum(a: tuple[int, int, int], b: tuple[int, int, int]) -> tuple[int, int, int]:
    return a[0] + b[0], a[1] + b[1], a[2] + b[2]


class Streams:
    """Collects; the properties give what came together."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.events: list[dict[str, Any]] = []
        self.stamps_ns: list[int] = []
        self.envelope_hash = ""
        self._motion: list[tuple[float, ...]] = []
        self._seen: list[tuple[int, float, float, float]] = []
        self._blocks: dict[str, _Blocks] = {}

    def add(self, one: Recorded) -> None:
        if one.type_name == SAFETY_STATE:
            self._add_state(one.message, _ns(one.message.header.stamp) or one.log_ns)
        elif one.type_name == SAFETY_EVENT:
            self.events.append(event_line(one.message))
        elif one.type_name == WRENCH_BLOCK and can_be_placed(one.message.period_s):
            self._blocks.setdefault(one.message.device_id, _Blocks()).add(one.message)
        elif one.type_name == POSE:
            self._add_pose(one.message, _ns(one.message.header.stamp) or one.log_ns)

    def _add_pose(self, message: Any, stamp_ns: int) -> None:
        position, covariance = message.pose.pose.position, message.pose.covariance
        variance = max(float(covariance[0]), float(covariance[7]))  # x and y of a 6 x 6 matrix, row by row
        self._seen.append((stamp_ns, position.x, position.y, math.sqrt(variance) if variance > 0.0 else math.nan))

    def _add_state(self, message: Any, stamp_ns: int) -> None:
        name = _named(GATE_STATES, message.state)
        if not self.changes or self.changes[-1].name != name:
            self.changes.append(Change(stamp_ns, name))
        self.envelope_hash = message.envelope_hash or self.envelope_hash
        limits = [c.limit for c in message.causes if c.unit == "m/s" and c.severity == 1 and math.isfinite(c.limit)]
        position = list(message.position_m) if len(message.position_m) == 2 else [math.nan, math.nan]
        self.stamps_ns.append(stamp_ns)
        self._motion.append((
            command_mps(message, "requested"), command_mps(message, "passed"), message.speed_mps,
            min(limits, default=math.nan), *position,
        ))  # fmt: skip

    def motion(self, seconds: Seconds) -> Motion:
        if not self._motion:
            return Motion()
        time_s = np.array([seconds(stamp_ns) for stamp_ns in self.stamps_ns])
        return Motion(time_s, *np.array(self._motion, dtype=np.float64).T)

    def poses(self, seconds: Seconds) -> Poses:
        """Where the ground's cameras saw the robot."""
        time_s = np.array([seconds(stamp_ns) for stamp_ns, *_ in self._seen])
        points = np.array([point for _, *point in self._seen], dtype=np.float64).reshape(-1, 3)
        return Poses(time_s, points[:, 0], points[:, 1], points[:, 2])

    def first_block_ns(self) -> list[int]:
        return [blocks.pieces[0].stamp_ns for blocks in self._blocks.values()]

    def plates(self, seconds: Seconds) -> tuple[Plate, ...]:
        return tuple(_plate(name, blocks, seconds) for name, blocks in sorted(self._blocks.items()))

    def counters(self) -> dict[str, dict[str, int | None]]:
        """Per plate: samples received, samples reported lost, bytes rejected."""
        names = ("received", "reported_lost", "rejected")
        return {name: dict(zip(names, blocks.totals(), strict=True)) for name, blocks in self._blocks.items()}


def _plate(name: str, blocks: _Blocks, seconds: Seconds) -> Plate:
    """The blocks on one even time axis; where none covers it, NaN."""
    rate_hz = 1 / blocks.period_s
    placed = place([Block(one.first_index, len(one.force_n), one.stamp_ns) for one in blocks.pieces], rate_hz)
    force = np.full(placed.length, np.nan)
    for first, piece in zip(placed.places, blocks.pieces, strict=True):
        force[first : first + len(piece.force_n)] = piece.force_n
    time_s = seconds(blocks.pieces[0].stamp_ns) + np.arange(len(force)) / rate_hz
    return Plate(name, rate_hz, time_s, force, placed.remarks)


def event_line(message: Any) -> dict[str, Any]:
    """A recorded SafetyEvent in the form of events.jsonl."""
    figures = ("latency_ms", "distance_m", "travel_after_zero_m", "duration_s")
    return {
        "stream": "safety", "stamp_ns": _ns(message.stamp), "sequence": message.sequence,
        "kind": _named(EVENT_KINDS, message.kind), "event_id": message.event_id,
        "before": _named(GATE_STATES, message.state_before), "after": _named(GATE_STATES, message.state_after),
        "reason": message.reason, "by": message.by, "causes": [_cause_line(cause) for cause in message.causes],
        **{name: _or_none(getattr(message, name)) for name in figures},
    }  # fmt: skip


def _cause_line(cause: Any) -> dict[str, Any]:
    return {
        "rule": cause.rule, "source": cause.source, "severity": _named(SEVERITIES, cause.severity),
        "reason": cause.reason, "value": _or_none(cause.value), "limit": _or_none(cause.limit), "unit": cause.unit,
    }  # fmt: skip


def command_mps(message: Any, which: str) -> float:
    """How fast the robot's fastest point was asked to be, or told to be; by the twist alone in an older recording."""
    speed_mps = getattr(message, f"{which}_mps", None)
    linear = getattr(message, which).linear
    return math.hypot(linear.x, linear.y) if speed_mps is None else float(speed_mps)
