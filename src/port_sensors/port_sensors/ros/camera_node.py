"""Node `cameras`: pictures, the robot's place and zone occupancy from the ground's cameras.

Reading a camera and looking at its pictures happen in threads of their own. What was seen is published from the thread
that looked: publishing is thread-safe (rcl_publish), and the executor of port_ros serves no guard conditions, so that a
queue would have to be polled.
Frames: `ground` is the ground's surveyed frame; a picture's frame is `cameras/<id>`, the optical frame.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from geometry_msgs.msg import PoseWithCovarianceStamped
from msgspec import Struct
from port_interfaces.msg import MarkerObservations, ZoneOccupancy
from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, CompressedImage

from port_ros import account, life, parameters, qos, realtime
from port_ros.diagnostics import Diagnostics, Health
from port_ros.machine_load import LoadWatch, MachineLoad
from port_ros.parameters import ParameterError
from port_sensors.core.camera_model import CalibrationError, CameraModel, load
from port_sensors.core.detection import MarkerFinder
from port_sensors.core.floor_tags import FloorTags, TagCheck
from port_sensors.core.marker import MarkerGeometry
from port_sensors.core.occupancy import OccupancySettings, OccupancyWatch
from port_sensors.core.tracker import Tracker
from port_sensors.core.view import Seen, View
from port_sensors.drivers.camera import Frame
from port_sensors.drivers.camera_settings import CameraSettings
from port_sensors.drivers.cameras import CAMERA_DRIVERS
from port_sensors.drivers.lookout import Lookout
from port_sensors.ros import camera_codec as codec
from port_sensors.ros.camera_health import health_of


class CameraParameters(Struct, frozen=True, forbid_unknown_fields=True):
    """One camera's block. address, user, password_file: see drivers.camera_settings."""

    driver: str
    address: str
    pose: list[float]
    user: str = ""
    password_file: str = ""
    calibration: str = ""
    rate_hz: float = 15.0
    survey_sigma_m: float = 0.003
    survey_sigma_rad: float = 0.0005
    stamp_offset_s: float = 0.0


class MarkerParameters(Struct, frozen=True, forbid_unknown_fields=True):
    dictionary: str
    id: int
    size_m: float
    height_m: float
    height_sigma_m: float = 0.01
    sinks_m: float = 0.0


class FloorTagParameters(Struct, frozen=True, forbid_unknown_fields=True):
    """places: x, y, yaw of each tag, one after the other, in the order of `ids`."""

    dictionary: str
    size_m: float
    ids: list[int]
    places: list[float]


class Parameters(Struct, frozen=True, forbid_unknown_fields=True):
    cameras: list[str]
    marker: MarkerParameters
    robot_radius_m: float
    zones: list[str] = []
    zone_polygons: dict[str, list[float]] = {}
    image_rate_hz: float = 5.0
    floor_tags: FloorTagParameters | None = None
    account_path: str = ""


