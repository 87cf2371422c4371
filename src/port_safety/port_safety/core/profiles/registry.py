"""Which kinds of robots there are, and how each is stopped. A new kind is one file and one line."""

from collections.abc import Callable

from port_safety.core.profiles.arm import arm
from port_safety.core.profiles.humanoid import humanoid
from port_safety.core.profiles.profile import Profile
from port_safety.core.profiles.quadruped import quadruped
from port_safety.core.profiles.wheeled import wheeled
from port_safety.core.view import Robot

PROFILES: dict[str, Callable[[Robot], Profile]] = {
    "wheeled": wheeled,
    "arm": arm,
    "quadruped": quadruped,
    "humanoid": humanoid,
}


def profile_of(robot: Robot) -> Profile:
    """The stop profile of `robot`. Raises ValueError for a kind that nobody knows."""
    if robot.kind not in PROFILES:
        raise ValueError(f"kind: {robot.kind!r} is none of {', '.join(PROFILES)}")
    return PROFILES[robot.kind](robot)
