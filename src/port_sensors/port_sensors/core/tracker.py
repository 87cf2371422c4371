"""The robot's pose from all cameras, and which of the cameras still stand where they were surveyed.

Ties fusion and trust together. Floor tags outrank the other cameras: a camera whose tags are where they should be is
not named because another one contradicts it. May be called from several threads; reads no clock.
"""

import threading
from collections.abc import Iterable

from port_sensors.core.floor_pose import FloorPose
from port_sensors.core.floor_tags import TagCheck
from port_sensors.core.fusion import Fusion, FusionSettings, Judged, Sighting
from port_sensors.core.trust import Trust, TrustSettings

_NS = 1_000_000_000
#: Tags are looked at a few times a second: three contradicting looks name the camera, after a second or so.
_BY_TAGS = TrustSettings(window_s=1.5, least_votes=3)
_TAGS_HOLD_NS = 2 * _NS


class Tracker:
    """The cameras by name. Each call takes what one camera saw in one picture."""

    def __init__(self, cameras: Iterable[str], settings: FusionSettings | None = None) -> None:
        self._fusion = Fusion(settings)
        self._by_tags = {name: Trust(_BY_TAGS) for name in cameras}
        self._by_others = {name: Trust() for name in self._by_tags}
        self._tags_agreed_ns: dict[str, int] = {}
        self._lock = threading.Lock()

    def see_tags(self, camera: str, stamp_ns: int, check: TagCheck) -> None:
        """Take a look at the floor tags."""
        with self._lock:
            if check.agrees is None:
                return
            if check.agrees:
                self._tags_agreed_ns[camera] = stamp_ns
            self._by_tags[camera].hear(stamp_ns, check.agrees, check.reason())

    def see_robot(self, camera: str, stamp_ns: int, pose: FloorPose) -> Judged:
        """Take a pose; the answer holds the robot's pose, if there is a new one."""
        with self._lock:
            distrusted = [name for name in self._by_tags if self._distrust(name, stamp_ns)]
            judged = self._fusion.take(Sighting(camera, stamp_ns, pose), distrusted)
            for name, (agrees, apart_m) in judged.votes.items():
                reason = f"its poses are {apart_m * 1e3:.0f} mm from those of the other cameras"
                self._by_others[name].hear(stamp_ns, agrees, reason)
            return judged

    def distrust(self, camera: str, stamp_ns: int) -> str:
        """Why `camera` is not believed at `stamp_ns`, for people; empty if it is."""
        with self._lock:
            return self._distrust(camera, stamp_ns)

    def _distrust(self, camera: str, stamp_ns: int) -> str:
        if reason := self._by_tags[camera].reason:
            return reason
        agreed_ns = self._tags_agreed_ns.get(camera)
        if agreed_ns is not None and 0 <= stamp_ns - agreed_ns <= _TAGS_HOLD_NS:
            return ""
        return self._by_others[camera].reason