class CameraUnit:
    """One camera: its threads, its topics, its health."""

    def __init__(self, node: "CameraNode", name: str, own: CameraParameters, common: Parameters) -> None:
        self.name, self._node, self._own, self._common = name, node, own, common
        self._optical_frame = f"cameras/{name}"
        self._image_gap_ns = int(1e9 / common.image_rate_hz - 0.5e9 / own.rate_hz)
        self._image_stamp_ns = 0
        self._stamp_offset_ns = round(own.stamp_offset_s * 1e9)
        self._seen: Seen | None = None
        self._distrust = ""
        self._tags: TagCheck | None = None
        self.camera, self.calibration_problem = _calibration(own)
        self._view = _view(name, self.camera, common)
        self._lookout = Lookout(name, self._look)
        settings = _driver_settings(name, own)
        if advice := settings.advice():
            node.get_logger().warning(f"camera {name}: {advice}")
        self._driver = CAMERA_DRIVERS[own.driver](name, settings, self._lookout.offer)
        self._image = node.create_publisher(CompressedImage, f"cameras/{name}/image/compressed", qos.SENSOR_STREAM)
        self._info = node.create_publisher(CameraInfo, f"cameras/{name}/camera_info", qos.SENSOR_STREAM)
        self._markers = node.create_publisher(MarkerObservations, f"cameras/{name}/markers", qos.SENSOR_STREAM)

    def start(self) -> None:
        self._lookout.start()
        self._driver.start()

    def close(self) -> None:
        self._driver.close()
        self._lookout.close()

    def account(self) -> dict[str, int | None]:
        """What the driver counted."""
        return self._driver.account()

    def health(self, load: MachineLoad) -> Health:
        return health_of(
            self.name, self._own.rate_hz, self._driver.link(), self._lookout, self._seen,
            self.calibration_problem, self._distrust, self._own.stamp_offset_s, self._tags, load,
        )  # fmt: skip

    def _look(self, frame: Frame) -> None:
        """In the lookout's thread: look at one picture and publish everything that it gives."""
        # How much later than the light the camera's stamp is: measured once for a kind of camera (docs/cameras.md).
        frame = replace(frame, stamp_ns=frame.stamp_ns - self._stamp_offset_ns)
        self._publish_image(frame)
        self._seen = seen = self._view.look(frame.jpeg, frame.stamp_ns, self._distrust, frame.gray)
        self._track(seen, frame.stamp_ns)
        self._markers.publish(codec.markers(seen, frame, self.name, self._common.marker.id, self._distrust))
        if seen.occupancy is not None:
            self._node.occupancy.publish(codec.occupancy(seen.occupancy, self.name, frame.stamp_ns))

    def _track(self, seen: Seen, stamp_ns: int) -> None:
        """Tell the tracker; publish the robot's pose and say so at once where this camera is not believed any more."""
        tracker = self._node.tracker
        if seen.tags is not None:
            self._tags = seen.tags
            tracker.see_tags(self.name, stamp_ns, seen.tags)
        if seen.marker is not None and seen.marker.floor is not None:
            judged = tracker.see_robot(self.name, stamp_ns, seen.marker.floor)
            if judged.fused is not None:
                self._node.robot_pose.publish(codec.robot_pose(judged.fused, judged.stamp_ns))
        before, self._distrust = self._distrust, tracker.distrust(self.name, stamp_ns)
        if bool(before) != bool(self._distrust):
            self._node.announce(self.name, self._distrust)

    def _publish_image(self, frame: Frame) -> None:
        """The picture and its camera_info under one stamp, seldom enough to be cheap, and only to who listens."""
        if 0 <= frame.stamp_ns - self._image_stamp_ns < self._image_gap_ns:
            return
        self._image_stamp_ns = frame.stamp_ns
        if self._info.get_subscription_count():
            self._info.publish(codec.camera_info(self.camera, frame.stamp_ns, self._optical_frame))
        if self._image.get_subscription_count():
            self._image.publish(codec.image(frame, self._optical_frame))


class CameraNode(Node):
    """All cameras of the ground."""

    def __init__(self) -> None:
        super().__init__("cameras", automatically_declare_parameters_from_overrides=True)
        common, blocks = parameters.read_with_blocks(self, Parameters, "cameras", CameraParameters)
        self.robot_pose = self.create_publisher(PoseWithCovarianceStamped, "ground/robot_pose", qos.SENSOR_STREAM)
        self.occupancy = self.create_publisher(ZoneOccupancy, "ground/occupancy", qos.SENSOR_STREAM)
        self.tracker = Tracker(blocks)
        self._account_path = common.account_path
        self._load = LoadWatch()
        self._units = [CameraUnit(self, name, own, common) for name, own in blocks.items()]
        _check_zones_seen(common, [unit.camera for unit in self._units])
        self._diagnostics = Diagnostics(self, self._health)
        for unit in self._units:
            unit.start()

    def announce(self, camera: str, distrust: str) -> None:
        """Say at once that a camera is not believed any more, or again; from any thread."""
        if distrust:
            self.get_logger().error(f"camera {camera} was knocked: {distrust}; its poses no longer count")
        else:
            self.get_logger().info(f"camera {camera} stands as surveyed again; its poses count")
        self._diagnostics.publish()

    def close(self) -> None:
        """End all threads; one that hangs is named and left behind."""
        for unit in self._units:
            try:
                unit.close()
            except TimeoutError as error:
                self.get_logger().error(str(error))
        account.write(self._account_path, {unit.name: unit.account() for unit in self._units})
        self._load.close()

    def _health(self) -> Iterator[Health]:
        load = self._load.look()
        return (unit.health(load) for unit in self._units)


