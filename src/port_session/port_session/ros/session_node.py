"""The session node: hands commands to the session's state machine, follows the gate, tells and logs what happened.

It asks the gate to arm and to stop; it must never publish a robot command or reset a stop.
"""

import math
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from port_interfaces.msg import EstopState, SafetyEvent, SafetyState, SessionEvent, SessionState
from port_interfaces.srv import Arm, RequestStop, SessionCommand
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.serialization import deserialize_message
from sensor_msgs.msg import JointState
from std_srvs.srv import Trigger

from port_ros import life, machine_load, parameters, qos, signed_request, stamps
from port_ros.free_text import one_line
from port_ros.parameters import ParameterError
from port_ros.request_signing import sign_request
from port_ros.session_key import SessionKeyError, read_key
from port_ros.session_states import ENDED, LIVE, State
from port_ros.signed_publisher import SignedPublisher
from port_ros.signed_stream import StreamCheck
from port_session.admission.estop_tests import PressWatch, keep, state_file
from port_session.admission.judge import Expected
from port_session.admission.running import described_in
from port_session.ros import convert
from port_session.ros.admission_look import AdmissionLook, refusal_of
from port_session.ros.answer import answer_within, ready_within
from port_session.session import build
from port_session.session.log import EventLog, event_document, read_lines, write_json
from port_session.session.machine import STEPS, Event, Session
from port_session.session.outcomes import Outcomes
from port_session.session.readiness import GateWatch, Readiness
from port_session.session.resume import events_of, resume
from port_session.session.settings import document, read, runs_document

GATE_ANSWER_S = 2.0


