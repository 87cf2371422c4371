"""The shape of a ground file: zones, cameras, force plates, e-stop stations, people.

Every value is frozen and refuses to be born wrong. Cross-checks between files are made in `resolve`.
"""

from typing import Annotated, Literal

from msgspec import Meta, field

from port_ros.misfit import Misfit
from port_session.description.part import Part
from port_session.description.values import (
    Corner3,
    Date,
    Dictionary,
    Label,
    Metres,
    Name,
    Polygon,
    Rate,
    ShortText,
    SpeedOrZero,
    Text,
    reserved,
)


def _check_corners(key: str, polygon: Polygon) -> None:
    if len(polygon) < 3:
        raise Misfit(key, f"expected three or more corners, got {len(polygon)}")


class Zone(Part, frozen=True):
    """An area of the ground and the rule that holds in it.

    keep_in and keep_out: for the robot; margin_m is kept from the edge. speed: limit_mps inside of it, and
    occupied_limit_mps while a person is in it (None: a person makes no difference).
    """

    kind: Literal["keep_in", "keep_out", "speed"]
    polygon_m: Polygon
    margin_m: Annotated[float, Meta(ge=0.0, le=5.0)] | None = None
    limit_mps: SpeedOrZero | None = None
    occupied_limit_mps: SpeedOrZero | None = None

    def __post_init__(self) -> None:
        _check_corners("polygon_m", self.polygon_m)
        speed = self.kind == "speed"
        if speed and self.limit_mps is None:
            raise Misfit("limit_mps", "missing: a zone of kind speed needs its limit (in m/s)")
        for key in ("limit_mps", "occupied_limit_mps"):
            if not speed and getattr(self, key) is not None:
                raise Misfit(key, f"belongs to zones of kind speed; this one is of kind {self.kind}")
        if speed and self.margin_m is not None:
            raise Misfit("margin_m", "belongs to zones of kind keep_in and keep_out; this one is of kind speed")


class Instrument(Part, frozen=True):
    """Which device measured, for the report. calibrated, due: days; certificate: its number. Empty: not stated."""

    serial: ShortText = ""
    calibrated: Date = ""
    due: Date = ""
    certificate: ShortText = ""


class Camera(Part, frozen=True):
    """A camera of the ground. pose: of its optical frame in frame ground, x y z in m, roll pitch yaw in rad.

    watches_people: the gate waits for its word on who is there; false for one that sees no zone whole.
    survey_sigma_m, survey_sigma_rad: how well that pose is known (standard deviation by axis).
    stamp_offset_s: how much later than the light its stamps are. user, password_file: of a camera that asks for a
    login; the file holds the password alone.
    """

    driver: Name
    address: Text
    calibration: Text
    pose: tuple[Metres, Metres, Metres, float, float, float]
    rate_hz: Annotated[float, Meta(gt=0.0, le=1000.0)]
    watches_people: bool = True
    survey_sigma_m: Annotated[float, Meta(ge=0.0, le=1.0)] = 0.003
    survey_sigma_rad: Annotated[float, Meta(ge=0.0, le=1.0)] = 0.0005
    stamp_offset_s: Annotated[float, Meta(ge=-1.0, le=1.0)] = 0.0
    user: str = ""
    password_file: str = ""
    instrument: Instrument = Instrument()


class FloorTags(Part, frozen=True):
    """Markers on the floor by which the cameras show that they still stand as surveyed.

    places: of each tag its id, x, y in m, and yaw in rad.
    """

    dictionary: Dictionary
    size_m: Annotated[float, Meta(gt=0.0, le=5.0)]
    places: tuple[tuple[Annotated[int, Meta(ge=0)], Metres, Metres, float], ...]

    def __post_init__(self) -> None:
        if not self.places:
            raise Misfit("places", "expected the place of one tag or more; leave floor_tags out where there is none")


class ForcePlate(Part, frozen=True):
    """A force plate. corners_m: its four corners in frame ground, in the order of the C3D convention.

    calibration: 6 × 6, row by row, from what the device sends to N and N·m. counts_per_unit: for devices that send
    counts. origin_m: from the plate's own origin to the middle of its surface, plate frame. signs: six of 1 or -1, what
    turns the device's channels into ours (Fz above zero under load). warm_up_s: before its zero is to be trusted.
    """

    driver: Name
    port: Text
    baud: Annotated[int, Meta(ge=300, le=12_000_000)]
    rate_hz: Rate
    full_scale_n: Annotated[float, Meta(gt=0.0, le=1e6)]
    corners_m: tuple[Corner3, Corner3, Corner3, Corner3]
    block_samples: Annotated[int, Meta(ge=1, le=256)] = 20
    calibration: tuple[float, ...] = ()
    counts_per_unit: tuple[float, ...] = ()
    origin_m: tuple[float, ...] = ()
    signs: tuple[float, ...] = ()
    warm_up_s: Annotated[float, Meta(ge=0.0, le=86_400.0)] = 0.0
    instrument: Instrument = Instrument()


