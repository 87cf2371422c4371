"""Node `cameras`: pictures, the robot's place and zone occupancy from the ground's cameras.

Reading a camera and looking at its pictures happen in threads of their own. What was seen is published from the thread
that looked: publishing is thread-safe (rcl_publish), and the executor of port_ros serves no guard conditions, so that a
queue would have to be polled.
Frames: `ground` is the ground's surveyed frame; a picture's frame is `cameras/<id>`, the optical frame.
"""

from collections.abc import Sequence
from dataclasses import replace

from geometry_msgs.msg import PoseWithCovarianceStamped
from port_interfaces.msg import MarkerObservations, ZoneOccupancy
from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, CompressedImage

from port_ros import account, life, parameters, qos, realtime
from port_ros.diagnostics import Diagnostics, FaultLog, Health
from port_ros.machine_load import LoadWatch, MachineLoad
from port_ros.session_key import given_key
from port_ros.signed_publisher import SignedPublisher
from port_sensors.core.floor_tags import TagCheck
from port_sensors.core.tracker import Tracker
from port_sensors.core.view import Seen
from port_sensors.drivers.camera import Frame
from port_sensors.drivers.lookout import Lookout
from port_sensors.ros import camera_codec as codec
from port_sensors.ros.camera_health import health_of
from port_sensors.settings import cameras
from port_sensors.settings.cameras import Cameras


class CameraUnit:
    """One camera: its threads, its topics, its health."""

    def __init__(self, node: "CameraNode", name: str, settings: Cameras) -> None:
        own, common, camera = settings.blocks[name], settings.common, settings.models[name]
        self.name, self._node, self._own, self._common, self._camera = name, node, own, common, camera
        self._optical_frame = f"cameras/{name}"
        self._image_gap_ns = int(1e9 / common.image_rate_hz - 0.5e9 / own.rate_hz)
        self._image_stamp_ns = 0
        self._stamp_offset_ns = round(own.stamp_offset_s * 1e9)
        self._seen: Seen | None = None
        self._distrust = ""
        self._tags: TagCheck | None = None
        self._view = common.view(name, camera)
        self._lookout = Lookout(name, self._look)
        if advice := own.driver_settings(name).advice():
            node.get_logger().warning(f"camera {name}: {advice}")
        self._driver = own.make_driver(name, self._lookout.offer)
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
            "" if self._camera else "no calibration is named", self._distrust, self._own.stamp_offset_s, self._tags,
            load,
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
            self._node.announce()

    def _publish_image(self, frame: Frame) -> None:
        """The picture and its camera_info under one stamp, seldom enough to be cheap, and only to who listens."""
        if 0 <= frame.stamp_ns - self._image_stamp_ns < self._image_gap_ns:
            return
        self._image_stamp_ns = frame.stamp_ns
        if self._info.get_subscription_count():
            self._info.publish(codec.camera_info(self._camera, frame.stamp_ns, self._optical_frame))
        if self._image.get_subscription_count():
            self._image.publish(codec.image(frame, self._optical_frame))


class CameraNode(Node):
    """All cameras of the ground."""

    def __init__(self) -> None:
        super().__init__("cameras", automatically_declare_parameters_from_overrides=True)
        settings = cameras.read(parameters.read_tree(self))
        self.robot_pose = self.create_publisher(PoseWithCovarianceStamped, "ground/robot_pose", qos.SENSOR_STREAM)
        key = given_key(settings.common.session_key_file)
        self.occupancy = SignedPublisher(self, ZoneOccupancy, "ground/occupancy", qos.SENSOR_STREAM, key)
        self.tracker = Tracker(settings.blocks)
        self._account_path = settings.common.account_path
        self._load = LoadWatch()
        self._fault_log = FaultLog(self.get_logger())
        self._units = [CameraUnit(self, name, settings) for name in settings.blocks]
        self._diagnostics = Diagnostics(self, self._health)
        for unit in self._units:
            unit.start()

    def announce(self) -> None:
        """Say at once that a camera is not believed any more, or again; from any thread."""
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

    def _health(self) -> list[Health]:
        load = self._load.look()
        found = [unit.health(load) for unit in self._units]
        for health in found:
            self._fault_log.note(health)
        return found


def main(args: Sequence[str] | None = None) -> int:
    realtime.go_first()
    return life.run(CameraNode, args)


if __name__ == "__main__":
    raise SystemExit(main())
