"""What people hold at a gate that runs as a process: the way out of a zone, a single rule. What may be set there."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from port_interfaces.msg import SafetyEvent, SafetyState
from rcl_interfaces.msg import SetParametersResult
from rcl_interfaces.srv import SetParameters
from rclpy.parameter import Parameter

from port_session.ros.holder import Holder, override, recover
from tests.arming import KEY_FILE
from tests.ros.test_gate_node import PARAMETERS, Ground, ground  # noqa: F401 (fixture)
from tests.ros.test_gate_ways_in import unchecking_gate  # noqa: F401
from tests.ros_peer import start_node
from tests.waiting import PATIENCE_S, wait_until


@pytest.fixture
def gate(ros_domain: int, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = start_node("port_safety", "gate_node", "gate", PARAMETERS, tmp_path)
    yield process
    process.kill()
    process.wait()


def _domain() -> int:
    return int(os.environ["ROS_DOMAIN_ID"])


def _record() -> dict[str, Any]:
    """What the session would have left for its commands."""
    return {"session": "t", "run": str(Path(KEY_FILE).parent), "namespace": "/t", "domain": _domain()}


def test_a_person_leads_a_robot_out_of_a_zone_and_it_ends_when_the_key_is_let_go(
    gate: subprocess.Popen[bytes],
    ground: Ground,  # noqa: F811
) -> None:
    ground.arm()
    ground.x = 10.8
    state = ground.reach(SafetyState.STOPPED)
    assert state.reason.startswith("lane: the robot is")
    ends_s = time.monotonic() + PATIENCE_S
    led: list[str] = []

    def key(timeout_s: float) -> str:
        """Held down, but let go for a while every two seconds: a pause of the machine must not end the test."""
        time.sleep(0.03)
        if ground.state() == SafetyState.RECOVER and not led:
            led.append(ground.states[-1].recovered_by)
        if ground.x < 10.7 or time.monotonic() > ends_s:
            return "q"
        return "" if time.monotonic() % 2.0 < 0.4 else "down"

    def held(holder: Holder) -> str:
        return recover(holder, "anna", key, lambda line: None)

    with Holder(_record()) as holder:
        wait_until(lambda: held(holder) == "", what="led out; on a busy machine the person presses again")
    wait_until(lambda: ground.commands[-1].linear.x == 0.0, what="nobody holds it, so nothing moves")
    assert led == ["anna"]
    assert min(command.linear.x for command in ground.commands) >= -0.2 - 1e-9
    wait_until(lambda: any(event.kind == SafetyEvent.RECOVER_ENDED for event in ground.events))
    began = [event for event in ground.events if event.kind == SafetyEvent.RECOVER_BEGAN]
    assert {event.by for event in began} == {"anna"}


def _held_until(seen: list[Any], hold: Callable[[], object]) -> None:
    """Hold again while nothing was seen: a pause of the machine lets go of everything."""

    def held() -> bool:
        with suppress(KeyboardInterrupt):
            hold()
        return bool(seen)

    wait_until(held)


def test_an_override_is_seen_while_it_is_held_and_a_rule_that_does_not_allow_it_is_refused(
    gate: subprocess.Popen[bytes],
    ground: Ground,  # noqa: F811
) -> None:
    ground.arm()
    with Holder(_record()) as holder:
        assert "no rule that may be overridden" in override(holder, "input_timeout", "anna", "x", lambda line: None)
        seen: list[tuple[str, str, str]] = []

        def look(line: str) -> None:
            seen.extend((each.rule, each.by, each.why) for each in ground.states[-1].overrides)
            if seen:
                raise KeyboardInterrupt

        _held_until(seen, lambda: override(holder, "separation", "anna", "aligns a plate", look))
    assert seen[0] == ("separation", "anna", "aligns a plate")
    wait_until(lambda: any(event.kind == SafetyEvent.OVERRIDE_ENDED for event in ground.events))
    wait_until(lambda: not ground.states[-1].overrides)


def test_a_long_reason_is_cut_before_it_is_evidence_and_one_beyond_all_measure_is_refused(
    unchecking_gate: subprocess.Popen[bytes],  # noqa: F811
    ground: Ground,  # noqa: F811
) -> None:
    ground.arm()
    seen: list[str] = []

    def look(line: str) -> None:
        seen.extend(each.why for each in ground.states[-1].overrides)
        if seen:
            raise KeyboardInterrupt

    with Holder(_record()) as holder:
        _held_until(seen, lambda: override(holder, "separation", "anna", "aligns\na plate " + "x" * 1000, look))
        refused = wait_until(lambda: override(holder, "separation", "anna", "x" * 100_000, look))
    assert seen[0].startswith("aligns a plate xxx") and seen[0].endswith("(cut: it had 1015 characters)")
    assert refused == "why: at most 2048 bytes"
    assert len(seen[0]) < 500


def _set(ground: Ground, name: str, value: float) -> SetParametersResult:  # noqa: F811
    request = SetParameters.Request(parameters=[Parameter(name, value=value).to_parameter_msg()])
    return ground.call(SetParameters, "gate/set_parameters", request).results[0]


def test_a_parameter_may_become_stricter_while_armed_and_the_state_carries_the_new_hash(
    gate: subprocess.Popen[bytes],
    ground: Ground,  # noqa: F811
) -> None:
    ground.arm()
    before = ground.states[-1].envelope_hash
    refused = _set(ground, "speed_robot.limit_mps", 2.0)
    assert not refused.successful and "looser than 1.5" in refused.reason
    assert not _set(ground, "tick_hz", 100.0).successful
    accepted = _set(ground, "speed_robot.limit_mps", 0.25)
    assert accepted.successful, accepted.reason
    wait_until(lambda: ground.states[-1].envelope_hash != before)
    ground.request = 0.4
    wait_until(lambda: ground.commands[-1].linear.x == 0.25)
    wait_until(lambda: any(event.kind == SafetyEvent.ENVELOPE_CHANGED for event in ground.events))
