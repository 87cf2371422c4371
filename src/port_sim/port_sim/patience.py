"""How long the demonstration waits for a step, and what it says where this machine is too busy for it.

It waits as long as things move on: with much other work on the machine all takes longer, and nothing is wrong. Pure but
for the machine's load; time is an argument.
"""

import math
import re
from collections.abc import Callable
from typing import Any

from port_ros.machine_load import MachineLoad, read

#: The robot has moved on when it is this much further than ever.
_FURTHER_M = 0.05

#: Whose word is late, by the gate's name for it.
_SOURCES = {
    "ground_pose": "the camera's", "odometry": "the robot's", "joints": "the robot's", "estop": "the e-stop station's",
    "force_plate": "the force plate's",
}  # fmt: skip
_LATE = re.compile(r"(\w+)[^:]*: no data for ([0-9.]+) s")


class Patience:
    """Of one step. It is over when nothing has moved on for `patience_s`; for longer where this machine is too busy.

    Things move on when the robot is further than ever, or the gate, the session or a stop's stage is as it was not yet.
    """

    def __init__(self, patience_s: float = 30.0, machine: Callable[[], MachineLoad] = read) -> None:
        self._patience_s, self._machine = patience_s, machine
        self._seen: set[tuple[str, str, str]] = set()
        self._far_m = -math.inf
        self._moved_s = math.nan

    def is_over(self, sight: Any, now_s: float) -> bool:
        """Looks at the operator's `sight` at `now_s`, monotonic."""
        if self._moved_on(sight) or math.isnan(self._moved_s):
            self._moved_s = now_s
        quiet_s = now_s - self._moved_s
        return quiet_s > self._patience_s and quiet_s > self._patience_s * self._machine().slowness

    def quiet_s(self, now_s: float) -> float:
        """For how long nothing has moved on."""
        return now_s - self._moved_s

    def _moved_on(self, sight: Any) -> bool:
        state = (sight.safety, sight.session, sight.stage)
        further = sight.x is not None and sight.x >= self._far_m + _FURTHER_M
        if further:
            self._far_m = sight.x
        if state in self._seen:
            return further
        self._seen.add(state)
        return True


def is_late(reason: str) -> bool:
    """Whether the gate's `reason` is that something came late, as it does on a machine that is too busy."""
    return _LATE.match(reason) is not None


def explain(reason: str, load: MachineLoad) -> str:
    """What a machine that is too busy has to do with the gate's `reason`, for people."""
    late = _LATE.match(reason)
    if late is None:
        return f"this machine is too busy ({load})"
    whose = _SOURCES.get(late[1], f"{late[1]}'s")
    return f"this machine is too busy: {whose} word was {late[2]} s old ({load})"
