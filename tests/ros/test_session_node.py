"""The session node as a process, beside a gate that the test plays."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import rclpy
import yaml
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from geometry_msgs.msg import Twist, TwistStamped
from nav_msgs.msg import Odometry
from port_interfaces.msg import Cause, EstopState, SafetyEvent, SafetyState, SessionEvent, SessionState
from port_interfaces.srv import Arm, RequestStop, SessionCommand
from rclpy.executors import SingleThreadedExecutor
from rclpy.qos import QoSProfile
from std_srvs.srv import Trigger

from port_ros import qos, signed_request, stamps
from port_ros.request_signing import signed
from port_ros.session_key import read_key
from port_ros.signed_request import RequestCheck
from port_session.description.resolve import resolve
from port_session.supervisor.runtime import DESCRIPTION
from tests.arming import KEY_FILE, signed_publisher
from tests.nameless import nameless_publisher
from tests.waiting import PATIENCE_S, wait_until

EPOCH = 7
STREAMS = {
    "odometry": {
        "name": "odometry", "topic": "odom", "type": "nav_msgs/msg/Odometry", "min_hz": 5.0,
        "remedy": "start the robot", "behind_s": 0.3, "ahead_s": 0.05,
    },
    "command": {
        "name": "command", "topic": "cmd_vel_request", "type": "geometry_msgs/msg/Twist", "min_hz": 0.0,
        "remedy": "remap the stack",
    },
}  # fmt: skip
PARAMETERS = {
    "session": "trial_1", "robot": "sim_wheeled", "team": "blue", "ground": "hall_lane", "trial": "lane_drive",
    "kind": "test", "site": "here", "edge": "edge-1", "required": ["gate", "estop station_1"],
    "session_key_file": KEY_FILE, "command_out": "cmd_vel", "streams": STREAMS,
    "goal_m": [10.0, 0.0], "tolerance_m": 0.3, "timeout_s": 60.0, "mqtt_host": "127.0.0.1", "mqtt_port": 18830,
    "plates": ["left"], "estops": ["station_1"], "cameras": ["overhead"],
}  # fmt: skip


class FakeGate:
    """Publishes what a gate, an e-stop node, a robot and its stack would; the test turns its knobs."""

    def __init__(self, domain: int) -> None:
        self.state, self.reason, self.position_m = SafetyState.STANDBY, "ready", [9.9, 0.0]
        self.levels = {"gate": DiagnosticStatus.OK, "estop station_1": DiagnosticStatus.OK}
        self.speaks = self.drives = True
        self.stamped_late_s, self.frame = 0.0, "odom"
        self.check, self.refusals = RequestCheck("trial_1", read_key(KEY_FILE)), list[str]()
        self.arm_delay_s, self.arm_accepts = 0.0, True
        self.stops: list[str] = []
        self.session_states: list[SessionState] = []
        self.session_events: list[SessionEvent] = []
        self._context = rclpy.Context()
        self._context.init(domain_id=domain)
        self.node = rclpy.create_node("gate", namespace="/trial_1", context=self._context)
        make = self.node.create_publisher
        self._states = make(SafetyState, "safety/state", qos.STATE_LATCHED)
        self.events = make(SafetyEvent, "safety/event", qos.EVENT)
        self._odometry = make(Odometry, "odom", qos.SENSOR_STREAM)
        make(Twist, "cmd_vel", qos.COMMAND)
        self.node.create_subscription(Twist, "cmd_vel_request", lambda _: None, qos.COMMAND)
        self.node.create_subscription(Odometry, "odom", lambda _: None, qos.SENSOR_STREAM)
        # The robot's base and the stack that asks are another process; one process has one type a topic in Fast DDS.
        self._team = rclpy.Context()
        self._team.init(domain_id=domain)
        self.robot = rclpy.create_node("robot", namespace="/team", context=self._team)
        self.request = self.robot.create_publisher(Twist, "/trial_1/cmd_vel_request", qos.COMMAND)
        self.base = self.robot.create_subscription(Twist, "/trial_1/cmd_vel", lambda _: None, qos.COMMAND)
        self._diagnostics = make(DiagnosticArray, "/diagnostics", 10)
        self.node.create_subscription(SessionState, "session/state", self.session_states.append, qos.STATE_LATCHED)
        self.node.create_subscription(SessionEvent, "session/event", self.session_events.append, qos.EVENT)
        self.node.create_service(Arm, "safety/arm", self._on_arm)
        self.node.create_service(RequestStop, "safety/request_stop", self._on_stop)
        self.disarms = 0
        self.node.create_service(Trigger, "safety/disarm", self._on_disarm)
        self._client = self.node.create_client(SessionCommand, "session/command")
        self.node.create_timer(0.05, self._publish)
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self.node)
        self._ending = False
        self._thread = threading.Thread(target=self._spin)
        self._thread.start()

    def _on_disarm(self, request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        self.disarms += 1
        self.state = SafetyState.STANDBY
        response.success = True
        return response

    def _spin(self) -> None:
        while not self._ending:
            self._executor.spin_once(timeout_sec=0.05)

    def close(self) -> None:
        self._ending = True
        self._thread.join()
        self.robot.destroy_node()
        self.node.destroy_node()
        self._context.try_shutdown()
        self._team.try_shutdown()

    def _publish(self) -> None:
        if self.speaks:
            state = SafetyState(
                state=self.state, reason=self.reason, remedy="press reset", position_m=self.position_m, epoch=EPOCH
            )
            self._states.publish(state)
        if self.drives:
            odometry = Odometry(child_frame_id="base_link")
            odometry.header.frame_id = self.frame
            odometry.header.stamp = stamps.to_msg(time.time_ns() - round(self.stamped_late_s * 1e9))
            self._odometry.publish(odometry)
        remedy = [KeyValue(key="remedy", value="plug it in")]
        statuses = [
            DiagnosticStatus(name=name, level=level, message="so it is", values=remedy)
            for name, level in self.levels.items()
        ]
        self._diagnostics.publish(DiagnosticArray(status=statuses))

    def _on_arm(self, request: Arm.Request, response: Arm.Response) -> Arm.Response:
        if refusal := self.check.refusal(signed(request, signed_request.ARM), time.time_ns()):
            self.refusals.append(refusal)
        if request.epoch != EPOCH:
            self.refusals.append(f"epoch {request.epoch}")
        time.sleep(self.arm_delay_s)
        response.accepted, response.reason, response.epoch = self.arm_accepts, "not now", EPOCH
        if self.arm_accepts:
            self.state, response.reason = SafetyState.RUN, "armed"
        return response

    def _on_stop(self, request: RequestStop.Request, response: RequestStop.Response) -> RequestStop.Response:
        self.stops.append(request.reason)
        self.state = SafetyState.STOPPED
        return response

    def command(self, command: str, note: str = "") -> Any:
        """Send a session command and return the answer."""
        wait_until(self._client.service_is_ready, what="session/command")
        future = self._client.call_async(SessionCommand.Request(command=command, by="officer", note=note))
        return wait_until(lambda: future.done() and future.result(), what=command)

    def admit(self) -> None:
        """Admit, as soon as the node has heard of everything."""
        answers: list[Any] = []

        def admitted() -> bool:
            answers[:] = [self.command("admit")]
            return bool(answers[0].accepted)

        try:
            wait_until(admitted, what="admission")
        except AssertionError as error:
            raise AssertionError(f"{error}; said: {answers}") from None

    def session(self) -> SessionState | None:
        return self.session_states[-1] if self.session_states else None

    def session_is(self, state: int) -> SessionState:
        return wait_until(lambda: (s := self.session()) and s.state == state and s, what=f"session state {state}")


@pytest.fixture
def gate(ros_domain: int) -> Iterator[FakeGate]:
    gate = FakeGate(ros_domain)
    yield gate
    gate.close()
    assert gate.refusals == [], "the session's own requests are always signed, fresh and of this epoch"


def write_description(out: Path) -> None:
    """What `port up` leaves in the folder of the evidence before anything starts, as if of a real ground."""
    resolved = resolve("demo")
    out.mkdir(exist_ok=True)
    resolved.description["ground"]["simulated"] = False
    told = {"description": resolved.description, "files": resolved.files}
    (out / DESCRIPTION).write_text(json.dumps(told))


def start_session(folder: Path, **changes: Any) -> subprocess.Popen[bytes]:
    """The session node with PARAMETERS, some of them changed."""
    file = folder / "session.yaml"
    write_description(folder / "out")
    parameters = {**PARAMETERS, "out": str(folder / "out"), **changes}
    file.write_text(yaml.safe_dump({"/**": {"ros__parameters": parameters}}))
    command = [sys.executable, "-m", "port_session.ros.session_node", "--ros-args", "-r", "__node:=session"]
    environment = {**os.environ, "XDG_STATE_HOME": str(folder / "state")}
    return subprocess.Popen([*command, "-r", "__ns:=/trial_1", "--params-file", str(file)], env=environment)


@pytest.fixture
def out(gate: FakeGate, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A session node runs, changed by `request.param`; yields its evidence folder, and checks that it ends well."""
    process = start_session(tmp_path, **getattr(request, "param", {}))
    yield tmp_path / "out"
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE_S) == 0
    document = json.loads((tmp_path / "out/session.json").read_text())
    assert document["state"] in ("ABORTED", "COMPLETED")


