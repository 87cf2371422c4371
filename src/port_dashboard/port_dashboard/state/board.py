"""The newest value of every source, kept for the page. Bounded; the ROS side writes it, the web side reads it.

It judges nothing: what a value means for the officer is said in page.py.
"""

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from port_dashboard.state.freshness import Seen

Plain = dict[str, Any]

EVENTS_KEPT = 50
STATIONS_KEPT = 16
HEALTH_KEPT = 64
TRACK_POINTS_KEPT = 300
_TRACK_STEP_M = 0.05


@dataclass(frozen=True)
class Zone:
    """A zone of the ground; `polygon_m` in frame ground."""

    name: str
    kind: str
    polygon_m: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        if len(self.polygon_m) < 3:
            raise ValueError(f"zone {self.name}: {len(self.polygon_m)} corners, a polygon has at least 3")


@dataclass(frozen=True)
class Picture:
    """Everything known at one moment. The dicts inside are never changed once they are in here."""

    safety: Seen[Plain] | None = None
    session: Seen[Plain] | None = None
    pose: Seen[Plain | None] | None = None
    estops: dict[str, Seen[Plain]] = field(default_factory=dict)
    health: dict[str, Seen[Plain]] = field(default_factory=dict)
    events: tuple[Plain, ...] = ()
    track_m: tuple[tuple[float, float], ...] = ()


class Board:
    """Takes what arrives. Every method that takes something says whether an officer must see it at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._safety: Seen[Plain] | None = None
        self._session: Seen[Plain] | None = None
        self._pose: Seen[Plain | None] | None = None
        self._estops: dict[str, Seen[Plain]] = {}
        self._health: dict[str, Seen[Plain]] = {}
        self._events: deque[Plain] = deque(maxlen=EVENTS_KEPT)
        self._last_sequence: dict[str, int] = {}
        self._track: deque[tuple[float, float]] = deque(maxlen=TRACK_POINTS_KEPT)

    def take_safety(self, state: Plain, true_at_ns: int) -> bool:
        """A state of the safety gate; True if it says something else than the one before."""
        with self._lock:
            before, self._safety = self._safety, Seen(state, true_at_ns)
        return before is None or _differs(before.value, state, ("state", "severity", "reason", "event_id", "enable"))

    def take_session(self, state: Plain, true_at_ns: int) -> bool:
        """A state of the session; True if it changed."""
        with self._lock:
            before, self._session = self._session, Seen(state, true_at_ns)
        return before is None or _differs(before.value, state, ("state", "run", "reason"))

    def take_estop(self, reading: Plain, true_at_ns: int) -> bool:
        """A reading of an e-stop station; True if a contact or the link changed."""
        name = str(reading["device_id"])
        with self._lock:
            before = self._estops.get(name)
            if before is None and len(self._estops) >= STATIONS_KEPT:
                return False
            self._estops[name] = Seen(reading, true_at_ns)
        return before is None or _differs(before.value, reading, ("link", "a", "b", "reset", "relay"))

    def take_pose(self, pose: Plain | None, true_at_ns: int) -> bool:
        """Where the cameras see the robot, None for a pose that is none; never urgent. It moves: the track grows."""
        if pose is None:
            with self._lock:
                self._pose = Seen(None, true_at_ns)
            return False
        point = (round(float(pose["x_m"]), 3), round(float(pose["y_m"]), 3))
        with self._lock:
            self._pose = Seen(pose, true_at_ns)
            if not self._track or _distance(self._track[-1], point) >= _TRACK_STEP_M:
                self._track.append(point)
        return False

    def take_health(self, name: str, health: Plain, true_at_ns: int) -> bool:
        """One line of /diagnostics; True if its level changed."""
        with self._lock:
            before = self._health.get(name)
            if before is None and len(self._health) >= HEALTH_KEPT:
                return False
            self._health[name] = Seen(health, true_at_ns)
        return before is None or _differs(before.value, health, ("level",))

    def take_event(self, event: Plain) -> bool:
        """Something that happened; a gap in its source's sequence becomes an event of its own."""
        source, sequence = str(event["source"]), int(event["sequence"])
        with self._lock:
            last = self._last_sequence.get(source)
            if last is not None and sequence > last + 1:
                self._events.append(_gap(event, sequence - last - 1))
            self._last_sequence[source] = sequence
            self._events.append(event)
        return True

    def picture(self) -> Picture:
        """All of it as it is now."""
        with self._lock:
            return Picture(
                safety=self._safety,
                session=self._session,
                pose=self._pose,
                estops=dict(sorted(self._estops.items())),
                health=dict(sorted(self._health.items())),
                events=tuple(self._events),
                track_m=tuple(self._track),
            )


def _differs(before: Plain, now: Plain, keys: tuple[str, ...]) -> bool:
    return any(before.get(key) != now.get(key) for key in keys)


def _distance(a: tuple[float, float], b: tuple[float, float]) -> float:
    return max(abs(a[0] - b[0]), abs(a[1] - b[1]))


def _gap(event: Plain, lost: int) -> Plain:
    text = f"{lost} events of {event['source']} did not arrive"
    return {**event, "kind": "LOST", "reason": text, "by": "", "status": "abnormal"}
