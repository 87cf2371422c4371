"""The gate as a ROS process. It holds nothing else, waits for nothing but its next tick, and its silence is a stop.

The loop waits for the next absolute deadline inside the executor, so that a command or an e-stop edge wakes it at once
and the whole envelope is judged every tick. What only the tick looks at wakes nobody.
"""

import time
import traceback
from collections.abc import Callable
from typing import Any

import rclpy
from port_interfaces.msg import EnableHeartbeat, SafetyEvent, SafetyState, SessionState
from rclpy.duration import Duration
from rclpy.node import Node
from std_msgs.msg import String

from port_ros import life, parameters, qos, realtime, stamps
from port_ros.diagnostics import Diagnostics, Health
from port_ros.session_key import given_key
from port_ros.signed_publisher import SignedPublisher
from port_ros.signed_request import RequestCheck
from port_ros.wait_set import NotTaken, WaitSetLoop
from port_safety.commands.command import Command
from port_safety.commands.registry import command_type_of
from port_safety.evidence.log import REMEDY, Evidence
from port_safety.gate import operator_commands
from port_safety.gate.gate import Output
from port_safety.gate.state_machine import MOTION_ALLOWED, State
from port_safety.model.readings import Publishers
from port_safety.monitoring.session_watch import SessionWatch
from port_safety.monitoring.system_clock import SystemClockWatch
from port_safety.monitoring.tick_clock import TickClock
from port_safety.ros import codecs, messages
from port_safety.ros.bypass import BypassWatch
from port_safety.ros.ground_publishers import GroundPublishers
from port_safety.ros.inputs import Inputs
from port_safety.ros.parameters import age_limits, envelope_updates, guarded, read
from port_safety.ros.rehearsal import Rehearsal
from port_safety.ros.services import Services
from port_safety.ros.state_message import StateMessage

HEARTBEAT_NS = 20_000_000
#: What only the tick looks at is taken in no more often than this: every look at an empty queue costs, too.
DRAIN_NS = 3_500_000
#: A command that goes on unchanged is told again this often: a robot's own watchdog wants to hear something.
REPEAT_NS = 10_000_000
STATE_NS = 50_000_000
#: How often the gate looks who publishes beside it, and at the system clock; not in the command's path.
WATCH_S = 0.1
#: Time beyond the stop profile's last deadline that a shutdown grants the robot to stand.
SHUTDOWN_GRACE_S = 1.0
#: What is published right before the end is lost unless those who listen have time to take it.
LAST_WORDS = Duration(seconds=0.1)