#: What admission says before any other remedy while this machine is too busy.
BUSY = re.compile(r"this machine is too busy \([^)]*\), end other work on it; if it stays, ")


def admission_says(gate: FakeGate, expected: str) -> None:
    """Admission is refused with exactly this, as soon as everything is known."""
    said: list[str] = []

    def refused() -> bool:
        answer = gate.command("admit")
        said.append(answer.reason)
        assert not answer.accepted, "it was admitted"
        return expected == BUSY.sub("", answer.reason)

    try:
        wait_until(refused)
    except AssertionError as error:
        raise AssertionError(f"{error}; expected: {expected}; said: {said[-1:]}") from None


def lines(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "events.jsonl").read_text().splitlines()]


def test_a_session_from_booked_to_completed_with_a_stop_between(gate: FakeGate, out: Path) -> None:
    assert not gate.command("start").accepted
    gate.admit()
    assert gate.command("arm").accepted
    assert gate.command("start").accepted
    running = gate.session_is(SessionState.RUNNING)
    assert (running.run, running.robot, running.team) == (1, "sim_wheeled", "blue")
    gate.events.publish(SafetyEvent(sequence=1, kind=SafetyEvent.STOP, event_id="e1", causes=[Cause(rule="estop")]))
    gate.state, gate.reason = SafetyState.STOPPING, "estop station_1: channel A open"
    halted = gate.session_is(SessionState.HALTED)
    assert "channel A open" in halted.reason
    gate.state = SafetyState.STANDBY
    assert gate.command("arm").accepted and gate.command("start").accepted
    assert gate.command("finish").accepted
    assert gate.disarms == 1, "nothing stays armed behind a session that is over"
    document = json.loads((out / "session.json").read_text())
    assert document["state"] == "COMPLETED" and document["outcome"]["reached"]
    assert [event["after"] for event in document["history"] if event["accepted"]] == [
        "ADMITTED", "ARMED", "RUNNING", "HALTED", "ARMED", "RUNNING", "COMPLETED",
    ]  # fmt: skip
    written = lines(out)
    assert [one["event_id"] for one in written if one["stream"] == "safety"] == ["e1"]
    assert len([one for one in written if one["stream"] == "session"]) == len(document["history"])
    wait_until(lambda: len(gate.session_events) == len(document["history"]), what="every event was published")


