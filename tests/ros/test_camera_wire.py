"""From the simulated camera's wire to the topics: a real HTTP camera, a real camera_node process, a subscriber."""

import dataclasses
import itertools
import math
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from geometry_msgs.msg import PoseWithCovarianceStamped
from port_interfaces.msg import MarkerObservations, ZoneOccupancy
from sensor_msgs.msg import CameraInfo, CompressedImage

from port_ros import life, qos, stamps
from port_sensors.core.camera_model import load
from port_sensors.ros import camera_codec as codec
from port_sim.devices.overhead_camera import OverheadCamera
from port_sim.world import RobotTruth, World
from tests import hall
from tests.ros_peer import Peer, start_node
from tests.waiting import PATIENCE_S, quickest_s, wait_until


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


class Site:
    """The camera, the node and what the node says."""

    def __init__(
        self,
        folder: Path,
        zones: tuple[str, ...] = ("crossing",),
        common: dict[str, Any] | None = None,
        path: str = "/overhead.mjpg",
        login: dict[str, str] | None = None,
        ends: bool = False,
        **changes: Any,
    ) -> None:
        """changes: of what the node is told of the camera. ends: it refuses that."""
        self.world, self._ends = World(), ends
        block = {**hall.overhead(), "address": f"http://127.0.0.1:{free_port()}{path}", **(login or {})}
        self.camera = OverheadCamera("overhead", block, hall.ground(), self.world)
        self.camera.start()
        parameters = {
            "cameras": ["overhead"],
            "overhead": {**block, **changes},
            "marker": {**hall.ground()["robot_marker"], "height_m": 0.6},
            "robot_radius_m": 0.4,
            "zones": list(zones),
            "zone_polygons": {name: [n for point in hall.zone(name) for n in point] for name in zones},
            **(common or {}),
        }
        self.folder = folder
        self.process: subprocess.Popen[bytes] = start_node("port_sensors", "camera_node", "cameras", parameters, folder)
        self.peer = Peer()
        keep = self.peer.keep
        self.poses = keep(PoseWithCovarianceStamped, "ground/robot_pose", qos.SENSOR_STREAM)
        self.occupancy = keep(ZoneOccupancy, "ground/occupancy", qos.SENSOR_STREAM)
        self.markers = keep(MarkerObservations, "cameras/overhead/markers", qos.SENSOR_STREAM)
        self.diagnostics = keep(DiagnosticArray, "/diagnostics", 10)

    def close(self) -> None:
        self.peer.close()
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(PATIENCE_S)
        self.camera.close()
        assert self._ends or code == 0, (self.folder / "cameras.log").read_text()

    def status(self) -> DiagnosticStatus:
        """The newest word about the camera; STALE while there is none."""
        return self.diagnostics[-1].status[0] if self.diagnostics else DiagnosticStatus(level=DiagnosticStatus.STALE)

    def level(self) -> bytes:
        return self.status().level

    def pose_after(self, stamp_ns: int) -> PoseWithCovarianceStamped | None:
        return next((pose for pose in self.poses if stamps.to_ns(pose.header.stamp) > stamp_ns), None)

    def settled(self) -> "Site":
        wait_until(lambda: self.occupancy and self.occupancy[-1].valid, what="the floor is learnt")
        return self


@pytest.fixture
def site(ros_domain: int, tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path)
    yield site
    site.close()


def test_the_robot_is_seen_where_it_is(site: Site) -> None:
    for x, y, yaw in [(0.0, 0.0, 0.0), (2.5, -0.8, 0.6), (5.0, 0.5, -1.2), (7.5, 0.9, 3.0), (10.0, 0.0, 0.2)]:
        site.world.robot = RobotTruth(x, y, yaw)
        moved_ns = time.time_ns()
        pose = wait_until(partial(site.pose_after, moved_ns), what="a pose")
        place, turn = pose.pose.pose.position, pose.pose.pose.orientation
        assert pose.header.frame_id == "ground"
        assert math.hypot(place.x - x, place.y - y) < 0.030
        assert place.z == 0.0
        assert abs(math.remainder(2 * math.atan2(turn.z, turn.w) - yaw, math.tau)) < math.radians(1.5)
        assert 0 < pose.pose.covariance[0] < 0.03**2
    newest = site.markers[-1]
    assert (newest.camera_id, len(newest.markers), newest.markers[0].valid) == ("overhead", 1, True)
    assert newest.markers[0].pose.pose.position.z == pytest.approx(0.6, abs=0.1)


