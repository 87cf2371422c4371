"""What the operator's view knows of a running session, and the way of its steps: a node in a thread of its own.

Hands over frozen pictures; a step is taken along and answered in a later picture, so that nobody waits here. It must
not arm, stop or reset anything itself: the session's service does, as for `port session`.
"""

import bisect
import threading
import time
from collections import deque
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from port_interfaces.msg import SafetyEvent, SafetyState, SessionEvent, SessionState
from port_interfaces.srv import SessionCommand
from rclpy.executors import SingleThreadedExecutor

from port_dashboard.state.words import ABNORMAL, STOP
from port_ros import qos, stamps
from port_ros.constants import HEALTH_LEVELS, SAFETY_STATES, SESSION_STATES
from port_ros.free_text import one_line
from port_ros.runtime_folder import RECORD
from port_session.ros.joined import joined
from port_session.view.picture import (
    PLAIN,
    Answer,
    Asked,
    GateHeard,
    Happened,
    Outcome,
    PartHeard,
    Picture,
    SessionHeard,
    heard_at,
)

#: How many of the things that happened are kept.
EVENTS = 100

#: An answer is waited for so long; one to a halt is missed earlier, and waited for as long.
ANSWER_S = 10.0
HALT_ANSWER_S = 2.0

#: A step that cannot be handed over within this time is not handed over at all: later nobody expects it. A halt is.
HANDED_OVER_S = 2.0

#: A key that is held repeats itself: another halt goes out after this time.
HALT_AGAIN_S = 0.5

_PERIOD_S = 0.1
_GONE_PERIOD_S = 1.0

_NOBODY = "nobody answers; is the session node alive? (port check)"
_HALT_SILENT = "PRESS AN E-STOP if the robot moves: nobody has answered"


@dataclass
class _Pending:
    """A step on its way. call: the request that was sent, None before."""

    step: str
    note: str
    run: int
    at_s: float
    call: Any = None
    told: bool = False


