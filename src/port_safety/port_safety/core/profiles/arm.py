"""Arm: decelerate along the path and discard the rest of it → brake (power off, spring-applied brakes hold).

An emergency decelerates too: brakes that close on a moving arm let it sag and throw its load; a controlled stop is stop
category 1 of IEC 60204-1, which is enough for the emergency stop of an arm (ISO 10218-1:2011 5.5.2). Only an arm that
does not slow down is braked while it moves.
"""

import math

from port_safety.core.profiles.profile import Profile, Stage, disobeys, stands
from port_safety.core.view import Robot


def arm(robot: Robot) -> Profile:
    """`ramp_s`: how long it may take to stand."""
    return Profile(
        (
            Stage("decelerate", robot.ramp_s, stands, "still moving at the deadline", fails=disobeys, ramp=True),
            Stage("brake", math.inf, ramp=True, enable=False),
        ),
        emergency=0,
        cutting=1,
    )
