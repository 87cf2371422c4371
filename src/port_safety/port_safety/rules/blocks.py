"""The block of parameters of each type of rule: its keys, their units in their names, what they are without one."""

import msgspec


class RuleBlock(msgspec.Struct, forbid_unknown_fields=True):
    """What every block has: the type of the rule."""

    type: str


class InputTimeoutBlock(RuleBlock):
    """Greatest ages in s."""

    estop_s: float
    odometry_s: float
    ground_pose_s: float
    force_plate_s: float
    command_s: float


class ZoneBlock(RuleBlock):
    """A polygon as flat x, y pairs in frame ground, m."""

    polygon_m: list[float]
    margin_m: float = 0.05


class SpeedBlock(RuleBlock):
    """Limits in m/s; without polygon_m they hold everywhere. stale_s: how old the occupancy may be."""

    limit_mps: float
    polygon_m: list[float] = []
    occupied_limit_mps: float | None = None
    stale_s: float = 0.5


class AccelerationBlock(RuleBlock):
    """Of the robot's profile, m/s² and rad/s²."""

    acceleration_mps2: float
    yaw_acceleration_radps2: float


class PoseAgreementBlock(RuleBlock):
    """What may differ within the window; s, m, rad."""

    window_s: float = 2.0
    distance_m: float = 0.3
    heading_rad: float = 0.35
    fresh_s: float = 0.5


class SeparationBlock(RuleBlock):
    """The terms of the separation distance, see rules/separation.py; measured stops as speeds and ways, in pairs.

    zones_m, guarded_m: polygons by name, as flat x, y pairs in frame ground.
    """

    walk_mps: float = 1.6
    reaction_s: float = 0.05
    intrusion_m: float = 0.85
    person_uncertainty_m: float = 0.1
    robot_uncertainty_m: float = 0.05
    margin_m: float = 0.4
    stale_s: float = 0.5
    measured_stop_mps: list[float] = []
    measured_stop_m: list[float] = []
    zones_m: dict[str, list[float]] = {}
    guarded_m: dict[str, list[float]] = {}


class StopResponseBlock(RuleBlock):
    """What counts as rest, m/s and rad/s."""

    rest_mps: float = 0.05
    rest_radps: float = 0.15


class BypassBlock(RuleBlock):
    """How old the last look at the publishers may be, s."""

    stale_s: float = 1.0


class ClockBlock(RuleBlock):
    """How far stamps may lie off, s, and over how many readings."""

    ahead_s: float = 0.05
    behind_s: float = 0.4
    step_s: float = 0.1
    readings: int = 5


class TiltBlock(RuleBlock):
    """Angles from upright, rad; greatest age, s."""

    limit_rad: float
    fall_rad: float
    stale_s: float = 0.1


class BodyHeightBlock(RuleBlock):
    """Heights above the floor, m; greatest age, s."""

    low_m: float
    high_m: float
    stale_s: float = 0.3


class JointRunawayBlock(RuleBlock):
    """Bounds of every joint, rad/s and rad/s² (m/s, m/s²), in so many readings in a row; greatest age, s."""

    velocity_radps: float
    acceleration_radps2: float
    readings: int = 5
    stale_s: float = 0.1


class GroundReactionBlock(RuleBlock):
    """The robot's mass, kg; multiples of its weight; N; greatest age, s."""

    mass_kg: float
    peak_bodyweights: float = 6.0
    pull_n: float = 50.0
    friction: float = 1.5
    stale_s: float = 0.5


class JointLimitsBlock(RuleBlock):
    """By joint, in the order of the robot's: rad and rad/s; of all: margin, rad; greatest age, s."""

    lower_rad: list[float]
    upper_rad: list[float]
    velocity_radps: list[float]
    margin_rad: float = 0.02
    stale_s: float = 0.1


class ToolWorkspaceBlock(RuleBlock):
    """Two opposite corners x, y, z in the frame of the tool's pose, m; m/s²; greatest age, s."""

    low_m: list[float]
    high_m: list[float]
    deceleration_mps2: float
    stale_s: float = 0.1


class ContactForceBlock(RuleBlock):
    """Forces at the tool, N; how many readings in a row; greatest age, s."""

    limit_n: float
    blow_n: float
    readings: int = 10
    stale_s: float = 0.1


class StuckInputBlock(RuleBlock):
    """How long a value may stay the same while motion passes, s, and over how many readings at least."""

    after_s: float = 1.0
    readings: int = 8