def test_a_person_is_seen_in_the_crossing_and_gone_again(site: Site) -> None:
    site.settled()
    assert list(site.occupancy[-1].occupied) == [False]
    site.world.person_enters()
    wait_until(lambda: site.occupancy[-1].occupied[0], what="the person is seen")
    wait_until(lambda: site.world.person() == (5.0, 0.9))

    def error_m() -> float:
        where = site.occupancy[-1].positions
        return math.hypot(where[0].x - 5.0, where[0].y - 0.9) if len(where) == 1 else math.inf

    wait_until(lambda: error_m() < 0.45, what="the person is where it stands")
    site.world.person_leaves()
    wait_until(lambda: site.occupancy[-1].valid and not site.occupancy[-1].occupied[0], what="the crossing is free")


def test_pictures_pass_through_with_their_camera_info(site: Site) -> None:
    images = site.peer.keep(CompressedImage, "cameras/overhead/image/compressed", qos.SENSOR_STREAM)
    infos = site.peer.keep(CameraInfo, "cameras/overhead/camera_info", qos.SENSOR_STREAM)

    def matched() -> bool:
        """A picture in five may be lost on the way, or its info."""
        stamped = {stamps.to_ns(info.header.stamp) for info in list(infos)}
        return sum(stamps.to_ns(image.header.stamp) in stamped for image in list(images)) >= 6

    wait_until(matched, what="pictures with their infos")
    assert bytes(images[-1].data[:2]) == b"\xff\xd8"
    assert images[-1].header.frame_id == "cameras/overhead"
    assert (infos[-1].width, infos[-1].height, infos[-1].k[0]) == (1280, 720, 640.0)
    gaps = [stamps.to_ns(b.header.stamp) - stamps.to_ns(a.header.stamp) for a, b in itertools.pairwise(images)]
    assert min(gaps) > 0.15e9  # 5 Hz at most, of the camera's 15


def test_a_pulled_cable_is_said_with_its_remedy_and_mends_itself(site: Site) -> None:
    wait_until(lambda: site.poses)
    site.camera.unplug()
    wait_until(lambda: site.level() == DiagnosticStatus.ERROR and "refused" in site.status().message)
    remedy = {value.key: value.value for value in site.status().values}["remedy"]
    assert "video server" in remedy
    replugged_ns = time.time_ns()
    site.camera.replug()
    wait_until(lambda: site.pose_after(replugged_ns), what="poses again")
    wait_until(lambda: site.level() == DiagnosticStatus.OK, what="healthy again")
    log = (site.folder / "cameras.log").read_text()
    assert log.count("connection refused: switch the camera's video server on") == 1, "the fault, once"
    assert "[t.cameras]: camera overhead: " in log.rpartition("connection refused")[2], "and its end"


def test_a_knocked_camera_is_named_within_two_seconds_and_counts_no_longer(ros_domain: int, tmp_path: Path) -> None:
    tags = hall.ground()["floor_tags"]
    flat = [number for _, *place in tags["places"] for number in place]
    common = {"floor_tags": {**tags, "ids": [tag for tag, *_ in tags["places"]], "places": flat}}

    def counted_s() -> float:
        """Knock a camera; how long its poses counted."""
        site = Site(tmp_path, common=common)
        try:
            return _knocked(site.settled())
        finally:
            site.close()

    assert quickest_s(counted_s, 2.0) < 2.0


def _knocked(site: Site) -> float:
    """Knock the camera and see that it is named and its markers are void; for how long poses came, in s."""
    wait_until(lambda: site.poses)
    site.camera.knock([0.0, 0.0, 0.0, 0.02, 0.0, 0.0])
    knocked_ns = time.time_ns()
    wait_until(lambda: "camera overhead was knocked" in site.status().message)
    values = {value.key: value.value for value in site.status().values}
    assert "port calibrate" in values["remedy"]
    assert values["floor_tags"].startswith("4 seen, ")
    wait_until(lambda: not site.occupancy[-1].valid)
    newest = wait_until(lambda: site.markers[-1].markers and site.markers[-1]).markers[0]
    assert not newest.valid
    assert "floor tags" in newest.reason
    count = len(site.markers)
    wait_until(lambda: len(site.markers) > count + 15, what="what was on its way, and more pictures")
    return (stamps.to_ns(site.poses[-1].header.stamp) - knocked_ns) / 1e9


