"""Asks, for the session's node, what `port check` asks, and that the gate is ready; keeps what was found.

The look is made in a thread of its own: beside it the node goes on. It decides nothing about the session.
"""

import threading
from collections.abc import Sequence
from pathlib import Path

from rclpy.node import Node

from port_session.admission.finding import Finding
from port_session.admission.judge import READY, Expected, Seen, judge
from port_session.admission.log import AdmissionLog
from port_session.admission.running import kept_so_far
from port_session.ros.answer import result_of
from port_session.ros.observer import observe_beside

#: For so long admission looks at what arrives; everything tells its health once in it.
LOOK_S = 2.0
#: A look that was told to end takes no longer than this.
LOOK_ENDS_S = 0.5


class AdmissionLook:
    """Of one session. ready: what the required parts said when it was looked last, by name. out: of the evidence."""

    def __init__(self, node: Node, expected: Expected, required: Sequence[str], out: Path) -> None:
        self._node, self._expected, self._required, self._out = node, expected, required, out
        self._log = AdmissionLog(out)
        self._idle, self._closing = threading.Event(), threading.Event()
        self._idle.set()
        self.ready: dict[str, str] = {}

    @property
    def under_way(self) -> bool:
        return not self._idle.is_set()

    async def look(self) -> list[Finding]:
        """What is found; takes LOOK_S. It must not be under way already."""
        self._idle.clear()
        seen = await result_of(self._node, self._observe)
        parts = seen.diagnostics
        self.ready = {name: parts[name].message for name in self._required if name in parts}
        return [
            *judge(seen, self._expected, READY), *self._known_robot(), *kept_so_far(self._out, self._expected)
        ]  # fmt: skip

    def keep(self, by: str, refusal: str, findings: Sequence[Finding]) -> None:
        """Write down what was found and what came of it."""
        try:
            self._log.add(self._node.get_clock().now().nanoseconds, by, refusal, findings)
        except OSError as error:
            self._node.get_logger().error(f"cannot write the evidence of the admission: {error.strerror or error}")

    def close(self) -> None:
        """End a look that is under way."""
        self._closing.set()
        self._idle.wait(LOOK_ENDS_S)

    def _observe(self) -> Seen:
        """In a thread of its own."""
        try:
            return observe_beside(self._node, self._expected, LOOK_S, self._closing.is_set)
        finally:
            self._idle.set()

    def _known_robot(self) -> list[Finding]:
        if self._expected.profile is not None:
            return []
        problem = f"{self._out} holds no description of the session: what the robot says is held against nothing"
        return [Finding("robot", False, problem, "start the session by `port up` or session.launch.py")]


def refusal_of(findings: Sequence[Finding]) -> str:
    """What is wrong, each with its remedy, in one line; empty if nothing is."""
    return " | ".join(f"{one.name}: {one.problem}; {one.remedy}" for one in findings if not one.ok)