class EstopInputs(Part, frozen=True):
    """Which input of the device carries what."""

    channel_a: int
    channel_b: int
    reset: int
    relay: int


class Estop(Part, frozen=True, kw_only=True, tag_field="driver"):
    """An e-stop station: two channels, a reset button, and the watchdog relay that enables the robot.

    watchdog_s: how long the relay stays closed unrenewed. lost_after_s: the silence that counts as a cut cable.
    """

    port: Text
    baud: Annotated[int, Meta(ge=300, le=12_000_000)]
    watchdog_s: Annotated[float, Meta(gt=0.0, le=2.0)]
    lost_after_s: Annotated[float, Meta(gt=0.0, le=1.0)] = 0.1


class ModbusEstop(Estop, frozen=True, kw_only=True, tag="waveshare_8ch"):
    """A station behind a Modbus RTU I/O module that is polled."""

    unit_id: Annotated[int, Meta(ge=1, le=247)]
    inputs: EstopInputs
    watchdog_output: int
    poll_hz: Annotated[float, Meta(ge=50.0, le=1000.0)]


class ControllerEstop(Estop, frozen=True, kw_only=True, tag="estop_link"):
    """A station with a microcontroller that pushes (docs/estop_link.md). answer_s: how soon it answers a challenge."""

    station_id: Annotated[int, Meta(ge=1, le=65535)]
    answer_s: Annotated[float, Meta(gt=0.0, le=1.0)] = 0.1


class Marker(Part, frozen=True):
    """The fiducial that the ground sticks on every robot."""

    dictionary: Dictionary
    id: Annotated[int, Meta(ge=0)]
    size_m: Annotated[float, Meta(gt=0.0, le=5.0)]


Gap = Annotated[float, Meta(ge=0.0, le=5.0)]


class People(Part, frozen=True):
    """How far the robot keeps from people: the terms of the separation distance (ISO/TS 15066 5.5.4, ISO 13855).

    walk_mps: how fast a person comes. reaction_s: of sensing and gate, beyond the measured age of what is seen.
    intrusion_m: how far somebody may reach before they are seen. margin_m: kept beyond it before the robot is stopped.
    guarded: areas behind a guard that nobody can reach through; who is seen there does not count.
    """

    walk_mps: Annotated[float, Meta(ge=0.5, le=5.0)] = 1.6
    reaction_s: Annotated[float, Meta(ge=0.0, le=2.0)] = 0.05
    intrusion_m: Gap = 0.85
    person_uncertainty_m: Gap = 0.1
    robot_uncertainty_m: Gap = 0.05
    margin_m: Gap = 0.4
    stale_s: Annotated[float, Meta(gt=0.0, le=2.0)] = 0.5
    guarded: dict[str, Polygon] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, polygon in self.guarded.items():
            _check_corners(f"guarded.{name}", polygon)


class Ground(Part, frozen=True):
    """A test site: zones and devices, all in its surveyed frame `ground` (x, y in m, z up).

    people: how far robots keep from people, wherever they are; None where no robot may move with people around.
    """

    name: Name
    site: Label
    zones: dict[str, Zone]
    estop: dict[str, ModbusEstop | ControllerEstop]
    robot_marker: Marker | None = None
    cameras: dict[str, Camera] = field(default_factory=dict)
    force_plates: dict[str, ForcePlate] = field(default_factory=dict)
    people: People | None = None
    floor_tags: FloorTags | None = None
    simulated: bool = False

    def __post_init__(self) -> None:
        if not self.estop:
            raise Misfit("estop", "expected at least one e-stop station: no ground runs without")
        if self.cameras and self.robot_marker is None:
            raise Misfit("robot_marker", "missing: the cameras find a robot by it; write dictionary, id and size_m")
        if not any(zone.kind == "keep_in" for zone in self.zones.values()):
            raise Misfit("zones", "expected at least one zone of kind keep_in: it bounds where the robot may be")
        self._check_people()
        for group in ("zones", "cameras", "force_plates", "estop"):
            for name in getattr(self, group):
                if name in reserved():
                    raise Misfit(f"{group}.{name}", "this name means something else to a node; choose another")

    def _check_people(self) -> None:
        watched = [name for name, zone in self.zones.items() if zone.occupied_limit_mps is not None]
        if self.people is not None and not watched:
            raise Misfit("people", "no zone has an occupied_limit_mps, so no camera looks for people")
        if watched and not any(camera.watches_people for camera in self.cameras.values()):
            problem = "no camera watches for people, so the zone would always count as occupied"
            raise Misfit(f"zones.{watched[0]}.occupied_limit_mps", f"{problem}; add one, or leave this out")
