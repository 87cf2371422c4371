"""The shape of a robot file: its topics, its limits, how it stops.

Every value is frozen and refuses to be born wrong. Cross-checks between files are made in `resolve`.
"""

import math
from typing import Annotated, Any, Literal

from msgspec import Meta, field, structs

from port_ros.misfit import Misfit, misfit_of
from port_safety.commands.registry import command_types
from port_session.description import robot_rules
from port_session.description.part import Part
from port_session.description.robot_rules import Joints
from port_session.description.values import (
    Metres,
    Name,
    ShortText,
    Speed,
    Topic,
)


class Topics(Part, frozen=True):
    """Topics of a robot, relative to the session's namespace unless they begin with /.

    imu, joint_states, tool_pose, contact_wrench: what its rules look at; None where none does.
    gantry: a std_msgs/Bool that says whether a gantry carries the robot; None: there is none.
    """

    command_in: Topic
    command_out: Topic
    command_type: str
    odometry: Topic = "odom"
    joint_states: Topic | None = None
    imu: Topic | None = None
    tool_pose: Topic | None = None
    contact_wrench: Topic | None = None
    gantry: Topic | None = None

    def __post_init__(self) -> None:
        if self.command_type not in command_types():
            expected = ", ".join(command_types())
            raise Misfit("command_type", f"expected one of {expected}, got {self.command_type!r}")


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
#: What the delay of a safety relay's second contact can be set in.
_RELAY_STEP_S = 0.5


class Robot(Part, frozen=True):
    """A robot's profile. joints: of an arm, and of a robot that is commanded or held by them.

    marker_height_sigma_m: how well marker_height_m is known; the poses' covariance holds it.
    marker_sinks_m: how much lower than marker_height_m its marker may be, when it sits, kneels or squats.
    serial, firmware, condition: of the very robot that is tested and as it was received, for the report.
    base_pose: where an arm stands, x, y in m and yaw in rad, frame ground. rules: by name, beside those of all robots.
    """

    name: Name
    kind: Literal["wheeled", "quadruped", "humanoid", "arm"]
    topics: Topics
    limits: Limits
    footprint_radius_m: Annotated[float, Meta(gt=0.0, le=5.0)]
    marker_height_m: Annotated[float, Meta(ge=0.0, le=5.0)]
    stop: StopProfile
    marker_height_sigma_m: Annotated[float, Meta(ge=0.001, le=0.1)] = 0.01
    marker_sinks_m: Annotated[float, Meta(ge=0.0, le=5.0)] = 0.0
    simulated: bool = False
    joints: Joints | None = None
    base_pose: tuple[Metres, Metres, Annotated[float, Meta(ge=-6.3, le=6.3)]] | None = None
    rules: dict[str, Any] = field(default_factory=dict)
    serial: ShortText = ""
    firmware: ShortText = ""
    condition: ShortText = ""

    def __post_init__(self) -> None:
        if self.joints is None and (self.kind == "arm" or self.by_joints):
            why = "an arm is measured by them" if self.kind == "arm" else f"{self.topics.command_type} is about them"
            raise Misfit("joints", f"missing: expected the names of the joints; {why}")
        if self.simulated:
            self._check_simulated()
        if self.marker_sinks_m > self.marker_height_m:
            raise Misfit("marker_sinks_m", f"expected no more than marker_height_m {self.marker_height_m}")
        if self.kind == "arm" and self.topics.joint_states is None:
            raise Misfit("topics.joint_states", "missing: an arm is measured by it (sensor_msgs/msg/JointState)")
        self._check_stop()
        self._check_rules()

    def _check_simulated(self) -> None:
        arm = self.kind == "arm"
        takes = "trajectory_msgs/msg/JointTrajectory" if arm else "geometry_msgs/msg/Twist"
        if self.topics.command_type != takes:
            robot = "a simulated arm" if arm else "a simulated base"
            raise Misfit("topics.command_type", f"{robot} is commanded by {takes}; write that")
        if arm and self.base_pose is None:
            raise Misfit("base_pose", "missing: a simulated arm must stand somewhere; write x, y in m and yaw in rad")

    @property
    def radius_m(self) -> float:
        """How far from its place, an arm's base, any part of it may be, on the floor's plan."""
        if self.kind == "arm" and self.joints is not None:
            return max(self.footprint_radius_m, self.joints.reach_m)
        return self.footprint_radius_m

    @property
    def by_joints(self) -> bool:
        """Whether it is commanded by its joints."""
        return command_types()[self.topics.command_type].by_joints

    def _check_rules(self) -> None:
        if self.kind == "arm" and not self.by_joints:
            fits = (message for message, each in command_types().items() if each.by_joints)
            raise Misfit("topics.command_type", f"an arm is commanded by its joints: {' or '.join(fits)}")
        if self.base_pose is not None and self.kind != "arm":
            raise Misfit(
                "base_pose", f"means nothing to a robot of kind {self.kind}: the ground's cameras say where it is"
            )
        try:
            structs.force_setattr(self, "rules", robot_rules.decoded(self.rules))
        except ValueError as error:
            raise misfit_of(error, "rules") from error
        site = robot_rules.site_of(self.name, self.kind, self.joints, self.by_joints, self.base_pose)
        topics = {name: getattr(self.topics, name) for name in self.topics.__struct_fields__}
        robot_rules.check(self.rules, site, topics)

    def _check_stop(self) -> None:
        """Every kind is stopped in its own stages: no figure may be missing, none may be there for nothing."""
        for key in ("settle_s", "damp_s", "settled_height_m"):
            given, belongs = getattr(self.stop, key) is not None, key in STOP_KEYS[self.kind]
            if belongs and not given:
                raise Misfit(f"stop.{key}", f"missing: a robot of kind {self.kind} is stopped by it")
            if given and not belongs:
                raise Misfit(f"stop.{key}", f"means nothing to a robot of kind {self.kind}")
        limits = self.limits
        stands_s = limits.latency_s + limits.speed_mps / limits.deceleration_mps2
        if self.kind != "arm" and stands_s > self.stop.ramp_s:
            problem = f"from limits.speed_mps it stands after {stands_s:.2f} s (limits.latency_s, deceleration_mps2)"
            raise Misfit("stop.ramp_s", f"{problem}, so every stop would be too late; write more")
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

    @property
    def delayed_contact_s(self) -> float:
        """How long after the e-stop the hard-wired chain takes its power: `stop_deadline_s`, rounded up."""
        return math.ceil(self.stop_deadline_s / _RELAY_STEP_S) * _RELAY_STEP_S
