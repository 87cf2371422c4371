"""A person's hand on the gate's services: asserts again and again, and stops at the first refusal.

Says nothing about what is allowed; the gate does. Its silence ends the hold: an assertion that is not answered in time
is not repeated for it.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

from port_interfaces.msg import SafetyState
from port_interfaces.srv import OverrideRule, Recover

from port_ros import qos, signed_request
from port_ros.request_signing import sign_request
from port_ros.session_key import SESSION_KEY_FILE, read_key
from port_session.ros.command_client import asking

#: How often a override is asserted; the gate needs 10 Hz.
PERIOD_S = 0.04
#: An answer later than this is none: by then the gate has let go.
ANSWER_S = 0.2
START_S = 5.0
SILENT = "the gate does not answer (port check)"
#: What each key asks for: m/s forward and to the left, rad/s to the left. The gate caps it.
MOTIONS = {"up": (0.2, 0.0, 0.0), "down": (-0.2, 0.0, 0.0), "left": (0.0, 0.0, 0.3), "right": (0.0, 0.0, -0.3)}
MOTIONS |= {"a": (0.0, 0.2, 0.0), "d": (0.0, -0.2, 0.0)}

SERVICES: dict[type, str] = {Recover: signed_request.RECOVER, OverrideRule: signed_request.OVERRIDE}
Say = Callable[[str], None]


class Holder:
    """The gate's services in the running session with this record; a context manager."""

    def __init__(self, record: Mapping[str, Any]) -> None:
        self._stack = ExitStack()
        self._node, self._executor = self._stack.enter_context(asking(record))
        self._session, self._key = record["session"], read_key(Path(record["run"]) / SESSION_KEY_FILE)
        self._clients: dict[type, Any] = {kind: self._node.create_client(kind, name) for kind, name in SERVICES.items()}
        self.states: list[SafetyState] = []
        self._node.create_subscription(SafetyState, "safety/state", self._note, qos.STATE_LATCHED)

    def __enter__(self) -> "Holder":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def _note(self, state: SafetyState) -> None:
        self.states = [state]

    def ready(self) -> bool:
        """Whether the gate is there and has said how it stands."""
        deadline_s = time.monotonic() + START_S
        while not self.states and time.monotonic() < deadline_s:
            self._executor.spin_once(timeout_sec=0.05)
        return bool(self.states) and all(
            client.wait_for_service(timeout_sec=START_S) for client in self._clients.values()
        )

    def look(self) -> None:
        """Take in what the gate has said since."""
        for _ in range(10):
            self._executor.spin_once(timeout_sec=0.0)

    def ask(self, request: Any, kind: type) -> Any:
        """The gate's answer to one assertion, signed now; None if there is none in time."""
        sign_request(request, SERVICES[kind], self._session, self._key)
        future = self._clients[kind].call_async(request)
        self._executor.spin_until_future_complete(future, timeout_sec=ANSWER_S)
        return future.result() if future.done() else None


def recover(holder: Holder, by: str, key: Callable[[float], str], say: Say) -> str:
    """Lead the robot out, one assertion a key. Returns why it was not; empty when it is out or the person ended it."""
    if not holder.ready():
        return SILENT
    event_id = holder.states[0].event_id
    say(f"{holder.states[0].reason} — hold an arrow key (a, d: sideways), q ends")
    while (pressed := key(0.1)) != "q":
        holder.look()
        if holder.states[0].state == SafetyState.RESET_READY:
            say("the robot is out; reset at the station\n")
            return ""
        if pressed not in MOTIONS:
            continue
        answer = holder.ask(_recover(event_id, by, MOTIONS[pressed]), Recover)
        if answer is None:
            return SILENT
        say(f"{'' if answer.accepted else 'refused: '}{answer.reason}")
    return ""


def _recover(event_id: str, by: str, motion: tuple[float, float, float]) -> Recover.Request:
    request = Recover.Request(event_id=event_id, by=by)
    request.motion.linear.x, request.motion.linear.y, request.motion.angular.z = motion
    return request


def override(holder: Holder, rule: str, by: str, why: str, say: Say) -> str:
    """Hold off `rule` until the gate says no. Returns what it said."""
    if not holder.ready():
        return SILENT
    while True:
        answer = holder.ask(OverrideRule.Request(rule=rule, by=by, why=why), OverrideRule)
        if answer is None or not answer.accepted:
            return SILENT if answer is None else str(answer.reason)
        say(f"{rule} is overridden, {answer.left_s:.0f} s left; Ctrl-C lets go")
        time.sleep(PERIOD_S)