class SessionFeed:
    """Of the running session with this record; a context manager. Steps are asked for in the name of `by`."""

    def __init__(self, record: Mapping[str, Any], by: str) -> None:
        self._by, self._record_file = by, Path(record["run"]) / RECORD
        self._picture = Picture(record["session"], time.monotonic(), tuple(record["required_diagnostics"]))
        self._wanted: deque[_Pending] = deque()
        self._pending: list[_Pending] = []
        self._halt_s = float("-inf")
        self._stack = ExitStack()
        self._node, context = self._stack.enter_context(joined(record, "view"))
        self._executor = SingleThreadedExecutor(context=context)
        self._stack.callback(self._executor.shutdown)
        self._make_ends()
        self._executor.add_node(self._node)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._spin, name="session feed", daemon=True)
        self._thread.start()

    def _make_ends(self) -> None:
        node = self._node
        node.create_subscription(SessionState, "session/state", self._on_session, qos.STATE_LATCHED)
        node.create_subscription(SafetyState, "safety/state", self._on_gate, qos.STATE_LATCHED)
        node.create_subscription(SessionEvent, "session/event", self._on_session_event, qos.EVENT)
        node.create_subscription(SafetyEvent, "safety/event", self._on_safety_event, qos.EVENT)
        node.create_subscription(DiagnosticArray, "/diagnostics", self._on_diagnostics, 50)
        self._client = node.create_client(SessionCommand, "session/command")
        self._wake = node.create_guard_condition(self._hand_over)
        node.create_timer(_PERIOD_S, self._hand_over)
        node.create_timer(_GONE_PERIOD_S, self._look_for_the_end)

    def __enter__(self) -> "SessionFeed":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._wake.trigger()
        self._thread.join()
        self._stack.close()

    def picture(self) -> Picture:
        """The newest; from any thread."""
        return self._picture

    def ask(self, step: str, note: str = "", run: int = 0) -> None:
        """Take a step along to the session; from any thread, without waiting."""
        self._wanted.append(_Pending(step, note, run, time.monotonic()))
        self._wake.trigger()

    def _spin(self) -> None:
        """What fails with one message is told and does not end the rest: a halt must go out."""
        while not self._closing.is_set():
            try:
                self._executor.spin_once(timeout_sec=_PERIOD_S)
            except Exception as error:
                self._picture = replace(self._picture, problem=one_line(f"{type(error).__name__}: {error}"))
                self._closing.wait(_PERIOD_S)  # what fails again and again must not take the machine

    # --- what arrives -------------------------------------------------------------------------------------------

    def _on_session(self, message: SessionState) -> None:
        heard = SessionHeard(
            _named(SESSION_STATES, message.state), _heard_s(message), one_line(message.robot), one_line(message.team),
            one_line(message.trial), one_line(message.reason), message.run, message.run_open, message.runs_counting,
            message.runs_asked, message.running_s, message.timeout_s, tuple(message.next_steps),
        )  # fmt: skip
        self._picture = replace(self._picture, session=heard)

    def _on_gate(self, message: SafetyState) -> None:
        state, heard_s = _named(SAFETY_STATES, message.state), _heard_s(message)
        heard = GateHeard(state, heard_s, one_line(message.reason), one_line(message.remedy))
        self._picture = replace(self._picture, gate=heard)

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        now_s = time.monotonic()
        parts = {}
        for status in message.status:
            if status.name in self._picture.required:
                remedy = next((value.value for value in status.values if value.key == "remedy"), "")
                level = HEALTH_LEVELS.get(status.level, "error")
                parts[status.name] = PartHeard(level, now_s, one_line(status.message), one_line(remedy))
        if parts:
            self._picture = replace(self._picture, parts={**self._picture.parts, **parts})

    def _on_session_event(self, message: SessionEvent) -> None:
        before, after = (_named(SESSION_STATES, state).lower() for state in (message.state_before, message.state_after))
        way = f"{before} → {after}" if before != after else after
        said = one_line(f"{message.by}: {message.reason}")
        if not message.accepted:
            self._add(message, ABNORMAL, f"{one_line(message.command)} REFUSED  {said}")
        elif message.command == "stop":
            self._add(message, ABNORMAL, f"{way}  {said}")
        else:
            self._add(message, PLAIN, f"{one_line(message.command)}  {way}  {said}")

    def _on_safety_event(self, message: SafetyEvent) -> None:
        if message.kind == SafetyEvent.STOP:
            cause = message.causes[0].reason if message.causes else message.reason
            self._add(message, STOP, f"STOP  {one_line(cause)}")
        elif message.kind == SafetyEvent.RESET_ACCEPTED:
            self._add(message, PLAIN, f"reset  {one_line(f'{message.by}: {message.reason}')}")
        elif message.kind == SafetyEvent.RESET_REFUSED:
            self._add(message, ABNORMAL, f"reset REFUSED  {one_line(f'{message.by}: {message.reason}')}")

    def _add(self, message: SessionEvent | SafetyEvent, status: str, text: str) -> None:
        """By their stamps: what two nodes tell arrives in any order, and what was before this view comes late."""
        events = list(self._picture.events)
        bisect.insort(events, Happened(stamps.to_ns(message.stamp), status, text), key=lambda one: one.stamp_ns)
        self._picture = replace(self._picture, events=tuple(events[-EVENTS:]))

    def _look_for_the_end(self) -> None:
        gone = not self._record_file.exists()
        if gone != self._picture.gone:
            self._picture = replace(self._picture, gone=gone)

    # --- steps --------------------------------------------------------------------------------------------------

    def _hand_over(self) -> None:
        """Send what waits to be sent, and miss what was not answered in time."""
        while self._wanted:
            self._take(self._wanted.popleft())
        now_s = time.monotonic()
        for pending in list(self._pending):
            if pending.call is None:
                self._send(pending, now_s)
            self._miss(pending, now_s)
        self._tell_what_waits()

    def _take(self, wanted: _Pending) -> None:
        if wanted.step == "halt":
            if wanted.at_s - self._halt_s < HALT_AGAIN_S:
                return
            self._halt_s = wanted.at_s
        self._pending.append(wanted)

    def _send(self, pending: _Pending, now_s: float) -> None:
        if not self._client.service_is_ready():
            if pending.step != "halt" and now_s - pending.at_s > HANDED_OVER_S:
                self._drop(pending, _NOBODY)
            return
        request = SessionCommand.Request(command=pending.step, by=self._by, note=pending.note, run=pending.run)
        pending.call = self._client.call_async(request)
        pending.call.add_done_callback(lambda call: self._on_answer(pending, call.result()))

    def _miss(self, pending: _Pending, now_s: float) -> None:
        waited_s = now_s - pending.at_s
        if waited_s > ANSWER_S and pending in self._pending:
            self._drop(pending, _HALT_SILENT if pending.step == "halt" else _NOBODY)
        elif pending.step == "halt" and waited_s > HALT_ANSWER_S and not pending.told:
            pending.told = True
            self._answer(pending, Outcome.SILENT, _HALT_SILENT)

    def _drop(self, pending: _Pending, why: str) -> None:
        if pending.call is not None:
            self._client.remove_pending_request(pending.call)
        self._pending.remove(pending)
        self._answer(pending, Outcome.SILENT, why)

    def _on_answer(self, pending: _Pending, answer: Any) -> None:
        if answer is None or pending not in self._pending:
            return
        self._pending.remove(pending)
        self._answer(pending, Outcome.DONE if answer.accepted else Outcome.REFUSED, _answer_line(answer.reason))
        self._tell_what_waits()

    def _answer(self, pending: _Pending, outcome: Outcome, text: str) -> None:
        self._picture = replace(self._picture, answer=Answer(pending.step, outcome, text, time.monotonic()))

    def _tell_what_waits(self) -> None:
        asked = tuple(Asked(pending.step, pending.at_s) for pending in self._pending)
        if asked != self._picture.asked:
            self._picture = replace(self._picture, asked=asked)


def _heard_s(message: SessionState | SafetyState) -> float:
    return heard_at(time.monotonic(), time.time_ns(), stamps.to_ns(message.header.stamp))


def _named(names: Mapping[int, str], number: int) -> str:
    return names.get(number, f"state {number}")


def _answer_line(reason: str) -> str:
    """Each part of a refusal by itself: together they may be longer than a line that goes into evidence."""
    return " | ".join(one_line(part) for part in reason.split(" | "))
