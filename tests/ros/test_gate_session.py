"""A gate is armed by its own live session alone, and does not go on without it: real processes, real requests."""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from geometry_msgs.msg import Twist
from port_interfaces.msg import Cause, SafetyEvent, SafetyState, SessionState
from port_interfaces.srv import Arm

from port_ros.session_key import SESSION_KEY_FILE, make_key_file
from port_ros.signed_request import ARM, REMEDIES
from tests.arming import signed
from tests.nameless import nameless_publisher
from tests.ros.test_gate_node import PARAMETERS, Ground, ground  # noqa: F401 (fixture)
from tests.ros_peer import start_node
from tests.waiting import PATIENCE_S, wait_until


@pytest.fixture
def gate(ros_domain: int, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = start_node("port_safety", "gate_node", "gate", PARAMETERS, tmp_path)
    yield process
    process.kill()
    process.wait()


def refused(ground: Ground, request: Arm.Request) -> str:  # noqa: F811
    """What the gate in STANDBY says to a request that it must not accept."""
    ground.reach(SafetyState.STANDBY)
    answer = ground.call(Arm, "safety/arm", request)
    assert not answer.accepted and answer.reason.endswith(f"; {REMEDIES[ARM]}"), answer
    assert ground.state() not in (SafetyState.RUN, SafetyState.REDUCED)
    return str(answer.reason)


def test_nobody_arms_the_gate_past_its_session(
    gate: subprocess.Popen[bytes],
    ground: Ground,  # noqa: F811
    tmp_path: Path,
) -> None:
    make_key_file(tmp_path / SESSION_KEY_FILE)
    epoch = ground.reach(SafetyState.STANDBY).epoch
    unsigned = Arm.Request(session="t", by="mallory", stamp=ground.node.get_clock().now().to_msg(), epoch=epoch)
    assert "not signed" in refused(ground, unsigned)
    assert "not signed" in refused(ground, signed(epoch, key_file=str(tmp_path / SESSION_KEY_FILE)))
    assert "for session other, the gate is t's" in refused(ground, signed(epoch, session="other"))
    assert "a stop came between" in refused(ground, signed(epoch + 1))
    assert "was signed 2.0" in refused(ground, signed(epoch, stamp_ns=time.time_ns() - 2_000_000_000))
    wait_until(lambda: [e.by for e in ground.events if e.kind == SafetyEvent.ARM_REFUSED][:1] == ["mallory"])


def test_a_request_that_armed_once_does_not_arm_again(
    gate: subprocess.Popen[bytes],
    ground: Ground,  # noqa: F811
) -> None:
    def accepted() -> Arm.Request | None:
        """A gate that misses its readings for a moment is not ready for that moment."""
        request = signed(ground.reach(SafetyState.STANDBY).epoch)
        return request if ground.call(Arm, "safety/arm", request).accepted else None

    request = wait_until(accepted)
    ground.reach(SafetyState.RUN)
    assert not ground.call(Arm, "safety/arm", request).accepted
    answer = ground.call(Arm, "safety/arm", signed(request.epoch))
    assert "the gate is in RUN" in answer.reason, "a request of its own is the session's"


def test_a_gate_whose_session_is_gone_stops_the_robot_by_itself(
    gate: subprocess.Popen[bytes],
    ground: Ground,  # noqa: F811
) -> None:
    ground.arm()
    ground.request = 0.4
    wait_until(lambda: ground.commands[-1].linear.x == 0.4)
    ground.session.state = None  # killed: it says nothing any more
    ground.reach(SafetyState.STOPPED)
    (cause,) = wait_until(lambda: [each for each in ground.states[-1].causes if each.rule == "session"])
    assert cause.reason.startswith("session: silent for 2.") and cause.severity == Cause.PROTECTIVE_STOP
    assert ground.commands[-1] == Twist()


def test_a_gate_whose_session_is_not_live_any_more_stops_the_robot(
    gate: subprocess.Popen[bytes],
    ground: Ground,  # noqa: F811
) -> None:
    ground.arm()
    ground.session.state = SessionState.ABORTED
    ground.reach(SafetyState.STOPPED)
    wait_until(lambda: "session: ABORTED, but the gate is armed" in [each.reason for each in ground.states[-1].causes])


def test_a_publisher_without_a_name_holds_the_robot_and_is_an_emergency_when_it_stays(
    gate: subprocess.Popen[bytes],
    ground: Ground,  # noqa: F811
) -> None:
    ground.arm()
    time.sleep(2.5)  # whoever was here when the gate began may be dead
    with nameless_publisher(int(os.environ["ROS_DOMAIN_ID"]), Twist, "/t/cmd_vel"):
        wait_until(lambda: any(e.kind == SafetyEvent.STOP for e in ground.events), what="the stop")
        stop = next(event for event in ground.events if event.kind == SafetyEvent.STOP)
        wait_until(lambda: ground.states[-1].severity == Cause.EMERGENCY_STOP, what="it stays")
        causes = {cause.source: cause.severity for cause in ground.states[-1].causes}
        assert any(source.startswith("a program without a node (") for source in causes), causes
    assert all("_NODE_NAME_UNKNOWN_" not in cause.reason for cause in (*stop.causes, *ground.states[-1].causes))


@pytest.mark.parametrize("key_file", ["", "/nowhere/session.key"])
def test_a_gate_without_a_key_believes_nobody_and_one_that_cannot_read_its_key_does_not_start(
    ros_domain: int, tmp_path: Path, key_file: str
) -> None:
    parameters: dict[str, Any] = {**PARAMETERS, "session_key_file": key_file}
    process = start_node("port_safety", "gate_node", "gate", parameters, tmp_path)
    peer = Ground()
    try:
        if key_file:
            assert process.wait(PATIENCE_S) == 2
            said = (tmp_path / "gate.log").read_text()
            assert "session_key_file: /nowhere/session.key: No such file" in said and "port up" in said
        else:
            state = peer.reach(SafetyState.INIT)
            answer = peer.call(Arm, "safety/arm", signed(state.epoch))
            assert not answer.accepted and "no session_key_file, so nobody may ask it" in answer.reason
            assert "no e-stop station is believed" in (tmp_path / "gate.log").read_text()
            assert {state.state for state in peer.states} == {SafetyState.INIT}
    finally:
        peer.close()
        process.kill()
        process.wait()
