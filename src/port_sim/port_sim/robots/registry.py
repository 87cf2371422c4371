"""Which kinds of robots a session can simulate on the floor. A new kind is one file and one line."""

from collections.abc import Callable
from typing import Protocol

from port_sim.robots.quadruped import Quadruped
from port_sim.robots.walker import Walker
from port_sim.robots.wheeled import Limits, Motion, Wheeled


class FloorRobot(Protocol):
    """What all of them do. Times in s, of one clock; each begins where it is put, without power."""

    #: The stage of its stop profile to which its own controller brings it when its stop input opens.
    own_stop: str

    @property
    def motion(self) -> Motion:
        """Where it is and how it moves now."""
        ...

    def command(self, v_mps: float, w_radps: float, now_s: float) -> None:
        """Ask for a speed and a turn rate."""
        ...

    def tell(self, word: str, now_s: float) -> None:
        """The stage of the stop profile, in one word; empty without a stop."""
        ...

    def step(self, now_s: float, powered: bool, runaway: bool = False) -> Motion:
        """Move on to `now_s`."""
        ...


ROBOTS: dict[str, Callable[[Limits, Motion], FloorRobot]] = {
    "wheeled": Wheeled,
    "quadruped": lambda limits, start: Quadruped(limits, start=start),
    "humanoid": Walker,
}


def make(kind: str, limits: Limits, start: Motion) -> FloorRobot:
    """A robot of `kind`. Raises ValueError for one that nobody knows."""
    if kind not in ROBOTS:
        raise ValueError(f"kind: {kind!r} is none of {', '.join(ROBOTS)}")
    return ROBOTS[kind](limits, start)