class SessionNode(Node):
    """One session from booked to completed or aborted."""

    def __init__(self) -> None:
        super().__init__("session", automatically_declare_parameters_from_overrides=True)
        self._settings = read(parameters.read_tree(self))
        self._session = Session(lambda: self.get_clock().now().nanoseconds, self._settings.runs)
        self._key = self._read_key()
        self._estops, self._presses = StreamCheck(self._key, "estop/state"), PressWatch()
        streams = tuple(self._settings.streams.values())
        namespace, settings = self.get_namespace().rstrip("/"), self._settings
        described = described_in(Path(settings.out))
        self._expected = Expected(streams, settings.required, namespace, settings.command_out, *described)
        self._readiness = Readiness()
        self._watch = GateWatch()
        self._asking = False  # the gate is asked to open or to close, and has not answered yet
        self._position_m: tuple[float, float] | None = None
        self._joints_rad: tuple[float, ...] | None = None
        self._speed_mps = math.nan
        self._outcomes = Outcomes(self._settings.goal)
        self._out = Path(self._settings.out)
        self._admission = AdmissionLook(self, self._expected, self._settings.required, self._out)
        taken_up = self._take_up_the_log(self._out / "events.jsonl")
        self._log = EventLog(self._out / "events.jsonl")
        self._log_problem = ""
        self._make_ends()
        if taken_up:
            self._record(taken_up)
        self._publish_state()

    def _take_up_the_log(self, path: Path) -> Event | None:
        """A node that died is started again: the session goes on where its log ends, halted if it was live then."""
        try:
            lines = read_lines(path)
            events = events_of(lines)
            self._outcomes.take_up(lines)
        except (OSError, ValueError) as error:
            raise ParameterError(f"{path} cannot be taken up: {error}; move it away to begin anew", "out") from error
        if events:
            self.get_logger().warning(f"{path} holds {len(events)} events of this session: it goes on from there")
        return resume(self._session, events)

    def _read_key(self) -> bytes:
        try:
            return read_key(self._settings.session_key_file)
        except SessionKeyError as error:
            raise ParameterError(str(error), "session_key_file") from error

    def _make_ends(self) -> None:
        self._states = SignedPublisher(self, SessionState, "session/state", qos.STATE_LATCHED, self._key)
        self._events = self.create_publisher(SessionEvent, "session/event", qos.EVENT)
        self.create_subscription(DiagnosticArray, "/diagnostics", self._on_diagnostics, 50)
        self.create_subscription(SafetyState, "safety/state", self._on_gate, qos.STATE_LATCHED)
        self.create_subscription(SafetyEvent, "safety/event", self._on_safety_event, qos.EVENT)
        if self._expected.ground is not None and not self._expected.ground["simulated"]:
            # A press on a simulated ground says nothing of any button.
            self.create_subscription(EstopState, "estop/state", self._on_estop, qos.SENSOR_STREAM, raw=True)
        if self._settings.goal_rad:
            self.create_subscription(JointState, self._settings.joint_states, self._on_joints, qos.SENSOR_STREAM)
        self._arm = self.create_client(Arm, "safety/arm")
        self._disarm = self.create_client(Trigger, "safety/disarm")
        self._stop = self.create_client(RequestStop, "safety/request_stop")
        # A group of its own: a command that waits for the gate must not hold up states, timers and the answer itself.
        waiting = ReentrantCallbackGroup()
        self.create_service(SessionCommand, "session/command", self._on_command, callback_group=waiting)
        self.create_timer(0.5, self._publish_state)
        self.create_timer(0.05, self._follow)

    def close(self) -> None:
        """End what is still open, and leave session.json behind."""
        self._admission.close()
        if self._session.state not in ENDED:
            self._record(self._session.apply("abort", "session node", "the session was shut down before its end"))
        self._write_document()
        self._log.close()
        self._tell_of_the_log()

    # --- what arrives -------------------------------------------------------------------------------------------

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        self._readiness.parts.update(convert.parts(message))

    def _on_gate(self, message: SafetyState) -> None:
        self._readiness.gate = convert.gate(message, time.monotonic())
        self._speed_mps = message.speed_mps
        if len(message.position_m) == 2:
            self._position_m = (message.position_m[0], message.position_m[1])
            if not self._settings.goal_rad:
                self._look_for_goal(self._position_m)
        self._follow()

    def _on_joints(self, message: JointState) -> None:
        """Of an arm; a message that does not name all of its joints says nothing of its goal."""
        told = dict(zip(message.name, message.position, strict=False))
        if all(name in told for name in self._settings.joints):
            self._joints_rad = tuple(told[name] for name in self._settings.joints)
            self._look_for_goal(self._joints_rad)

    def _look_for_goal(self, place: Sequence[float]) -> None:
        if self._session.state is State.RUNNING:
            self._outcomes.look(self._session.run, place, self._speed_mps)

    @property
    def _place(self) -> Sequence[float] | None:
        """Where the robot is: of an arm its joints, rad, of any other x and y in frame ground, m."""
        return self._joints_rad if self._settings.goal_rad else self._position_m

    def _on_safety_event(self, message: SafetyEvent) -> None:
        self._log.append("safety", stamps.to_ns(message.stamp), **convert.safety_event(message))

    def _on_estop(self, data: bytes) -> None:
        """A press that a station of this session has proven is kept: it is the day's test of that station."""
        message = deserialize_message(data, EstopState)
        proven = not self._estops.refusal(data, message.device_id, message.instance, message.sequence)
        if not proven or message.link != EstopState.LINK_OK:
            return
        if self._presses.look(message.device_id, message.channel_a_closed, message.channel_b_closed):
            try:
                keep(self._settings.site, message.device_id, stamps.to_ns(message.stamp), state_file())
            except OSError as error:
                self.get_logger().error(f"cannot keep when e-stops were tested: {error.strerror or error}")

    def _follow(self) -> None:
        """Halt when the gate stopped the robot, go on when that ended by itself, halt when the trial's time is over.

        And stop a gate that is open while the session is not live. While the gate is being asked, its answer counts.
        """
        if self._asking:
            return
        now_s = time.monotonic()
        if reason := self._watch.stop_reason(self._session.state, self._readiness, now_s):
            self._record(self._session.apply("stop", "gate", reason))
            if not self._readiness.gate_stopped:
                # Silent, or not open when it should be: a gate that is armed after all must not stay so behind a halt.
                self._request_stop("session node", reason)
        elif back := self._watch.cleared(self._session.state, self._readiness, now_s):
            command = "resume" if back is State.RUNNING else "arm"
            self._record(self._session.apply(command, "gate", "the stop has ended by itself"))
        elif self._session.state in LIVE and (reason := self._settings.overtime(self._session.running_s())):
            self._halt("halt", "session node", reason)
        elif reason := self._watch.stray(self._session.state, self._readiness, now_s):
            self.get_logger().error(reason)
            self._request_stop("session node", reason)

    # --- commands -----------------------------------------------------------------------------------------------

    async def _on_command(
        self, request: SessionCommand.Request, response: SessionCommand.Response
    ) -> SessionCommand.Response:
        by = one_line(request.by) or "unnamed"
        event = await self._command(one_line(request.command), by, one_line(request.note), request.run)
        response.accepted, response.reason, response.state = event.accepted, event.reason, int(event.after)
        return response

    async def _command(self, command: str, by: str, note: str, run: int) -> Event:
        if command not in STEPS:
            return self._refuse(command, by, f"unknown command {command!r}: use one of {', '.join(STEPS)}")
        if command == "void_run":
            return self._record(self._session.void_run(run, by, note))
        if refusal := self._session.refusal(command) or self._too_late(command):
            return self._refuse(command, by, refusal)
        if self._asking and command in ("arm", "resume", "end_run", "finish"):
            return self._refuse(command, by, "the gate is being asked already; wait for its answer")
        if command == "admit":
            return await self._admit(by)
        if command in ("arm", "resume"):
            return await self._open_gate(command, by)
        if command in ("halt", "abort"):
            return self._halt(command, by, note)
        if command in ("end_run", "finish"):
            return await self._close_gate(command, by, note)
        return self._record(self._session.apply(command, by, note))

    def _too_late(self, command: str) -> str:
        """Why a run whose time is over goes nowhere but to its end; empty if it is not, or there is none."""
        if command not in ("arm", "start", "resume") or self._session.runs.open_run is None:
            return ""
        over = self._settings.overtime(self._session.running_s())
        return f"{over}; next is: end_run, finish or abort" if over else ""

    async def _admit(self, by: str) -> Event:
        """Asks what `port check` asks, and that the gate is ready; beside it everything else goes on."""
        if self._admission.under_way:
            return self._refuse("admit", by, "admission is under way; wait for its answer")
        known = len(self._session.history)
        findings = await self._admission.look()
        refusal = refusal_of(findings) or self._overtaken("admit", known)
        self._admission.keep(by, refusal, findings)
        if refusal:
            return self._refuse("admit", by, refusal)
        return self._record(self._session.apply("admit", by, "every required part is ready"))

    async def _ask_gate(self, client: Any, request: Any) -> Any:
        """The gate's answer, or None if there is none in time."""
        self._asking = True
        try:
            there = client.service_is_ready() or await ready_within(self, client, GATE_ANSWER_S)
            return await answer_within(self, client, request, GATE_ANSWER_S) if there else None
        finally:
            self._asking = False

    def _overtaken(self, command: str, known: int) -> str:
        """Why `command` is void that was asked when `known` events were: the session went on meanwhile; else empty."""
        refusal = self._session.refusal(command)
        later = [event.command for event in self._session.history[known:] if event.accepted]
        return refusal or (f"{later[-1]} came before this was decided" if later else "")

    async def _open_gate(self, command: str, by: str) -> Event:
        """Arm the gate, for `arm`, or to `resume` a run."""
        known = len(self._session.history)
        answer = await self._ask_gate(self._arm, self._signed(by))
        if answer is None:
            self._request_stop(by, "the gate did not answer in time when asked to arm")
            remedy = machine_load.remedy_for_late("see whether it runs")
            return self._refuse(command, by, f"the gate did not answer within {GATE_ANSWER_S:g} s; {remedy}")
        if not answer.accepted:
            remedy = self._readiness.gate.remedy if self._readiness.gate_stopped and self._readiness.gate else ""
            return self._refuse(command, by, f"the gate refused: {answer.reason}" + (f"; {remedy}" if remedy else ""))
        if refusal := self._overtaken(command, known):
            # The session was halted or ended while the gate decided: nothing may stay armed behind it.
            self._request_stop(by, refusal)
            return self._refuse(command, by, refusal)
        self._watch.armed(time.monotonic())
        return self._record(self._session.apply(command, by, f"gate {answer.reason}, epoch {answer.epoch}"))

    def _signed(self, by: str) -> Arm.Request:
        """A request that arms the gate as it was seen last: a stop since then makes it void."""
        epoch = self._readiness.gate.epoch if self._readiness.gate else 0
        return sign_request(Arm.Request(epoch=epoch, by=by), signed_request.ARM, self._settings.session, self._key)

    async def _close_gate(self, command: str, by: str, note: str) -> Event:
        """A run or a session that is over leaves nothing armed behind: the gate is closed first."""
        answer, known = None, len(self._session.history)
        if open_ := self._may_move():
            answer = await self._ask_gate(self._disarm, Trigger.Request())
        if refusal := self._overtaken(command, known):
            return self._refuse(command, by, refusal)
        if open_ and (answer is None or not answer.success):
            # Before it is told that the session is not live any more: the gate would stop for that, not for this.
            self._request_stop(by, f"session {command}: {answer.message if answer else 'no answer to disarm'}")
        self._watch.closed(time.monotonic())
        return self._record(self._session.apply(command, by, note))

    def _halt(self, command: str, by: str, note: str) -> Event:
        """Halt or abort; a robot that may be moving, or may again by itself, is stopped by the gate for good."""
        if self._may_move():
            self._request_stop(by, f"session {command}: {note}" if note else f"session {command}")
        return self._record(self._session.apply(command, by, note))

    def _may_move(self) -> bool:
        """Whether the robot may move now or by itself later; what the gate said last may be a moment old."""
        return self._session.state in LIVE or self._watch.may_open(self._readiness, time.monotonic())

    def _request_stop(self, by: str, reason: str) -> None:
        self._watch.closed(time.monotonic())
        if self._stop.service_is_ready():
            self._stop.call_async(RequestStop.Request(by=by, reason=reason, emergency=False))
        else:
            self.get_logger().error("the gate offers no safety/request_stop: stop the robot by hand")

    # --- what leaves --------------------------------------------------------------------------------------------

    def _refuse(self, command: str, by: str, reason: str) -> Event:
        return self._record(self._session.refuse(command, by, reason))

    def _record(self, event: Event) -> Event:
        """Publish, log, and write session.json when the session has ended."""
        self._log.append("session", **event_document(event), **self._reached(event))
        self._events.publish(convert.session_event(event, self._settings.session))
        self._publish_state()
        if event.accepted and event.after in ENDED:
            self._write_document()
        return event

    def _reached(self, event: Event) -> dict[str, Any]:
        """What the robot reached in a run that ends with `event`; kept in the log, for this node may die."""
        if not event.accepted or event.command not in ("end_run", "finish", "abort"):
            return {}
        return {"outcome": self._outcomes.end(event.run, self._place)}

    def _publish_state(self) -> None:
        self._tell_of_the_log()
        reason = self._session.reason
        if self._session.state is State.HALTED:
            reason = self._readiness.halted_by_now(reason, time.monotonic())
        message = convert.session_state(self._settings, self._session, reason)
        message.header.stamp = self.get_clock().now().to_msg()
        self._states.publish(message)

    def _tell_of_the_log(self) -> None:
        """Log when events cannot be written, and when they can again; what a robot does must not depend on it."""
        if self._log.problem != self._log_problem:
            self._log_problem = self._log.problem
            self.get_logger().error(self._log_problem or "events.jsonl is written again: nothing of it was lost")

    def _write_document(self) -> None:
        try:
            self._write_session_json()
        except OSError as error:
            self.get_logger().error(f"cannot write session.json: {error.strerror or error}")

    def _write_session_json(self) -> None:
        write_json(self._out / "session.json", document(
            self._settings, self._session, admission=self._admission.ready,
            outcome={
                "running_s": self._session.all_running_s(), "position_m": self._position_m,
                **self._outcomes.of_run.get(self._session.run, {}),
            },
            runs=runs_document(self._session, self._outcomes.of_run),
            diagnostics={name: f"{part.level}: {part.message}" for name, part in sorted(self._readiness.parts.items())},
            software={**build.software(), "rmw": rclpy.get_rmw_implementation_identifier()},
            utc_offset_s=time.localtime().tm_gmtoff,
        ))  # fmt: skip


def _spin(node: SessionNode, stop: life.Stop) -> None:
    """Serve with the plain executor: EventsExecutor cannot run the coroutine that waits for the gate's answer."""
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    while rclpy.ok() and not stop.requested:
        executor.spin_once(timeout_sec=0.1)
        stop.heartbeat.beat()


def main(args: Sequence[str] | None = None) -> int:
    """Entry point."""
    return life.run(SessionNode, args, loop=_spin)


if __name__ == "__main__":
    raise SystemExit(main())