@pytest.mark.parametrize("out", [{"runs": 2, "people": {"operator": "王芳"}}], indirect=True)
def test_runs_are_ended_one_by_one_and_void_ones_are_kept(gate: FakeGate, out: Path) -> None:
    gate.position_m = [3.0, 0.0]
    gate.admit()
    assert gate.command("arm").accepted and gate.command("start").accepted
    assert gate.command("end_run").accepted
    assert gate.disarms == 1, "nothing stays armed between two runs"
    gate.state = SafetyState.STANDBY
    first = gate.session_is(SessionState.ADMITTED)
    assert (first.run, first.run_open, first.runs_counting, first.runs_asked) == (1, False, 1, 2)
    assert list(first.next_steps) == ["arm", "finish"]
    assert gate.command("void_run", "the handler held it").accepted
    for _ in range(2):
        assert gate.command("arm").accepted and gate.command("start").accepted
        assert gate.command("end_run").accepted
        gate.state = SafetyState.STANDBY
    refused = gate.command("arm")
    assert not refused.accepted and refused.reason.startswith(
        "the trial asks for 2 runs, all are done: next is: finish"
    )
    assert gate.command("finish").accepted
    document = json.loads((out / "session.json").read_text())
    assert (document["runs_asked"], document["people"]) == (2, {"operator": "王芳"})
    assert [(run["counts"], run["void"], run["outcome"]["reached"]) for run in document["runs"]] == [
        (False, "the handler held it", False), (True, "", False), (True, "", False),
    ]  # fmt: skip


