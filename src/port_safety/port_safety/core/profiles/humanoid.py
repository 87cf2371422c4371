"""Humanoid: halt the gait → settle (stance, kneel, or caught by the gantry) → damp → cut.

A balancing robot without power falls, onto whoever stands beside it. So no cause, not even one that cuts, takes the
power of one that is not settled; time alone does, at the last deadline (IEC 60204-1 stop category 1).
"""

import math

from port_safety.core.profiles.profile import Profile, Seen, Stage, disobeys
from port_safety.core.view import Robot

#: Damping lasts this share of `damp_s` at least: joints that just turned soft have not come to rest.
DAMP_SHARE = 0.5


def humanoid(robot: Robot) -> Profile:
    """`ramp_s` to end the gait, `settle_s` to get down to `settled_height_m`, `damp_s` to sink into its joints."""
    settle_by_s = robot.ramp_s + robot.settle_s

    def halted(seen: Seen) -> bool:
        return seen.stands or seen.caught

    def settled(seen: Seen) -> bool:
        return seen.caught or (seen.stands and seen.height_m <= robot.settled_height_m)

    def damped(seen: Seen) -> bool:
        return settled(seen) and seen.since_s >= DAMP_SHARE * robot.damp_s

    return Profile(
        (
            Stage("halt", robot.ramp_s, halted, "still walking at the deadline", fails=disobeys, ramp=True),
            Stage("settle", settle_by_s, settled, "not settled at the deadline"),
            Stage("damp", settle_by_s + robot.damp_s, damped, "not at rest at the deadline"),
            Stage("cut", math.inf, enable=False),
        ),
        emergency=0,
        cutting=1,
        dark=settled,
    )