def test_every_frame_is_received_or_said_to_be_lost(site: Site) -> None:
    site.settled()
    wait_until(lambda: site.level() == DiagnosticStatus.OK)

    def said() -> list[dict[str, str]]:
        return [{value.key: value.value for value in array.status[0].values} for array in list(site.diagnostics)]

    # A viewer that gets no processor time misses frames, which is said; with some all of them come.
    pairs = lambda: itertools.pairwise(said())  # noqa: E731
    whole = lambda: [b for a, b in pairs() if a["gaps"] == b["gaps"] and 12.0 < float(b["rate_hz"]) < 18.0]  # noqa: E731
    values = wait_until(whole, what="a second at the camera's rate, none lost")[-1]
    assert values["stamp"] == "capture time, camera's clock"
    assert int(values["received"]) <= site.camera.counts()["sent"]


def test_a_camera_that_asks_for_a_login_is_seen_and_its_password_nowhere(ros_domain: int, tmp_path: Path) -> None:
    password_file = tmp_path / "overhead.password"
    password_file.write_bytes(b"\xef\xbb\xbfs3cret #1\r\n")
    site = Site(tmp_path, login={"user": "port", "password_file": str(password_file)})
    try:
        wait_until(lambda: site.poses, what="a pose")
        password_file.write_text("s3cret #2")
        site.camera.unplug()
        site.camera.replug()
        wait_until(lambda: site.level() == DiagnosticStatus.OK, what="pictures with the changed password")
    finally:
        site.close()
    said = "".join(map(str, site.diagnostics)) + (tmp_path / "cameras.log").read_text()
    assert "is open to other users (mode 0644); chmod 600" in said
    assert "s3cret" not in said


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://admin:s3cret#ss@cam/x", "overhead.address: the http:// address has a # in it"),
        ("http://cam:99999/x", "overhead.address: 'http://cam:99999/x': '99999' is no port"),
        ("http://admin:s3cret@[::1/x", "overhead.address: 'http://[::1/x': the bracket of the IPv6 address"),
    ],
)
def test_an_address_that_can_be_none_ends_the_start_for_good(
    ros_domain: int, tmp_path: Path, address: str, words: str
) -> None:
    site = Site(tmp_path, ends=True, address=address)
    try:
        assert site.process.wait(PATIENCE_S) == life.EXIT_BAD_CONFIGURATION
        log = (tmp_path / "cameras.log").read_text()
        assert words in log and "s3cret" not in log
    finally:
        site.close()


def test_a_path_with_letters_of_any_language_is_asked_for(ros_domain: int, tmp_path: Path) -> None:
    site = Site(tmp_path, path="/hölle/ü.mjpg")
    try:
        wait_until(lambda: site.poses, what="a pose")
    finally:
        site.close()


def test_camera_info_has_the_files_own_rectification_and_projection() -> None:
    model = load(Path(hall.overhead()["calibration"]), hall.overhead()["pose"])
    turned, other = np.diag([0.9, 0.9, 1.0]), np.arange(12.0).reshape(3, 4)
    info = codec.camera_info(dataclasses.replace(model, rectification=turned, projection=other), 0, "cameras/x")
    assert info.r.tolist() == turned.ravel().tolist()
    assert info.p.tolist() == other.ravel().tolist()
    plain = codec.camera_info(model, 0, "cameras/x")
    assert plain.p.tolist() == np.column_stack([model.matrix, np.zeros(3)]).ravel().tolist()


def test_an_uncalibrated_camera_says_so_and_claims_nothing(ros_domain: int, tmp_path: Path) -> None:
    site = Site(tmp_path, calibration="")
    try:
        wait_until(lambda: site.level() == DiagnosticStatus.ERROR and "not calibrated" in site.status().message)
        newest = wait_until(lambda: site.markers)[-1]
        assert not newest.markers[0].valid
        assert "not calibrated" in newest.markers[0].reason
        assert not site.poses
    finally:
        site.close()


def test_wrong_parameters_end_the_start_with_their_path(ros_domain: int, tmp_path: Path) -> None:
    process = start_node(
        "port_sensors",
        "camera_node",
        "cameras",
        {"cameras": ["overhead"], "overhead": {"driver": "mjpeg_http"}},
        tmp_path,
    )
    assert process.wait(PATIENCE_S) == 2
    assert "error: overhead.address: missing" in (tmp_path / "cameras.log").read_text()


def test_a_taken_address_is_an_error_that_names_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        block = {**hall.overhead(), "address": f"http://127.0.0.1:{port}/overhead.mjpg"}
        camera = OverheadCamera("overhead", block, hall.ground(), World())
        with pytest.raises(OSError, match=rf"camera overhead: cannot serve at 127\.0\.0\.1:{port}"):
            camera.start()
        camera.close()