def test_resume_arms_the_gate_again_and_goes_on_with_the_run(gate: FakeGate, out: Path) -> None:
    gate.admit()
    assert gate.command("arm").accepted and gate.command("start").accepted
    gate.session_is(SessionState.RUNNING)
    gate.state, gate.reason = SafetyState.STOPPED, "estop station_1: channel A open"
    gate.session_is(SessionState.HALTED)
    gate.arm_accepts = False
    refused = gate.command("resume")
    assert not refused.accepted and refused.reason == "the gate refused: not now; press reset"
    gate.state, gate.arm_accepts = SafetyState.STANDBY, True
    assert gate.command("resume").accepted
    again = gate.session_is(SessionState.RUNNING)
    assert (again.run, again.run_open) == (1, True)


def test_a_killed_node_takes_its_session_up_again_halted(gate: FakeGate, tmp_path: Path) -> None:
    """What it was is read from its own log; a gate that is still armed is stopped, and a person decides."""
    process = start_session(tmp_path)
    gate.admit()
    assert gate.command("arm").accepted and gate.command("start").accepted
    assert gate.command("end_run").accepted is True
    gate.state = SafetyState.STANDBY
    assert gate.command("void_run", "a false start").accepted
    assert gate.command("arm").accepted and gate.command("start").accepted
    gate.session_is(SessionState.RUNNING)
    process.kill()
    process.wait()
    gate.session_states.clear()
    process = start_session(tmp_path)
    try:
        halted = gate.session_is(SessionState.HALTED)
        assert halted.reason.startswith("the session's node had ended while the session was running; its log was read")
        assert (halted.run, halted.run_open, halted.runs_counting) == (2, True, 0)
        wait_until(lambda: gate.stops, what="the gate that stood open is stopped")
        gate.state = SafetyState.STANDBY
        wait_until(lambda: gate.command("resume").accepted, what="a person goes on, once everything is heard again")
        assert gate.command("finish").accepted
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
    document = json.loads((tmp_path / "out/session.json").read_text())
    assert [(run["number"], run["void"]) for run in document["runs"]] == [(1, "a false start"), (2, "")]
    assert [run["outcome"]["reached"] for run in document["runs"]] == [True, True]
    sequence = [event["sequence"] for event in document["history"]]
    assert sequence == list(range(1, len(sequence) + 1)), "no number is used twice"
    assert len(lines(tmp_path / "out")) >= len(sequence)


