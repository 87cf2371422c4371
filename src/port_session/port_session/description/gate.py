"""The part of a session file about the gate: how fast it ticks and when each rule speaks.

Every value is frozen and refuses to be born wrong. Cross-checks between files are made in `resolve`.
"""

from typing import Annotated

from msgspec import Meta

from port_session.description.part import Part


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