class GateNode(Node):
    """Converts, calls the core once, publishes."""

    def __init__(self, granted: list[str]) -> None:
        super().__init__("gate", automatically_declare_parameters_from_overrides=True, enable_rosout=True)
        settings = read(parameters.read_tree(self))
        self.settings, self.gate = settings.parameters, settings.gate
        self.clock_ = TickClock(self.settings.tick_hz, time.monotonic_ns())
        self.granted = granted
        self.evidence = Evidence(self.gate, self.settings.evidence_path, self.clock_.lateness)
        self.evidence.open(time.time_ns(), self.settings.tick_hz, granted)
        key = given_key(self.settings.session_key_file)
        self._codec = codecs.codec_of(command_type_of(self.settings.command_type), self.gate.robot.joints)
        self._told: Command | None = None
        self._state_message = StateMessage(self.gate, age_limits(self.gate), granted, self.settings.tick_hz)
        self._heartbeat_due_ns = self._state_due_ns = self._repeat_due_ns = 0
        self._enabled = False
        self._ending = "the gate failed"
        if key is None:
            self.get_logger().warning(
                "session_key_file is empty: no e-stop station is believed, and nobody arms this gate"
            )
        for line in guarded(self.gate):
            self.get_logger().warning(line)
        self._offer(key)
        updates = envelope_updates(self.gate, self.settings, settings.blocks)
        Services(self, self.gate, RequestCheck(self.settings.session, key), updates, self._publish, self._updated)
        self.inputs = Inputs(self, self.gate, self.settings, self._codec, self._judged, key)
        self.rehearsal = Rehearsal(self, self.gate, self._codec) if self.settings.rehearse else None
        self.inputs.listen_signed(
            SessionState, "session/state", qos.STATE_LATCHED, self._on_session, lambda message: message.session_id
        )

    def _offer(self, key: bytes | None) -> None:
        command = self.create_publisher(self._codec.message, self.settings.command_out, qos.COMMAND)
        self._command_out = BypassWatch(self, self.gate, command, self._publish)
        self._heartbeat = SignedPublisher(self, EnableHeartbeat, "safety/enable", qos.SENSOR_STREAM, key)
        self._state = self.create_publisher(SafetyState, "safety/state", qos.STATE_LATCHED)
        self._stage = self.create_publisher(String, "safety/stop_stage", qos.STATE_LATCHED)
        self._event = SignedPublisher(self, SafetyEvent, "safety/event", qos.EVENT, key)
        self._diagnostics = Diagnostics(self, self._health)
        self._ground = GroundPublishers(self, self.settings.publishers_by_topic)
        self._system_clock = SystemClockWatch()
        self._session = SessionWatch()
        self.create_timer(WATCH_S, self._watch)

    def _watch(self) -> None:
        now_ns = time.monotonic_ns()
        self.gate.update("publishers", self._command_out.look(now_ns), now_ns, now_ns)
        self.gate.update("ground_publishers", self._look_at_ground(now_ns), now_ns, now_ns)
        self.gate.update("system_clock", self._system_clock.look(time.time_ns(), now_ns), now_ns, now_ns)

        self._follow_session(now_ns)

    def _look_at_ground(self, now_ns: int) -> Publishers:
        for name, topic in self.settings.watched_inputs.items():
            if (reading := self.gate.observed.readings.get(name)) is not None:
                self._ground.heard(topic, reading.received_ns)
        return self._ground.look(now_ns)

    def _on_session(self, message: SessionState) -> None:
        if message.session_id == self.settings.session:
            now_ns = time.monotonic_ns()
            self._session.note(messages.session_word(message), now_ns)
            self._follow_session(now_ns)

    def _follow_session(self, now_ns: int) -> None:
        if self._session.follow(self.gate, now_ns):
            self._publish(self.gate.output)

    # --- out ----------------------------------------------------------------------------------------------------------

    def tick(self, now_ns: int) -> None:
        """One tick: judge, publish the command, and only then say that the robot may be powered.

        What cannot be said is a fault, as a check that fails is. Where the stop cannot be said either the node ends.
        """
        try:
            self._tick(now_ns)
        except Exception as error:
            self.failed("tick", error)

    def _tick(self, now_ns: int) -> None:
        output = self.gate.tick(now_ns)
        self._publish(output)
        if now_ns >= self._heartbeat_due_ns or output.enable != self._enabled:
            self._beat(now_ns, output.enable)
        if now_ns >= self._state_due_ns:
            self._tell_state(now_ns)
        if self.rehearsal is not None:
            self.rehearsal.run(now_ns)

    def _judged(self, output: Output, command_ns: int | None) -> None:
        """What does not wait for the tick was judged; `command_ns`: when it arrived, if it was a command."""
        self._publish(output)
        if command_ns is not None:
            self.evidence.command.add(time.monotonic_ns() - command_ns)

    def _publish(self, output: Output) -> None:
        self._tell(output.command)
        events = self.gate.take_events()
        if not events:
            return
        self.gate.note_published(time.monotonic_ns())
        ahead_ns = stamps.to_system_ns()  # once: what happened in one tick carries one stamp
        self.evidence.take(events, ahead_ns)  # before what may fail: an event that cannot be published has happened
        for event in events:
            self._event.publish(messages.event(event, ahead_ns))
            line = f"{event.kind.name} {event.before.name} → {event.after.name}: {event.reason}"
            if event.after is State.FAULT:
                self.get_logger().fatal(line)
            else:
                self.get_logger().info(line)
        self._tell_state(time.monotonic_ns())

    def _tell(self, command: Command) -> None:
        """A new command at once, a stop every tick. What goes on to pass is repeated; what lasts needs no repeating."""
        now_ns = time.monotonic_ns()
        if self.gate.state in MOTION_ALLOWED:
            if command.persistent and command is self._told:
                return
            if not command.persistent and command == self._told and now_ns < self._repeat_due_ns:
                return
        self._told, self._repeat_due_ns = command, now_ns + REPEAT_NS
        self._command_out.say(self._codec.encode(command, now_ns, stamps.to_system_ns()))

    def _beat(self, now_ns: int, enable: bool) -> None:
        if self.gate.state is State.FAULT:
            return  # a gate that failed is as silent towards the hardware as a dead one
        self._enabled = enable
        self._heartbeat_due_ns = now_ns + HEARTBEAT_NS
        beat = EnableHeartbeat(stamp=stamps.to_msg(time.time_ns()), epoch=self.gate.tracker.epoch, enable=enable)
        self._heartbeat.publish(beat)

    def _tell_state(self, now_ns: int) -> None:
        self._state_due_ns = now_ns + STATE_NS
        self._state.publish(self._state_message.make(now_ns, stamps.to_system_ns(), self.clock_))
        self._stage.publish(String(data=self.gate.stage))

    def _health(self) -> list[Health]:
        degraded = [line for line in self.granted if "granted" not in line]
        values = {
            "state": self.gate.state.name,
            "tick_jitter_p99_ms": round(self.clock_.jitter_p99_ms(), 3),
            "missed_deadlines": self.clock_.missed,
            **self.evidence.values(),
            **self.inputs.values(),
        }
        if self.gate.state is State.FAULT:
            return [Health("gate", "error", self.gate.reason, "end the session and start it again", values)]
        level, trouble = self.evidence.trouble()
        if trouble:
            return [Health("gate", level, trouble, REMEDY, values)]
        if degraded:
            return [Health("gate", "warn", "; ".join(degraded), "see docs/safety.md, real-time", values)]
        return [Health("gate", "ok", f"{self.settings.tick_hz:g} Hz, real-time granted", "", values)]

    def failed(self, what: str, error: Exception) -> None:
        """A callback of `what`, a topic, a service or a timer, raised `error`: nothing moves any more.

        What could not even be read was no callback's: it is counted. A request to stop stops all the same.
        """
        if isinstance(error, NotTaken):
            self.inputs.malformed.note(what, error)
            if what.endswith("request_stop"):
                operator_commands.stop(
                    self.gate, "unnamed", "a request that cannot be read", False, time.monotonic_ns()
                )
            return
        self._publish(self.gate.fail(f"{what}: {error!r}", time.monotonic_ns()))
        self.get_logger().error("".join(traceback.format_exception(error)))

    def _updated(self) -> None:
        self._state_message.limits_s = age_limits(self.gate)

    # --- the end ------------------------------------------------------------------------------------------------------

    def stop_without_session(self, now_ns: int) -> None:
        """The supervisor saw the session's node die: sooner than its silence tells."""
        if self.gate.state in MOTION_ALLOWED or self.gate.stop is not None:
            operator_commands.stop(self.gate, "supervisor", "the session's node has ended", False, now_ns)
            self._publish(self.gate.output)

    def begin_shutdown(self, now_ns: int) -> None:
        """Run the stop profile before the process ends."""
        self._ending = "asked to end"
        if self.gate.state in MOTION_ALLOWED:
            operator_commands.stop(self.gate, "gate", "the gate is shutting down", False, now_ns)
            self._publish(self.gate.output)

    def at_rest(self) -> bool:
        return self.gate.state not in MOTION_ALLOWED and self.gate.state is not State.STOPPING

    def close(self) -> None:
        """The last lines of the evidence; and who listens has heard the last words, or is not there any more."""
        for publisher in (self._event.publisher, self._state):
            publisher.wait_for_all_acked(LAST_WORDS)
        lost = self.evidence.close(self._ending, time.monotonic_ns(), stamps.to_system_ns(), self.clock_.missed)
        if lost:
            self.get_logger().error(lost)


