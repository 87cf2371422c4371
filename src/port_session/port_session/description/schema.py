"""The shape of the four files of a description: session, ground, robot, trial.

Every value is frozen and refuses to be born wrong. Units are in the names: m, s, m/s, rad/s, Hz, N. Cross-checks
between files are not made here but in `resolve`.
"""

from typing import Annotated, Literal, get_args

from msgspec import Meta, field

from port_session.description.errors import Misfit
from port_session.description.part import Part
from port_session.description.robot_rules import Joints, RobotRules

Name = Annotated[str, Meta(pattern="^[a-z][a-z0-9_]*$")]
Label = Annotated[str, Meta(pattern="^[a-zA-Z0-9][a-zA-Z0-9_-]*$")]
Topic = Annotated[str, Meta(pattern="^/?[a-zA-Z][a-zA-Z0-9_]*(/[a-zA-Z][a-zA-Z0-9_]*)*$")]
Text = Annotated[str, Meta(min_length=1)]
TcpPort = Annotated[int, Meta(ge=1, le=65535)]
Input = Annotated[int, Meta(ge=0, le=63)]
Seconds = Annotated[float, Meta(gt=0.0, le=60.0)]
# Wide enough for every robot, narrow enough to catch mm, km/h or ms taken for m, m/s or s.
Speed = Annotated[float, Meta(gt=0.0, le=20.0)]
SpeedOrZero = Annotated[float, Meta(ge=0.0, le=20.0)]
Metres = Annotated[float, Meta(ge=-10_000.0, le=10_000.0)]
Corner = tuple[Metres, Metres]
Corner3 = tuple[Metres, Metres, Metres]
Polygon = tuple[Corner, ...]
Rate = Annotated[float, Meta(gt=0.0, le=20_000.0)]

Kind = Literal["test", "certification", "competition", "capture"]

#: Names that stand beside the names of zones and devices among a node's parameters.
RESERVED = frozenset({
    "acceleration", "body_height", "bypass", "cameras", "clock", "command_in", "command_out", "command_type",
    "contact_force", "contact_wrench", "estop", "estops", "evidence_path", "floor_tags", "fresh", "frozen", "gantry",
    "ground_pose", "ground_reaction", "imu", "joint_flail", "joint_limits", "joint_states", "lookouts", "marker",
    "occupancy", "odometry", "plates", "pose_agreement", "robot", "robot_radius_m", "rules", "separation", "session",
    "site", "speed_robot", "stop_response", "tick_hz", "tilt", "tool_box", "tool_pose", "use_sim_time",
    "zone_polygons", "zones",
})  # fmt: skip


def _area_m2(polygon: Polygon) -> float:
    pairs = zip(polygon, (*polygon[1:], polygon[0]), strict=True)
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairs)) / 2


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
        if len(self.polygon_m) < 3:
            raise Misfit("polygon_m", f"expected three or more corners [x, y], got {len(self.polygon_m)}")
        if _area_m2(self.polygon_m) < 1e-6:
            raise Misfit("polygon_m", "expected corners around an area; these lie on one line")
        self._check_limits()

    def _check_limits(self) -> None:
        speed = self.kind == "speed"
        if speed and self.limit_mps is None:
            raise Misfit("limit_mps", "missing: a zone of kind speed needs its limit (in m/s)")
        for key in ("limit_mps", "occupied_limit_mps"):
            if not speed and getattr(self, key) is not None:
                raise Misfit(key, f"belongs to zones of kind speed; this one is of kind {self.kind}")
        if speed and self.margin_m is not None:
            raise Misfit("margin_m", "belongs to zones of kind keep_in and keep_out; this one is of kind speed")
        if self.occupied_limit_mps is not None and self.occupied_limit_mps > (self.limit_mps or 0.0):
            raise Misfit("occupied_limit_mps", f"expected no more than limit_mps {self.limit_mps}")