def test_admission_names_every_shortcoming_with_its_remedy(gate: FakeGate, out: Path) -> None:
    gate.levels["estop station_1"] = DiagnosticStatus.ERROR
    gate.state, gate.reason = SafetyState.STOPPED, "e-stop pressed"
    gate.drives = False
    expected = (
        "estop station_1: so it is; plug it in | odom: 0.0 Hz, expected 5 Hz or more; see the log of who publishes it: "
        "it is there, and sends nothing that arrives | safety: STOPPED: e-stop pressed; "
        "first mend odom (in this table); then press reset"
    )
    admission_says(gate, expected)
    assert gate.session_is(SessionState.BOOKED)


def test_a_refusal_of_the_gate_is_passed_on_and_a_late_answer_leaves_nothing_armed(gate: FakeGate, out: Path) -> None:
    gate.admit()
    gate.arm_accepts = False
    answer = gate.command("arm")
    assert (
        not answer.accepted and answer.reason == "the gate refused: not now" and answer.state == SessionState.ADMITTED
    )
    gate.state = SafetyState.RESET_READY
    wait_until(
        lambda: gate.command("arm").reason == "the gate refused: not now; press reset", what="a stop's remedy is told"
    )
    gate.state = SafetyState.STANDBY
    gate.arm_accepts, gate.arm_delay_s = True, 3.0
    answer = gate.command("arm")
    assert not answer.accepted and "did not answer" in answer.reason
    wait_until(lambda: gate.stops, what="the stop that undoes a late arming")
    gate.arm_delay_s = 0.0


def test_halting_and_aborting_stop_the_robot(gate: FakeGate, out: Path) -> None:
    gate.admit()
    assert gate.command("arm").accepted and gate.command("start").accepted
    assert gate.command("halt", "a shoe came off").accepted
    wait_until(lambda: gate.stops == ["session halt: a shoe came off"], what="the stop")
    gate.state = SafetyState.STANDBY
    assert gate.command("arm").accepted
    assert gate.command("abort").accepted
    wait_until(lambda: len(gate.stops) == 2, what="the second stop")
    assert not gate.command("start").accepted


def test_a_note_of_a_hundred_kilobytes_is_cut_before_it_is_kept(gate: FakeGate, out: Path) -> None:
    gate.admit()
    gate.command("x" * 100_000)
    assert gate.command("arm").accepted
    assert gate.command("halt", note="so it is\n" + "x" * 100_000).accepted
    wait_until(lambda: gate.stops, what="the gate is asked to stop")
    assert gate.stops[0].startswith("session halt: so it is xxx") and len(gate.stops[0]) < 500
    assert max(map(len, (out / "events.jsonl").read_bytes().splitlines())) < 2_000


def test_a_silent_gate_halts_the_session(gate: FakeGate, out: Path) -> None:
    gate.admit()
    assert gate.command("arm").accepted and gate.command("start").accepted
    gate.session_is(SessionState.RUNNING)
    gate.speaks = False
    assert "silent" in gate.session_is(SessionState.HALTED).reason


def replaced_request(gate: FakeGate, kind: type, profile: QoSProfile) -> None:
    """The stack asks by another type or QoS."""
    gate.robot.destroy_publisher(gate.request)
    gate.request = gate.robot.create_publisher(kind, "/trial_1/cmd_vel_request", profile)


def test_a_stamped_request_is_not_admitted(gate: FakeGate, out: Path) -> None:
    replaced_request(gate, TwistStamped, qos.COMMAND)
    admission_says(
        gate,
        "cmd_vel_request: /team/robot publishes geometry_msgs/msg/TwistStamped, expected geometry_msgs/msg/Twist; "
        "publish the expected type, or change the robot's profile",
    )