def wait_set(node: GateNode) -> WaitSetLoop:
    """Commands and e-stops wake the loop; what is rehearsed is nobody's but the tick's."""
    mute = () if node.rehearsal is None else (node.rehearsal.subscription,)
    return WaitSetLoop(node, [each for each in node.inputs.sampled if each not in mute], node.failed, mute)


def serve(node: GateNode, stop: life.Stop, waiting: Callable[[GateNode], Any] = wait_set) -> None:
    """Tick until a signal comes, then stop the robot, then end. `waiting` makes what waits between two ticks."""
    loop = waiting(node)
    realtime.freeze_garbage()
    give_up_ns, drain_due_ns = None, 0
    node.clock_.begin(time.monotonic_ns())
    while rclpy.ok():
        now_ns = time.monotonic_ns()
        if node.clock_.due(now_ns):
            if now_ns >= drain_due_ns:
                drain_due_ns = now_ns + DRAIN_NS
                loop.drain()
            node.tick(now_ns)
        if stop.stop_robot_asked:
            stop.stop_robot_asked = False
            node.stop_without_session(now_ns)
        if stop.asked and give_up_ns is None:
            node.begin_shutdown(now_ns)
            give_up_ns = now_ns + round((node.gate.profile.deadline_s + SHUTDOWN_GRACE_S) * 1e9)
        if give_up_ns is not None and (node.at_rest() or now_ns > give_up_ns):
            return
        loop.spin_once(node.clock_.wait_s(time.monotonic_ns()))
        stop.heartbeat.beat()


def main(args: list[str] | None = None) -> int:
    """Entry point of gate_node."""
    granted = realtime.ask(realtime.GATE_PRIORITY)
    return life.run(lambda: GateNode(granted), args, loop=serve)