class Camera(Part, frozen=True):
    """A camera of the ground. pose: of its optical frame in frame ground, x y z in m, roll pitch yaw in rad.

    watches_people: the gate waits for its word on who is there; false for one that sees no zone whole.
    survey_sigma_m, survey_sigma_rad: how well that pose is known (standard deviation by axis).
    stamp_offset_s: how much later than the light its stamps are.
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


class FloorTags(Part, frozen=True):
    """Markers on the floor by which the cameras show that they still stand as surveyed.

    places: of each tag its id, x, y in m, and yaw in rad.
    """

    dictionary: Annotated[str, Meta(pattern="^DICT_[A-Z0-9_]+$")]
    size_m: Annotated[float, Meta(gt=0.0, le=5.0)]
    places: tuple[tuple[Annotated[int, Meta(ge=0)], Metres, Metres, float], ...]


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

    def __post_init__(self) -> None:
        for key, count in (("calibration", 36), ("counts_per_unit", 6), ("origin_m", 3), ("signs", 6)):
            if len(getattr(self, key)) not in (0, count):
                raise ValueError(f"{key}: {len(getattr(self, key))} numbers, not {count}")


class EstopInputs(Part, frozen=True):
    """Which input of the device carries what."""

    channel_a: Input
    channel_b: Input
    reset: Input
    relay: Input

    def __post_init__(self) -> None:
        seen: dict[int, str] = {}
        for key in ("channel_a", "channel_b", "reset", "relay"):
            other = seen.setdefault(getattr(self, key), key)
            if other != key:
                raise Misfit(key, f"input {getattr(self, key)} is {other} already; each contact needs its own input")


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
    watchdog_output: Input
    poll_hz: Annotated[float, Meta(ge=50.0, le=1000.0)]


class ControllerEstop(Estop, frozen=True, kw_only=True, tag="estop_link"):
    """A station with a microcontroller that pushes (docs/estop_link.md). answer_s: how soon it answers a challenge."""

    station_id: Annotated[int, Meta(ge=1, le=65535)]
    answer_s: Annotated[float, Meta(gt=0.0, le=1.0)] = 0.1


class Marker(Part, frozen=True):
    """The fiducial that the ground sticks on every robot."""

    dictionary: Annotated[str, Meta(pattern="^DICT_[A-Z0-9_]+$")]
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
            if len(polygon) < 3 or _area_m2(polygon) < 1e-6:
                raise Misfit(f"guarded.{name}", "expected three or more corners [x, y] around an area")


class Ground(Part, frozen=True):
    """A test site: zones and devices, all in its surveyed frame `ground` (x, y in m, z up).

    people: how far robots keep from people, wherever they are; None where no robot may move with people around.
    """

    name: Name
    site: Label
    zones: dict[str, Zone]
    estop: dict[str, ModbusEstop | ControllerEstop]
    cameras: dict[str, Camera]
    robot_marker: Marker
    force_plates: dict[str, ForcePlate] = field(default_factory=dict)
    people: People | None = None
    floor_tags: FloorTags | None = None
    simulated: bool = False

    def __post_init__(self) -> None:
        if not self.estop:
            raise Misfit("estop", "expected at least one e-stop station: no ground runs without")
        if not self.cameras:
            raise Misfit("cameras", "expected at least one camera: the gate needs to see the robot from outside")
        if not any(zone.kind == "keep_in" for zone in self.zones.values()):
            raise Misfit("zones", "expected at least one zone of kind keep_in: it bounds where the robot may be")
        if self.people is not None and all(zone.occupied_limit_mps is None for zone in self.zones.values()):
            raise Misfit("people", "no zone has an occupied_limit_mps, so no camera looks for people")
        for group in ("zones", "cameras", "force_plates", "estop"):
            for name in getattr(self, group):
                if name in RESERVED:
                    raise Misfit(f"{group}.{name}", "this name means something else to a node; choose another")


#: What the gate can guard (port_safety/ros/codec.py).
PlanarCommand = Literal["geometry_msgs/msg/Twist", "geometry_msgs/msg/TwistStamped"]
JointCommand = Literal["std_msgs/msg/Float64MultiArray", "trajectory_msgs/msg/JointTrajectory"]
CommandType = Literal[PlanarCommand, JointCommand]


class Topics(Part, frozen=True):
    """Topics of a robot, relative to the session's namespace unless they begin with /.

    imu, joint_states, tool_pose, contact_wrench: what its rules look at; None where none does.
    gantry: a std_msgs/Bool that says whether a gantry carries the robot; None: there is none.
    """

    command_in: Topic
    command_out: Topic
    command_type: CommandType
    odometry: Topic = "odom"
    joint_states: Topic | None = None
    imu: Topic | None = None
    tool_pose: Topic | None = None
    contact_wrench: Topic | None = None
    gantry: Topic | None = None

    def __post_init__(self) -> None:
        if self.command_in == self.command_out:
            raise Misfit("command_in", f"{self.command_in!r} is command_out too; nothing would pass through the gate")


class Limits(Part, frozen=True):
    """What the robot can do. latency_s: command to first effect. deceleration_mps2: what its brakes reach.

    response_s: time constant with which its drives follow a command after the latency.
    acceleration_mps2, yaw_acceleration_radps2: how fast the gate lets its command rise.
    """

    speed_mps: Speed
    yaw_rate_radps: Annotated[float, Meta(gt=0.0, le=30.0)]
    acceleration_mps2: Annotated[float, Meta(gt=0.0, le=50.0)]
    deceleration_mps2: Annotated[float, Meta(gt=0.0, le=50.0)]
    latency_s: Annotated[float, Meta(ge=0.0, le=2.0)]
    yaw_acceleration_radps2: Annotated[float, Meta(gt=0.0, le=100.0)] = 4.0
    response_s: Annotated[float, Meta(gt=0.0, le=2.0)] = 0.1


class StopProfile(Part, frozen=True):
    """How the robot is stopped (docs/stop_profiles.md): it stands within ramp_s; then wheels and arms lose their
    power. Legged: within another settle_s its body is down at settled_height_m; humanoid: damp_s more in damping.

    measured_stop_m: ways until standstill that were measured, one for each speed in measured_stop_mps. A way that is
    longer than the profile's deceleration explains makes the robot keep further from people; a shorter one changes
    nothing. measured_file: more of them in a file beside this one (`port evidence stops --feed`).
    """

    ramp_s: Annotated[float, Meta(gt=0.0, le=10.0)]
    settle_s: Annotated[float, Meta(gt=0.0, le=10.0)] | None = None
    damp_s: Annotated[float, Meta(gt=0.0, le=5.0)] | None = None
    settled_height_m: Annotated[float, Meta(gt=0.0, le=2.0)] | None = None
    measured_stop_mps: tuple[Speed, ...] = ()
    measured_stop_m: tuple[Annotated[float, Meta(gt=0.0, le=100.0)], ...] = ()
    measured_file: str = ""

    def __post_init__(self) -> None:
        speeds, ways = len(self.measured_stop_mps), len(self.measured_stop_m)
        if speeds != ways:
            raise Misfit("measured_stop_m", f"expected a way for each of the {speeds} speeds, got {ways}")


#: Which keys of the stop profile each kind of robot has beside ramp_s.
STOP_KEYS = {
    "wheeled": (),
    "arm": (),
    "quadruped": ("settle_s", "settled_height_m"),
    "humanoid": ("settle_s", "damp_s", "settled_height_m"),
}
#: The longest that a quadruped may keep its power in a stop.
QUADRUPED_CUT_S = 4.0


class Robot(Part, frozen=True):
    """A robot's profile. joints: of an arm, and of a robot that is commanded or held by them.

    marker_sinks_m: how much lower than marker_height_m its marker may be, when it sits, kneels or squats.
    rules: beside those that hold for every robot.
    """

    name: Name
    kind: Literal["wheeled", "quadruped", "humanoid", "arm"]
    topics: Topics
    limits: Limits
    footprint_radius_m: Annotated[float, Meta(gt=0.0, le=5.0)]
    marker_height_m: Annotated[float, Meta(ge=0.0, le=5.0)]
    stop: StopProfile
    marker_sinks_m: Annotated[float, Meta(ge=0.0, le=5.0)] = 0.0
    simulated: bool = False
    joints: Joints | None = None
    rules: RobotRules = RobotRules()

    def __post_init__(self) -> None:
        if self.joints is None and (self.kind == "arm" or self.topics.command_type in get_args(JointCommand)):
            why = "an arm is measured by them" if self.kind == "arm" else f"{self.topics.command_type} is about them"
            raise Misfit("joints", f"missing: expected the names of the joints; {why}")
        if self.simulated and self.kind == "arm":
            raise Misfit("simulated", "a session simulates robots that drive or walk, not one of kind arm")
        if self.marker_sinks_m > self.marker_height_m:
            raise Misfit("marker_sinks_m", f"expected no more than marker_height_m {self.marker_height_m}")
        if self.kind == "arm" and self.topics.joint_states is None:
            raise Misfit("topics.joint_states", "missing: an arm is measured by it (sensor_msgs/msg/JointState)")
        self._check_stop()
        self.rules.check(self.joints, {name: getattr(self.topics, name) for name in self.topics.__struct_fields__})

    def _check_stop(self) -> None:
        """Every kind is stopped in its own stages: no figure may be missing, none may be there for nothing."""
        for key in ("settle_s", "damp_s", "settled_height_m"):
            given, belongs = getattr(self.stop, key) is not None, key in STOP_KEYS[self.kind]
            if belongs and not given:
                raise Misfit(f"stop.{key}", f"missing: a robot of kind {self.kind} is stopped by it")
            if given and not belongs:
                raise Misfit(f"stop.{key}", f"means nothing to a robot of kind {self.kind}")
        down_s = self.stop.ramp_s + (self.stop.settle_s or 0.0)
        if self.kind == "quadruped" and down_s > QUADRUPED_CUT_S:
            raise Misfit("stop.settle_s", f"ramp_s + settle_s is {down_s:g} s; expected {QUADRUPED_CUT_S:g} s at most")

    @property
    def legged(self) -> bool:
        """Whether it has a posture to lose: without power it falls, unless its body is down."""
        return "settled_height_m" in STOP_KEYS[self.kind]

    @property
    def stop_deadline_s(self) -> float:
        """When its power is gone at the latest, from the beginning of a stop."""
        return self.stop.ramp_s + (self.stop.settle_s or 0.0) + (self.stop.damp_s or 0.0)


class Trial(Part, frozen=True):
    """What the robot is to do. goal_m in frame ground; start_pose: x, y in m and yaw in rad."""

    name: Name
    kind: Kind
    goal_m: Corner
    tolerance_m: Annotated[float, Meta(gt=0.0, le=10.0)]
    timeout_s: Annotated[float, Meta(gt=0.0, le=86_400.0)]
    start_pose: tuple[Metres, Metres, float] = (0.0, 0.0, 0.0)


class Dashboard(Part, frozen=True):
    """Where the officers' page is served."""

    host: Text = "127.0.0.1"
    port: TcpPort = 8080


