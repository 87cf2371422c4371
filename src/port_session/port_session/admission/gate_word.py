"""What the gate's word means for a robot that is being connected: what mends the cause, before anybody resets. Pure.

The gate says what it saw and what a safety officer does next. Why a robot of a team does so, it cannot know.
"""

from collections.abc import Sequence

#: By the rule of a cause, or its rule and source: what to mend in the robot.
_MENDS = {
    "command_following": (
        "see that the base listens to the gate alone, takes every command, in m/s and rad/s, left positive; that its "
        "odometry tells the velocity so"
    ),
    "pose_agreement": (
        "compare the odometry with where the ground sees the robot: units, signs, the size of its wheels; see that the "
        "marker sits firmly"
    ),
    "stuck_input": (
        "see that the base hears the gate (its topic and type in this table), has power and no brake; else restart the "
        "driver of what is stuck"
    ),
    "stop_response": (
        "see that the base takes every command, and that latency_s and deceleration_mps2 in its profile were measured"
    ),
    "speed odometry": "fill twist of the odometry with the measured velocity, in m/s, in the frame of the body",
}


def mends(causes: Sequence[tuple[str, str]]) -> str:
    """Of the first cause (rule, source) that a robot's team can mend; empty if there is none."""
    known = (_MENDS.get(rule) or _MENDS.get(f"{rule} {source}") for rule, source in causes)
    return next((each for each in known if each), "")
