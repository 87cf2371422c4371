"""What a camera makes of a picture, and the robot's track fused from two cameras of which one is knocked."""

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from port_sensors.core import camera_model
from port_sensors.core.camera_model import CameraModel
from port_sensors.core.detection import MarkerFinder
from port_sensors.core.edges import Gray
from port_sensors.core.floor_tags import FloorTags
from port_sensors.core.marker import MarkerGeometry
from port_sensors.core.occupancy import OccupancySettings, OccupancyWatch
from port_sensors.core.tracker import Tracker
from port_sensors.core.view import Seen, View
from port_sim.devices.scene import Scene
from port_sim.world import RobotTruth
from tests import hall

MARKER = MarkerGeometry(size_m=0.5, height_m=0.6)
PERIOD_NS = 66_666_667
SIDE = [5.0, -5.5, 4.5, -math.radians(130), 0.0, 0.0]
KNOCK = [0.0, 0.0, 0.0, math.radians(0.3), 0.0, math.radians(2.0)]
KNOCKED_S, SECONDS = 4.0, 8.0
GREEN, AMBER, BLUE = (80, 200, 80), (0, 170, 255), (230, 140, 40)  # BGR


def floor_tags() -> FloorTags:
    tree = hall.ground()["floor_tags"]
    return FloorTags(tree["dictionary"], tree["size_m"], {tag: (x, y, yaw) for tag, x, y, yaw in tree["places"]})


def model(pose: list[float]) -> CameraModel:
    return camera_model.load(Path(hall.overhead()["calibration"]), pose)


def photograph(scene: Scene, robot: RobotTruth, person: tuple[float, float] | None, seed: int) -> bytes:
    """A picture with grain, as JPEG."""
    grain = np.random.default_rng(seed).normal(0.0, 3.0, (720, 1280))
    picture = (scene.render(robot, person) + grain).clip(0, 255).astype(np.uint8)
    return bytes(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 85])[1])


def overlay(path: Path) -> None:
    """The overhead camera's picture with all that was found in it."""
    camera, scene = model(hall.overhead()["pose"]), Scene(hall.overhead(), hall.ground())
    watch = OccupancyWatch(camera, {"crossing": hall.zone("crossing")}, OccupancySettings())
    view = View(MarkerFinder("DICT_4X4_50", 7), MARKER, camera, watch, floor_tags())
    robot = RobotTruth(3.0, -0.3, 0.4)
    for number in range(30):
        view.look(photograph(scene, robot, None, number), number * PERIOD_NS)
    jpeg = photograph(scene, robot, (5.4, 0.7), 30)
    seen = view.look(jpeg, 30 * PERIOD_NS + 10**9)
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    _draw(picture, camera, seen)
    cv2.imwrite(str(path), picture, [cv2.IMWRITE_JPEG_QUALITY, 85])


def _draw(picture: Gray, camera: CameraModel, seen: Seen) -> None:
    assert seen.marker is not None
    assert seen.marker.floor is not None
    assert seen.occupancy is not None
    for tag in floor_tags().places:
        _outline(picture, camera.project(floor_tags().corners_m(tag))[0], BLUE, f"floor tag {tag}")
    occupied = seen.occupancy.occupied["crossing"]
    corners = np.array([(*corner, 0.0) for corner in hall.zone("crossing")])
    _outline(
        picture, camera.project(corners)[0], AMBER if occupied else GREEN, "crossing: occupied" if occupied else ""
    )
    floor = seen.marker.floor
    sigma = np.sqrt(np.diag(floor.covariance))
    place = f"robot x {floor.x_m:.3f} y {floor.y_m:.3f} m +- {1e3 * max(sigma[:2]):.0f} mm"
    text = f"{place}, {math.degrees(floor.yaw_rad):.1f} deg"
    _outline(picture, np.asarray(seen.corners_px), GREEN, text)
    ahead = np.array(
        [
            [floor.x_m, floor.y_m, 0.6],
            [floor.x_m + 0.8 * math.cos(floor.yaw_rad), floor.y_m + 0.8 * math.sin(floor.yaw_rad), 0.6],
        ]
    )
    (x0, y0), (x1, y1) = np.round(camera.project(ahead)[0]).astype(int)
    cv2.arrowedLine(picture, (x0, y0), (x1, y1), GREEN, 2, cv2.LINE_AA)
    for spot in seen.occupancy.positions_m:
        (x, y), *_ = np.round(camera.project(np.array([[*spot, 0.0]]))[0]).astype(int)
        cv2.circle(picture, (x, y), 14, AMBER, 2, cv2.LINE_AA)
        cv2.putText(picture, "person", (x + 18, y + 5), cv2.FONT_HERSHEY_SIMPLEX, 0.5, AMBER, 1, cv2.LINE_AA)