class TelemetryTopic(Part, frozen=True):
    """A ROS topic that goes to the facility besides port's own, with port_telemetry/ros/topics.py's meaning."""

    topic: Text
    type: str = ""
    stream: Literal["recorded", "event", "live"] = "recorded"
    encoding: Literal["cbor", "json"] = "cbor"
    max_hz: Annotated[float, Meta(ge=0.0)] = 0.0


#: Keys of `Mqtt` that say what only an external broker or facility can know.
_EXTERNAL = (
    "user", "password_file", "facility_key_file", "signing_key_file", "others", "ca_file", "cert_file",
    "client_key_file",
)  # fmt: skip


class Sparkplug(Part, frozen=True):
    """Shows a SCADA host what is live, as the node `edge` of `group` (empty: named like the site), docs/mqtt.md.

    primary_host: the host's id; then nothing is shown while it is not online.
    """

    group: Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]{0,64}$")] = ""
    primary_host: Annotated[str, Meta(pattern=r"^[^+#/]*$")] = ""


class Mqtt(Part, frozen=True):
    """The MQTT broker. embedded: the session starts one of its own; external: it is there already.

    facility_key_file: public key of the ingest behind an external broker; without it the broker's word is taken.
    signing_key_file: signs this edge's safety messages; made at the first start if it is missing.
    others: further "host:port" of the same cluster. ca_file, cert_file, client_key_file: TLS, and who this edge is.
    team_key_file, sealed: streams (by their MQTT names) that the team alone shall read, and the key they are sealed to.
    """

    host: Text = "127.0.0.1"
    port: TcpPort = 18830
    broker: Literal["embedded", "external"] = "embedded"
    user: str = ""
    password_file: str = ""
    facility_key_file: str = ""
    signing_key_file: str = ""
    others: tuple[str, ...] = ()
    ca_file: str = ""
    cert_file: str = ""
    client_key_file: str = ""
    team_key_file: str = ""
    sealed: tuple[str, ...] = ()
    topics: dict[Name, TelemetryTopic] = field(default_factory=dict)
    sparkplug: Sparkplug | None = None

    def __post_init__(self) -> None:
        if self.sealed and not self.team_key_file:
            raise Misfit("team_key_file", "is needed for what is to be sealed; `port keys new` makes one")
        for name in self.sealed:
            if name.startswith("safety/"):
                raise Misfit("sealed", f"{name} must be readable by everyone")
        for key in _EXTERNAL:
            if self.broker == "embedded" and getattr(self, key):
                raise Misfit(key, "belongs to an external broker; the embedded one makes its own")