def test_best_effort_requests_that_the_gate_never_hears_are_not_admitted(gate: FakeGate, out: Path) -> None:
    replaced_request(gate, Twist, qos.SENSOR_STREAM)
    admission_says(
        gate,
        "cmd_vel_request: /team/robot offers it best effort, volatile, /trial_1/gate asks for reliable, volatile: "
        "nothing arrives; set the QoS of that publisher to reliable, volatile",
    )


def test_a_robot_that_does_not_hear_the_gate_is_not_admitted(gate: FakeGate, out: Path) -> None:
    gate.robot.destroy_subscription(gate.base)
    admission_says(
        gate,
        "cmd_vel: nobody listens to it: the robot would not hear the gate's stop; "
        "start the robot's base driver or controller, and remap its command input to this topic",
    )


def test_a_second_gate_is_not_admitted(gate: FakeGate, out: Path) -> None:
    context = rclpy.Context()
    context.init(domain_id=gate.node.context.get_domain_id())
    twin = rclpy.create_node("gate", namespace="/trial_1", context=context)
    admission_says(
        gate,
        "/trial_1/gate: 2 nodes are called /trial_1/gate; end the second one; one that was killed is gone within 20 s",
    )
    twin.destroy_node()
    context.try_shutdown()
    gate.admit()


def test_a_publisher_on_the_robot_s_topic_without_a_name_is_not_admitted_and_blamed_on_nobody(
    gate: FakeGate, out: Path
) -> None:
    with nameless_publisher(gate.node.context.get_domain_id(), Twist, "/trial_1/cmd_vel"):
        wait_until(lambda: "cmd_vel: a node without a name" in gate.command("admit").reason, what="it is told")
        said = gate.command("admit").reason
        assert "past the gate" not in said and "_NODE_NAME_UNKNOWN_" not in said and "killed (gone within 20 s)" in said
    gate.admit()


def test_odometry_by_a_late_clock_is_not_admitted_and_named_so(gate: FakeGate, out: Path) -> None:
    gate.stamped_late_s = 3.2

    def named() -> bool:
        answer = gate.command("admit")
        assert not answer.accepted
        return answer.reason.startswith("odom: stamps are 3.2") and "behind this machine's clock" in answer.reason

    wait_until(named, what="the clock is named")


def test_odometry_in_the_frame_of_the_body_is_not_admitted_and_what_was_found_is_kept(
    gate: FakeGate, out: Path
) -> None:
    gate.frame = "base_link"

    def refused() -> bool:
        answer = gate.command("admit")
        return not answer.accepted and "odom: header.frame_id is 'base_link'" in answer.reason

    wait_until(refused, what="it is told")
    gate.frame = "odom"
    gate.admit()
    kept = json.loads((out / "admission.json").read_text())
    first, last = kept["looks"][0], kept["looks"][-1]
    assert kept["count"] == len(kept["looks"]) and not first["admitted"] and last["admitted"]
    found = {one["name"]: one for one in last["findings"]}
    # It says of itself to be exact, which keeps nobody from driving.
    assert found["odom"]["state"] == "unlikely" and "fill the diagonal" in found["odom"]["remedy"]


def test_a_press_that_a_station_has_proven_is_the_test_of_its_day(gate: FakeGate, out: Path) -> None:
    kept = out.parent / "state" / "port" / "estop_tests.json"
    forged = gate.node.create_publisher(EstopState, "estop/state", qos.SENSOR_STREAM)
    honest = signed_publisher(gate.node, EstopState, "estop/state", qos.SENSOR_STREAM)

    def press(publisher: Any, link: int = EstopState.LINK_OK) -> None:
        for closed in (True, False, True):
            reading = EstopState(device_id="station_1", channel_a_closed=closed, channel_b_closed=closed, link=link)
            reading.stamp = stamps.to_msg(time.time_ns())
            publisher.publish(reading)
            time.sleep(0.02)

    wait_until(lambda: gate.node.count_subscribers("estop/state"), what="the session listens")
    for _ in range(5):
        press(forged)
        press(honest, EstopState.LINK_LOST)
    gate.admit()
    findings = json.loads((out / "admission.json").read_text())["looks"][-1]["findings"]
    assert "not pressed today" in next(one["said"] for one in findings if one["name"] == "estop station_1 tested")

    def pressed() -> bool:
        press(honest)
        return kept.exists()

    wait_until(pressed, what="it is kept")
    assert "station_1" in json.loads(kept.read_text())["here"]


