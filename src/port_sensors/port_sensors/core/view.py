"""What one camera makes of one picture: the robot's marker, the robot's place, who else is there.

Ties detection, pose and occupancy together for one camera. It has no clock and no link.
"""

from dataclasses import dataclass

from port_sensors.core import jpeg as jpeg_file
from port_sensors.core.camera_model import Array, CameraModel
from port_sensors.core.detection import MarkerFinder, decode_gray
from port_sensors.core.edges import Gray
from port_sensors.core.floor_pose import FloorPose
from port_sensors.core.floor_tags import FloorTags, TagCheck, TagReader, check
from port_sensors.core.marker import MarkerGeometry
from port_sensors.core.occupancy import Occupancy, OccupancyWatch
from port_sensors.core.pose import MarkerPose, estimate


@dataclass(frozen=True)
class Seen:
    """The outcome for one picture. problem: why it could not be used, for people; empty if it could.

    corners_px: of the marker, None if it is not in the picture. marker: its pose, None without corners or calibration.
    occupancy: None where this camera watches no zone. tags: where the floor tags are, in those pictures in which they
    were looked for.
    """

    problem: str
    corners_px: Array | None = None
    marker: MarkerPose | None = None
    occupancy: Occupancy | None = None
    tags: TagCheck | None = None


_TAGS_EVERY_NS = 400_000_000


class View:
    """Looks at the pictures of one camera, in their order.

    camera: None for an uncalibrated one; its markers are found, but nothing is said about where they are.
    """

    def __init__(
        self,
        finder: MarkerFinder,
        marker: MarkerGeometry,
        camera: CameraModel | None,
        watch: OccupancyWatch | None,
        tags: FloorTags | None = None,
    ) -> None:
        self._finder, self._marker, self._camera, self._watch = finder, marker, camera, watch
        self._tags, self._reader = tags, TagReader(tags) if tags else None
        self._tags_looked_ns: int | None = None

    def look(self, jpeg: bytes, stamp_ns: int, distrust: str = "", gray: Gray | None = None) -> Seen:
        """Everything that the picture `jpeg`, captured at `stamp_ns`, says. gray: the same, decoded, if it is at hand.

        distrust: why the camera is not believed to stand where it was surveyed; who is where is then unknown.
        """
        if gray is None and (problem := self._other_size(jpeg)):
            return Seen(problem, occupancy=self._blind(problem))
        gray = decode_gray(jpeg) if gray is None else gray
        if gray is None:
            return Seen("a picture could not be decoded", occupancy=self._blind("a picture could not be decoded"))
        found = self._finder.find(gray)
        corners = None if found is None else found.pixels
        if problem := self._unusable(gray):
            return Seen(problem, corners, occupancy=self._blind(problem))
        assert self._camera is not None
        marker = None if found is None else estimate(found.pixels, self._marker, self._camera, found.sigma_px)
        robot = marker.floor if marker else None
        occupancy = self._blind(distrust) if distrust else self._occupancy(gray, stamp_ns, robot)
        return Seen("", corners, marker, occupancy, self._check_tags(gray, stamp_ns))

    def _occupancy(self, gray: Gray, stamp_ns: int, robot: FloorPose | None) -> Occupancy | None:
        return self._watch.judge(gray, stamp_ns, robot) if self._watch else None

    def _check_tags(self, gray: Gray, stamp_ns: int) -> TagCheck | None:
        """Now and then: tags do not move, and looking for them all costs more than following one marker."""
        if self._tags is None or self._reader is None or self._camera is None:
            return None
        if self._tags_looked_ns is not None and 0 <= stamp_ns - self._tags_looked_ns < _TAGS_EVERY_NS:
            return None
        self._tags_looked_ns = stamp_ns
        return check(self._reader.read(gray), self._tags, self._camera)

    def _unusable(self, gray: Gray) -> str:
        if self._camera is None:
            return "the camera is not calibrated"
        height, width = gray.shape
        return "" if (width, height) == self._size_px() else self._misfit(width, height)

    def _other_size(self, jpeg: bytes) -> str:
        """Told by the file's header: to decode a picture that does not fit may take more memory than there is.

        Which side is the longer one shows only then, because cameras may say that a picture is to be turned.
        """
        size_px = jpeg_file.size_px(jpeg)
        if self._camera is None or size_px is None or sorted(size_px) == sorted(self._size_px()):
            return ""
        return self._misfit(*size_px)

    def _size_px(self) -> tuple[int, int]:
        assert self._camera is not None
        return self._camera.width_px, self._camera.height_px

    def _misfit(self, width: int, height: int) -> str:
        calibrated = "×".join(map(str, self._size_px()))
        return f"pictures are {width}×{height} px, but the camera is calibrated for {calibrated}"

    def _blind(self, reason: str) -> Occupancy | None:
        return self._watch.blind(reason) if self._watch else None