def _driver_settings(name: str, own: CameraParameters) -> CameraSettings:
    """What the camera's driver is told. Raises ParameterError."""
    if own.driver not in CAMERA_DRIVERS:
        raise ParameterError(f"{name}.driver: {own.driver!r} is none of {sorted(CAMERA_DRIVERS)}")
    given = {"address": own.address, "user": own.user, "password_file": own.password_file}
    return parameters.convert(given, CAMERA_DRIVERS[own.driver].settings_kind, name)


def _calibration(own: CameraParameters) -> tuple[CameraModel | None, str]:
    """The calibrated camera, or None and why."""
    if not own.calibration:
        return None, "no calibration is named"
    try:
        return load(Path(own.calibration), own.pose, own.survey_sigma_m, own.survey_sigma_rad), ""
    except CalibrationError as error:
        return None, str(error)


def _view(name: str, camera: CameraModel | None, common: Parameters) -> View:
    """What looks at the pictures of one camera."""
    marker = common.marker
    try:
        finder = MarkerFinder(marker.dictionary, marker.id)
        geometry = MarkerGeometry(
            marker.size_m, marker.height_m, height_sigma_m=marker.height_sigma_m, sinks_m=marker.sinks_m
        )
        settings = OccupancySettings(robot_radius_m=common.robot_radius_m, robot_height_m=marker.height_m + 0.1)
        zones = {} if camera is None else _zones_of(camera, common)
        watch = OccupancyWatch(camera, zones, settings) if camera is not None and zones else None
        tags = _floor_tags(common.floor_tags) if common.floor_tags else None
    except ValueError as error:
        raise ParameterError(f"{name}: {error}") from error
    return View(finder, geometry, camera, watch, tags)


def _floor_tags(own: FloorTagParameters) -> FloorTags:
    """Raises ValueError."""
    if len(own.places) != 3 * len(own.ids):
        raise ValueError(f"floor_tags.places: {3 * len(own.ids)} numbers are needed (x, y, yaw of each tag of `ids`)")
    places = zip(own.places[::3], own.places[1::3], own.places[2::3], strict=True)
    return FloorTags(own.dictionary, own.size_m, dict(zip(own.ids, places, strict=True)))


def _zones_of(camera: CameraModel, common: Parameters) -> dict[str, list[tuple[float, float]]]:
    """The zones that this camera sees whole."""
    polygons = {zone: _polygon(common, zone) for zone in common.zones}
    return {zone: polygon for zone, polygon in polygons.items() if camera.sees_on_floor(polygon)}


def _polygon(common: Parameters, zone: str) -> list[tuple[float, float]]:
    flat = common.zone_polygons.get(zone, [])
    if len(flat) < 6 or len(flat) % 2:
        raise ParameterError(f"zone_polygons.{zone}: at least three pairs x, y are needed, not {len(flat)} numbers")
    return list(zip(flat[::2], flat[1::2], strict=True))


def _check_zones_seen(common: Parameters, cameras: list[CameraModel | None]) -> None:
    """A zone that nobody watches must not look like an empty one."""
    calibrated = [camera for camera in cameras if camera is not None]
    for zone in common.zones if calibrated else ():
        if not any(zone in _zones_of(camera, common) for camera in calibrated):
            raise ParameterError(f"zones: no camera sees all of {zone!r}")


def main(args: Sequence[str] | None = None) -> int:
    realtime.go_first()
    return life.run(CameraNode, args)


if __name__ == "__main__":
    raise SystemExit(main())