def test_a_gate_that_stands_open_while_nothing_is_admitted_is_stopped(gate: FakeGate, out: Path) -> None:
    """What a session node finds that was killed while the robot drove, and is started again."""
    gate.state = SafetyState.RUN
    wait_until(lambda: gate.stops, what="the stop")
    assert gate.stops[0] == "the gate is armed while the session is booked"
    assert gate.session_is(SessionState.BOOKED)


def test_a_gate_that_is_armed_behind_a_session_that_is_over_is_stopped(gate: FakeGate, out: Path) -> None:
    gate.admit()
    assert gate.command("arm").accepted and gate.command("start").accepted
    assert gate.command("finish").accepted
    gate.state = SafetyState.STANDBY
    time.sleep(0.6)
    assert gate.stops == []
    gate.state = SafetyState.RUN
    wait_until(lambda: gate.stops == ["the gate is armed while the session is completed"], what="the stop")


@pytest.mark.parametrize("out", [{"timeout_s": 1.0}], indirect=True)
def test_after_the_trial_s_time_arming_is_refused_and_the_session_can_be_completed(gate: FakeGate, out: Path) -> None:
    gate.admit()
    assert gate.command("arm").accepted and gate.command("start").accepted
    halted = gate.session_is(SessionState.HALTED)
    assert halted.reason.startswith("the run's 1 s are over; now gate ")
    gate.state = SafetyState.STANDBY  # reset
    refused = gate.command("arm")
    assert not refused.accepted
    assert refused.reason == "the run's 1 s are over; next is: end_run, finish or abort"
    assert gate.command("finish").accepted
    assert gate.session_is(SessionState.COMPLETED)


def test_a_halted_session_tells_what_the_gate_says_by_now(gate: FakeGate, out: Path) -> None:
    gate.admit()
    assert gate.command("arm").accepted and gate.command("start").accepted
    gate.session_is(SessionState.RUNNING)

    def told(now: str) -> bool:
        return gate.session_is(SessionState.HALTED).reason.endswith(now)

    for state, name, reason in (
        (SafetyState.STOPPED, "STOPPED", "estop station_1: channel A open"),
        (SafetyState.STOPPED, "STOPPED", "crossing: occupied"),
        (SafetyState.STANDBY, "STANDBY", "reset by station_1"),
    ):
        gate.state, gate.reason = state, reason
        wait_until(partial(told, f"gate {name}: {reason}; press reset"), what=f"{name}: {reason}")
        assert gate.session_is(SessionState.HALTED).reason.startswith("gate STOPPED: estop station_1: channel A open")


def test_a_person_s_halt_keeps_a_stop_from_ending_by_itself(gate: FakeGate, out: Path) -> None:
    gate.admit()
    assert gate.command("arm").accepted and gate.command("start").accepted
    gate.session_is(SessionState.RUNNING)
    gate.state, gate.reason = SafetyState.STOPPED, "crossing: occupied"
    gate.session_is(SessionState.HALTED)
    assert gate.command("halt", "let me look").accepted
    wait_until(lambda: gate.stops == ["session halt: let me look"], what="a stop that a person must reset")
    gate.state = SafetyState.RUN  # a gate that goes on all the same
    wait_until(lambda: "the gate is armed while the session is halted" in gate.stops, what="it is stopped again")
    assert gate.session_is(SessionState.HALTED)