class Fresh(Part, frozen=True):
    """How old each input of the gate may be, in s, before the robot is stopped."""

    estop_s: Annotated[float, Meta(gt=0.0, le=1.0)] = 0.15
    odometry_s: Annotated[float, Meta(gt=0.0, le=2.0)] = 0.3
    ground_pose_s: Annotated[float, Meta(gt=0.0, le=5.0)] = 0.5
    force_plate_s: Annotated[float, Meta(gt=0.0, le=5.0)] = 0.5
    command_s: Annotated[float, Meta(gt=0.0, le=2.0)] = 0.3


class PoseAgreement(Part, frozen=True):
    """How far the ground's pose and the robot's odometry may come apart within window_s, while both are young."""

    window_s: Annotated[float, Meta(ge=0.2, le=10.0)] = 2.0
    distance_m: Annotated[float, Meta(gt=0.0, le=5.0)] = 0.3
    heading_rad: Annotated[float, Meta(gt=0.0, le=3.2)] = 0.35
    fresh_s: Annotated[float, Meta(gt=0.0, le=5.0)] = 0.5


class StopResponse(Part, frozen=True):
    """What counts as rest of a robot that is stopped; more than this takes its power."""

    rest_mps: Annotated[float, Meta(gt=0.0, le=1.0)] = 0.05
    rest_radps: Annotated[float, Meta(gt=0.0, le=3.0)] = 0.15


