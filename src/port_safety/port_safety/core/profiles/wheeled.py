"""Wheeled: ramp → cut. An emergency commands zero at once and keeps the power while the robot brakes under it."""

import math

from port_safety.core.profiles.profile import Profile, Stage, disobeys, stands
from port_safety.core.view import Robot

_LATE = "still moving at the deadline"


def wheeled(robot: Robot) -> Profile:
    """`ramp_s`: how long it may take to stand."""
    return Profile(
        (
            Stage("ramp", robot.ramp_s, stands, _LATE, fails=disobeys, ramp=True),
            Stage("halt", robot.ramp_s, stands, _LATE, fails=disobeys),
            Stage("cut", math.inf, enable=False),
        ),
        emergency=1,
        cutting=2,
    )
