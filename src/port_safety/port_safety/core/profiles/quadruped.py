"""Quadruped: halt → sit → cut, within 4 s. A body that lies on the floor cannot fall.

An emergency sits at once, out of the gait. A robot that does not slow down although it was told to is cut where it is:
it folds onto its belly from a third of a metre, while one that runs on does not stop at all.
"""

import math

from port_safety.core.profiles.profile import Profile, Seen, Stage, disobeys, stands
from port_safety.core.view import Robot

#: The longest that a quadruped may keep its power in a stop.
LONGEST_S = 4.0


def quadruped(robot: Robot) -> Profile:
    """`ramp_s` to halt, then `settle_s` to sit: the body at or below `settled_height_m`."""
    sit_by_s = robot.ramp_s + robot.settle_s
    if sit_by_s > LONGEST_S:
        raise ValueError(f"ramp_s + settle_s: {sit_by_s:g} s; a quadruped is cut within {LONGEST_S:g} s")

    def sits(seen: Seen) -> bool:
        return seen.stands and seen.height_m <= robot.settled_height_m

    return Profile(
        (
            Stage("halt", robot.ramp_s, stands, "still moving at the deadline", fails=disobeys, ramp=True),
            Stage("sit", sit_by_s, sits, "does not sit at the deadline"),
            Stage("cut", math.inf, enable=False),
        ),
        emergency=1,
        cutting=2,
        dark=sits,
    )