class Bypass(Part, frozen=True):
    """How old the last look at who publishes on the robot's command topic may be."""

    stale_s: Annotated[float, Meta(ge=0.3, le=10.0)] = 1.0


class Clock(Part, frozen=True):
    """How far stamps may lie ahead and behind over a number of readings, and how far our own clock may be set."""

    ahead_s: Annotated[float, Meta(gt=0.0, le=1.0)] = 0.05
    behind_s: Annotated[float, Meta(gt=0.0, le=5.0)] = 0.4
    step_s: Annotated[float, Meta(gt=0.0, le=5.0)] = 0.1
    readings: Annotated[int, Meta(ge=1, le=32)] = 5


class Frozen(Part, frozen=True):
    """How long a pose may stay bit by bit the same while the robot is told to move, and over how many readings."""

    after_s: Annotated[float, Meta(ge=0.2, le=30.0)] = 1.0
    readings: Annotated[int, Meta(ge=2, le=1000)] = 8


class Gate(Part, frozen=True):
    """The safety gate's loop, and the rules that hold for every robot."""

    tick_hz: Annotated[float, Meta(ge=50.0, le=1000.0)] = 500.0
    fresh: Fresh = Fresh()
    pose_agreement: PoseAgreement = PoseAgreement()
    stop_response: StopResponse = StopResponse()
    bypass: Bypass = Bypass()
    clock: Clock = Clock()
    frozen: Frozen = Frozen()


class Session(Part, frozen=True):
    """One robot, one ground, one trial, one team. domain: its ROS domain; None takes a free one."""

    session: Name
    ground: Name
    robot: Name
    trial: Name
    team: Name
    edge: Label
    dashboard: Dashboard = Dashboard()
    mqtt: Mqtt = Mqtt()
    gate: Gate = Gate()
    domain: Annotated[int, Meta(ge=0, le=101)] | None = None