def _outline(picture: Gray, pixels: np.ndarray, colour: tuple[int, int, int], text: str) -> None:
    line = np.round(pixels).astype(np.int32)
    cv2.polylines(picture, [line], True, colour, 2, cv2.LINE_AA)
    where = (int(line[:, 0].min()), int(line[:, 1].max()) + 18)
    cv2.putText(picture, text, where, cv2.FONT_HERSHEY_SIMPLEX, 0.5, colour, 1, cv2.LINE_AA)


@dataclass
class Eye:
    """One camera of the track: what it looks with, and where it saw the robot."""

    name: str
    pose: list[float]
    places: list[tuple[float, float]] = field(default_factory=list)
    distrusted_s: float | None = None

    def __post_init__(self) -> None:
        self.scene = Scene({**hall.overhead(), "pose": self.pose}, hall.ground())
        self.view = View(MarkerFinder("DICT_4X4_50", 7), MARKER, model(self.pose), None, floor_tags())

    def knock(self) -> None:
        moved = [value + by for value, by in zip(self.pose, KNOCK, strict=True)]
        self.scene = Scene({**hall.overhead(), "pose": moved}, hall.ground())


def track(path: Path) -> None:
    """Two cameras follow the robot; one is knocked on the way."""
    eyes = [Eye("overhead", hall.overhead()["pose"]), Eye("side", SIDE)]
    tracker, fused, truth = Tracker([eye.name for eye in eyes]), [], []
    for number in range(round(SECONDS * 1e9 / PERIOD_NS)):
        if number == round(KNOCKED_S * 1e9 / PERIOD_NS):
            eyes[1].knock()
        for turn, eye in enumerate(eyes):
            stamp_ns = number * PERIOD_NS + turn * 20_000_000
            robot = _robot(stamp_ns / 1e9)
            truth.append((robot.x, robot.y))
            fused += _step(eye, tracker, robot, stamp_ns, number)
    _plot(path, eyes, np.array(fused), np.array(truth))


def _robot(at_s: float) -> RobotTruth:
    """It drives along the lane in a wave."""
    x = 1.0 + at_s
    return RobotTruth(x, 0.8 * math.sin(x), math.atan(0.8 * math.cos(x)))


def _step(eye: Eye, tracker: Tracker, robot: RobotTruth, stamp_ns: int, seed: int) -> list[tuple[float, float]]:
    seen = eye.view.look(photograph(eye.scene, robot, None, seed), stamp_ns)
    if seen.tags is not None:
        tracker.see_tags(eye.name, stamp_ns, seen.tags)
    if eye.distrusted_s is None and tracker.distrust(eye.name, stamp_ns):
        eye.distrusted_s = stamp_ns / 1e9
    if seen.marker is None or seen.marker.floor is None:
        return []
    eye.places.append((seen.marker.floor.x_m, seen.marker.floor.y_m))
    judged = tracker.see_robot(eye.name, stamp_ns, seen.marker.floor)
    return [(judged.fused.x_m, judged.fused.y_m)] if judged.fused else []


def _plot(path: Path, eyes: list[Eye], fused: np.ndarray, truth: np.ndarray) -> None:
    figure, axes = plt.subplots(figsize=(10, 4.6), layout="constrained")
    _floor(axes)
    axes.plot(*truth.T, color="0.35", lw=5, alpha=0.35, label="true path", zorder=2)
    for eye, colour in zip(eyes, ("#0072B2", "#D55E00"), strict=True):
        said = f", distrusted {eye.distrusted_s - KNOCKED_S:.1f} s after the knock" if eye.distrusted_s else ""
        axes.plot(*np.array(eye.places).T, ".", ms=4, color=colour, label=f"camera {eye.name}{said}", zorder=3)
    axes.plot(*fused.T, color="black", lw=1.2, label="ground/robot_pose", zorder=4)
    knocked = _robot(KNOCKED_S)
    axes.annotate(
        "camera side is knocked", (knocked.x, knocked.y), (knocked.x - 0.6, 1.9), arrowprops={"arrowstyle": "->"}
    )
    axes.legend(loc="lower center", ncols=2, fontsize=8)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _floor(axes: Any) -> None:
    lane = np.array([*hall.zone("lane"), hall.zone("lane")[0]])
    axes.plot(*lane.T, color="0.6", lw=1)
    for tag, (x, y, _) in floor_tags().places.items():
        axes.plot(x, y, "s", ms=8, color="0.75")
        axes.annotate(f"tag {tag}", (x, y), (8, -3), textcoords="offset points", fontsize=7, color="0.4")
    axes.set(xlabel="x in m", ylabel="y in m", aspect="equal", xlim=(-0.5, 10.5), ylim=(-4.2, 3.2))
