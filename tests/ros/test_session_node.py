"""The session node as a process, beside a gate that the test plays."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import rclpy
import yaml
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from nav_msgs.msg import Odometry
from port_interfaces.msg import Cause, SafetyEvent, SafetyState, SessionEvent, SessionState
from port_interfaces.srv import Arm, RequestStop, SessionCommand
from rclpy.executors import SingleThreadedExecutor
from std_srvs.srv import Trigger

from port_ros import qos
from tests.waiting import PATIENCE_S, wait_until

PARAMETERS = {
    "session": "trial_1", "robot": "sim_wheeled", "team": "blue", "ground": "hall_lane", "trial": "lane_drive",
    "kind": "test", "site": "here", "edge": "edge-1", "required": ["gate", "estop station_1"], "odometry": "odom",
    "goal_m": [10.0, 0.0], "tolerance_m": 0.3, "timeout_s": 60.0, "mqtt_host": "127.0.0.1", "mqtt_port": 18830,
    "plates": ["left"], "estops": ["station_1"], "cameras": ["overhead"],
}  # fmt: skip


class FakeGate:
    """Publishes what a gate, an e-stop node and a robot would; the test turns its knobs."""

    def __init__(self, domain: int) -> None:
        self.state, self.reason, self.position_m = SafetyState.STANDBY, "ready", [9.9, 0.0]
        self.levels = {"gate": DiagnosticStatus.OK, "estop station_1": DiagnosticStatus.OK}
        self.speaks = self.drives = True
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
        response.success = True
        return response

    def _spin(self) -> None:
        while not self._ending:
            self._executor.spin_once(timeout_sec=0.05)

    def close(self) -> None:
        self._ending = True
        self._thread.join()
        self.node.destroy_node()
        self._context.try_shutdown()

    def _publish(self) -> None:
        if self.speaks:
            state = SafetyState(state=self.state, reason=self.reason, remedy="press reset", position_m=self.position_m)
            self._states.publish(state)
        if self.drives:
            self._odometry.publish(Odometry())
        remedy = [KeyValue(key="remedy", value="plug it in")]
        statuses = [
            DiagnosticStatus(name=name, level=level, message="so it is", values=remedy)
            for name, level in self.levels.items()
        ]
        self._diagnostics.publish(DiagnosticArray(status=statuses))

    def _on_arm(self, request: Arm.Request, response: Arm.Response) -> Arm.Response:
        time.sleep(self.arm_delay_s)
        response.accepted, response.reason, response.epoch = self.arm_accepts, "not now", 7
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
        wait_until(lambda: self.command("admit").accepted, what="admission")

    def session(self) -> SessionState | None:
        return self.session_states[-1] if self.session_states else None

    def session_is(self, state: int) -> SessionState:
        return wait_until(lambda: (s := self.session()) and s.state == state and s, what=f"session state {state}")


@pytest.fixture
def gate(ros_domain: int) -> Iterator[FakeGate]:
    gate = FakeGate(ros_domain)
    yield gate
    gate.close()


@pytest.fixture
def out(gate: FakeGate, tmp_path: Path) -> Iterator[Path]:
    """A session node runs; yields its evidence folder, and checks that it ends well."""
    file = tmp_path / "session.yaml"
    file.write_text(yaml.safe_dump({"/**": {"ros__parameters": {**PARAMETERS, "out": str(tmp_path / "out")}}}))
    command = [sys.executable, "-m", "port_session.ros.session_node", "--ros-args", "-r", "__node:=session"]
    process = subprocess.Popen([*command, "-r", "__ns:=/trial_1", "--params-file", str(file)], env=os.environ.copy())
    yield tmp_path / "out"
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE_S) == 0
    document = json.loads((tmp_path / "out/session.json").read_text())
    assert document["state"] in ("ABORTED", "COMPLETED")


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
    assert gate.command("complete").accepted
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


def test_admission_names_every_shortcoming_with_its_remedy(gate: FakeGate, out: Path) -> None:
    gate.levels["estop station_1"] = DiagnosticStatus.ERROR
    gate.state, gate.reason = SafetyState.STOPPED, "e-stop pressed"
    gate.drives = False
    expected = (
        "estop station_1: so it is; plug it in | gate: STOPPED, e-stop pressed; press reset | "
        "odometry: none arrives; start the robot and check the odometry topic in its profile"
    )
    # Where this machine is too busy for what is asked of it, that is said as well.
    wait_until(lambda: gate.command("admit").reason.partition(" | this machine")[0] == expected, what=expected)
    assert gate.session_is(SessionState.BOOKED)


def test_a_refusal_of_the_gate_is_passed_on_and_a_late_answer_leaves_nothing_armed(gate: FakeGate, out: Path) -> None:
    gate.admit()
    gate.arm_accepts = False
    answer = gate.command("arm")
    assert (
        not answer.accepted and answer.reason == "the gate refused: not now" and answer.state == SessionState.ADMITTED
    )
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


def test_a_silent_gate_halts_the_session(gate: FakeGate, out: Path) -> None:
    gate.admit()
    assert gate.command("arm").accepted and gate.command("start").accepted
    gate.session_is(SessionState.RUNNING)
    gate.speaks = False
    assert "silent" in gate.session_is(SessionState.HALTED).reason
