"""How one simulated robot behaves: everything that can be wrong with it, as values. All that is left out is right."""

import math
from dataclasses import dataclass, field
from typing import Literal

RELIABLE, BEST_EFFORT = "reliable", "best_effort"


@dataclass(frozen=True)
class Odometry:
    """What the base says of itself. topic: relative to the session's namespace unless it begins with /.

    late_s: how far its clock is behind. stamp: by which clock, "system", "zero", "same" (for ever the first one),
    "uptime" (seconds since its start), or the year that its clock believes in. scale, twist_scale: what it multiplies
    places and velocities by; turn_scale: turning. yaw_sign: -1 counts to the right. offset: x, y, yaw of its frame.
    covariance: every diagonal entry. twist: "body", "world" or "none". copies: how many publish it at once.
    pad_bytes: of the frame's name. other_definition: the type is announced with another hash.
    """

    topic: str = "odom"
    rate_hz: float = 50.0
    late_s: float = 0.0
    stamp: str = "system"
    scale: float = 1.0
    twist_scale: float = 1.0
    turn_scale: float = 1.0
    yaw_sign: float = 1.0
    offset: tuple[float, float, float] = (0.0, 0.0, 0.0)
    frame: str = "odom"
    child_frame: str = "base_link"
    covariance: float = 1e-3
    twist: Literal["body", "world", "none"] = "body"
    x_is: float | None = None
    stuck: bool = False
    copies: int = 1
    pad_bytes: int = 0
    other_definition: bool = False


@dataclass(frozen=True)
class Stack:
    """What asks. speed_mps, turn_radps: while the session runs and the gate is open, or `always`."""

    topic: str = "cmd_vel_request"
    stamped: bool = False
    reliability: str = RELIABLE
    rate_hz: float = 20.0
    speed_mps: float = 0.3
    turn_radps: float = 0.0
    always: bool = False
    number: float = 0.0
    silent: bool = False


@dataclass(frozen=True)
class Base:
    """What moves. listens: the topic of its commands; stamped: their type. also: another topic that it follows, too.

    deaf_after_s: from when on it keeps to the last command with motion that it heard. forward, turn: -1 reverses it.
    by_itself_mps: what it drives at whatever it is told, power or not: somebody pushes it.
    """

    listens: str = "cmd_vel"
    stamped: bool = False
    durable: bool = False
    also: str = ""
    deaf_after_s: float = math.inf
    forward: float = 1.0
    turn: float = 1.0
    by_itself_mps: float = 0.0
    latency_s: float = 0.05
    response_s: float = 0.1
    deceleration_mps2: float = 1.2


@dataclass(frozen=True)
class Arm:
    """joints: of which it tells. scale: what it multiplies them by. base_pose: where it stands, as in its profile."""

    joints: tuple[str, ...] = ("shoulder_pan_joint", "shoulder_lift_joint", "elbow_joint")
    scale: float = 1.0
    position_rad: float = 0.5
    velocities: bool = True
    base_pose: tuple[float, float, float] = (3.0, 0.0, 0.0)
    rate_hz: float = 50.0


@dataclass(frozen=True)
class Manner:
    """intruder: name of a node that publishes on the robot's command topic; second_gate: one is called as the gate.

    domains_off: how far from the domain where it is looked for.
    """

    odometry: Odometry | None = field(default_factory=Odometry)
    stack: Stack = field(default_factory=Stack)
    base: Base = field(default_factory=Base)
    arm: Arm | None = None
    intruder: str = ""
    second_gate: bool = False
    domains_off: int = 0
