"""What one topic says in some seconds, gathered message by message: rate, stamps, frames, size, content. Pure.

Times are arguments: `at_s` monotonic, `wall_s` of the system clock.
"""

import math
import statistics
import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace

from port_session.robots.domain_look import ImuContent, JointContent, OdometryContent, TopicLook

#: Below this a speed or a way is noise, m/s and m.
_STILL = 1e-4
#: A rate needs a distance between messages; of fewer it is their count in the whole time.
_ENOUGH = 3

Vector = tuple[float, float, float]


@dataclass(frozen=True)
class Header:
    """Of a message: stamp of the system clock, s (0: none was set), and frame."""

    stamp_s: float
    frame_id: str


def header_of(data: bytes) -> Header | None:
    """The header with which these CDR bytes begin; None if they are too short to hold one."""
    if len(data) < 16:
        return None
    order = "<" if data[1] & 1 else ">"
    seconds, nanoseconds, length = struct.unpack_from(f"{order}iII", data, 4)
    text = data[16 : 16 + max(0, length - 1)]
    if 16 + length > len(data):
        return None
    return Header(seconds + nanoseconds * 1e-9, text.decode("utf-8", "replace"))


class TopicObserver:
    """Counts what comes, from its making on."""

    def __init__(self, stamped: bool) -> None:
        self._stamped = stamped
        self._times_s: list[float] = []
        self._lags_s: list[float] = []
        self._zero = self._largest = 0
        self._frame = ""
        self.odometry = OdometryObserver()
        self.joints = JointObserver()
        self.imu: ImuContent | None = None

    def note(self, data: bytes, at_s: float, wall_s: float) -> None:
        """One message came."""
        self._times_s.append(at_s)
        self._largest = max(self._largest, len(data))
        header = header_of(data) if self._stamped else None
        if header is None:
            return
        self._frame = header.frame_id or self._frame
        if header.stamp_s == 0.0:
            self._zero += 1
        else:
            self._lags_s.append(wall_s - header.stamp_s)

    def added_to(self, topic: TopicLook, seconds: float) -> TopicLook:
        """`topic` with what came in `seconds`."""
        counted = self._zero + len(self._lags_s)
        return replace(
            topic, rate_hz=self._rate_hz(seconds), largest_bytes=self._largest, frame_id=self._frame,
            lag_s=statistics.median(self._lags_s) if self._lags_s else math.nan,
            zero_stamps=self._zero / counted if counted else math.nan,
            child_frame_id=self.odometry.child_frame_id, odometry=self.odometry.content,
            joints=self.joints.content, imu=self.imu,
        )  # fmt: skip

    def _rate_hz(self, seconds: float) -> float:
        times_s = self._times_s
        if len(times_s) < _ENOUGH or times_s[-1] <= times_s[0]:
            return len(times_s) / seconds
        return (len(times_s) - 1) / (times_s[-1] - times_s[0])


class OdometryObserver:
    """What a robot says of its own motion."""

    def __init__(self) -> None:
        self._places: list[Vector] = []
        self._moved_m = 0.0
        self._twist = False
        self.child_frame_id = ""

    def note(self, position: Vector, speeds: Sequence[float], child_frame_id: str) -> None:
        """One message: position in m, every component of its velocity."""
        if self._places:
            self._moved_m += math.dist(self._places[-1], position)
        self._places.append(position)
        self._twist = self._twist or any(abs(speed) > _STILL for speed in speeds)
        self.child_frame_id = child_frame_id or self.child_frame_id

    @property
    def content(self) -> OdometryContent | None:
        """None if none came."""
        if not self._places:
            return None
        heights_m = [place[2] for place in self._places]
        return OdometryContent(self._moved_m, self._twist, min(heights_m), max(heights_m))


class JointObserver:
    """Which joints there are; several publishers may share them, as an arm and its gripper do."""

    def __init__(self) -> None:
        self._names: dict[str, None] = {}
        self._velocities = True

    def note(self, names: Sequence[str], velocities: int) -> None:
        """One message. velocities: how many it holds."""
        self._names.update(dict.fromkeys(names))
        self._velocities = self._velocities and velocities >= len(names)

    @property
    def content(self) -> JointContent | None:
        """None if none came."""
        return JointContent(tuple(self._names), self._velocities) if self._names else None
