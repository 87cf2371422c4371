"""The cameras' parameters, checked and made into what the node needs. Reads the calibrations, opens no camera."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msgspec import Struct

from port_ros.misfit import choice
from port_ros.parameters import ParameterError, convert, with_blocks
from port_sensors.core.camera_model import CalibrationError, CameraModel, load
from port_sensors.core.detection import MarkerFinder
from port_sensors.core.floor_tags import FloorTags
from port_sensors.core.marker import MarkerGeometry
from port_sensors.core.occupancy import OccupancySettings, OccupancyWatch
from port_sensors.core.view import View
from port_sensors.drivers.camera import Camera, Frame
from port_sensors.drivers.camera_settings import CameraSettings
from port_sensors.drivers.cameras import CAMERA_DRIVERS

Polygon = list[tuple[float, float]]


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

    def __post_init__(self) -> None:
        if self.driver not in CAMERA_DRIVERS:
            raise ValueError(f"driver: {choice(self.driver, CAMERA_DRIVERS)}")
        if not self.rate_hz > 0:
            raise ValueError(f"rate_hz: {self.rate_hz} is not above 0")

    def driver_settings(self, name: str) -> CameraSettings:
        """What the camera's driver is told. Raises ParameterError."""
        given = {"address": self.address, "user": self.user, "password_file": self.password_file}
        return convert(given, CAMERA_DRIVERS[self.driver].settings_kind, name)

    def make_driver(self, name: str, on_frame: Callable[[Frame], None]) -> Camera:
        """The camera's driver, not started. Raises ParameterError."""
        settings = self.driver_settings(name)
        try:
            return CAMERA_DRIVERS[self.driver](name, settings, on_frame)
        except ValueError as error:
            raise ParameterError.of(error, name) from error

    def model(self, name: str) -> CameraModel | None:
        """The calibrated camera; None if no calibration is named. Raises ParameterError."""
        if len(self.pose) != 6:
            raise ParameterError(
                f"six numbers are needed (x, y, z, roll, pitch, yaw), not {len(self.pose)}", f"{name}.pose"
            )
        if not self.calibration:
            return None
        try:
            return load(Path(self.calibration), self.pose, self.survey_sigma_m, self.survey_sigma_rad)
        except CalibrationError as error:
            remedy = "write the file anew: port calibrate intrinsics"
            raise ParameterError(f"{error}; {remedy}", f"{name}.calibration") from error


class MarkerParameters(Struct, frozen=True, forbid_unknown_fields=True):
    dictionary: str
    id: int
    size_m: float
    height_m: float
    height_sigma_m: float = 0.01
    sinks_m: float = 0.0

    def __post_init__(self) -> None:
        self.finder()
        self.geometry()

    def finder(self) -> MarkerFinder:
        """What finds it in a picture. Raises ValueError."""
        return MarkerFinder(self.dictionary, self.id)

    def geometry(self) -> MarkerGeometry:
        """Raises ValueError."""
        return MarkerGeometry(self.size_m, self.height_m, height_sigma_m=self.height_sigma_m, sinks_m=self.sinks_m)


class FloorTagParameters(Struct, frozen=True, forbid_unknown_fields=True):
    """places: x, y, yaw of each tag, one after the other, in the order of `ids`."""

    dictionary: str
    size_m: float
    ids: list[int]
    places: list[float]

    def __post_init__(self) -> None:
        self.tags()

    def tags(self) -> FloorTags:
        """Raises ValueError."""
        if len(self.places) != 3 * len(self.ids):
            raise ValueError(f"places: {3 * len(self.ids)} numbers are needed (x, y, yaw of each tag of `ids`)")
        if twice := [tag for tag in self.ids if self.ids.count(tag) > 1]:
            raise ValueError(f"places: tag {twice[0]} stands at two places; each tag needs an id of its own")
        places = zip(self.places[::3], self.places[1::3], self.places[2::3], strict=True)
        return FloorTags(self.dictionary, self.size_m, dict(zip(self.ids, places, strict=True)))


class Parameters(Struct, frozen=True, forbid_unknown_fields=True):
    """What is common to all cameras. zone_polygons: x, y, x, y, … in frame ground, m, by the zone's name.

    session_key_file: by whose key the gate knows what they say of people; empty: it does not count.
    """

    cameras: list[str]
    marker: MarkerParameters
    robot_radius_m: float
    zones: list[str] = []
    zone_polygons: dict[str, list[float]] = {}
    image_rate_hz: float = 5.0
    floor_tags: FloorTagParameters | None = None
    account_path: str = ""
    session_key_file: str = ""

    def __post_init__(self) -> None:
        tags, marker = self.floor_tags, self.marker
        if tags is not None and tags.dictionary == marker.dictionary and marker.id in tags.ids:
            raise ValueError(f"marker.id: {marker.id} is a floor tag, too; give the robot's marker an id of its own")
        for zone in self.zones:
            self.polygon(zone)

    def polygon(self, zone: str) -> Polygon:
        """Raises ValueError."""
        flat = self.zone_polygons.get(zone, [])
        if len(flat) < 6 or len(flat) % 2:
            raise ValueError(f"zone_polygons.{zone}: at least three pairs x, y are needed, not {len(flat)} numbers")
        return list(zip(flat[::2], flat[1::2], strict=True))

    def seen_whole(self, model: CameraModel) -> dict[str, Polygon]:
        """The zones that a camera sees whole."""
        polygons = {zone: self.polygon(zone) for zone in self.zones}
        return {zone: polygon for zone, polygon in polygons.items() if model.sees_on_floor(polygon)}

    def view(self, name: str, model: CameraModel | None) -> View:
        """What looks at the pictures of one camera. Raises ParameterError."""
        try:
            settings = OccupancySettings(robot_radius_m=self.robot_radius_m, robot_height_m=self.marker.height_m + 0.1)
            zones = {} if model is None else self.seen_whole(model)
            watch = OccupancyWatch(model, zones, settings) if model is not None and zones else None
        except ValueError as error:
            raise ParameterError.of(error, name) from error
        tags = self.floor_tags.tags() if self.floor_tags else None
        return View(self.marker.finder(), self.marker.geometry(), model, watch, tags)


@dataclass(frozen=True)
class Cameras:
    """All cameras by name, with the calibrated model of each; None for one without a calibration."""

    common: Parameters
    blocks: Mapping[str, CameraParameters]
    models: Mapping[str, CameraModel | None]


def read(tree: dict[str, Any]) -> Cameras:
    """The node's settings. Raises ParameterError."""
    common, blocks = with_blocks(tree, Parameters, "cameras", CameraParameters)
    models = {name: own.model(name) for name, own in blocks.items()}
    for name, own in blocks.items():
        own.make_driver(name, lambda frame: None)
        common.view(name, models[name])
    _check_zones_seen(common, [model for model in models.values() if model is not None])
    return Cameras(common, blocks, models)


def _check_zones_seen(common: Parameters, calibrated: list[CameraModel]) -> None:
    """A zone that nobody watches must not look like an empty one."""
    for zone in common.zones if calibrated else ():
        if not any(zone in common.seen_whole(model) for model in calibrated):
            raise ParameterError(
                "no camera sees all of it; move a camera (pose) or the zone's corners, or leave occupied_limit_mps out",
                f"zone_polygons.{zone}",
            )
