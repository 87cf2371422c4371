"""What people hold at a gate that runs as a process: the way out of a zone, and a single rule."""

import os
import subprocess
import time
from contextlib import suppress

from port_interfaces.msg import SafetyEvent, SafetyState

from port_session.ros.holder import Holder, permit, recover
from tests.ros.test_gate_node import Ground, gate, ground  # noqa: F401 (fixtures)
from tests.waiting import wait_until


def _domain() -> int:
    return int(os.environ["ROS_DOMAIN_ID"])


def test_a_person_leads_a_robot_out_of_a_zone_and_it_ends_when_the_key_is_let_go(
    gate: subprocess.Popen[bytes],  # noqa: F811
    ground: Ground,  # noqa: F811
) -> None:
    ground.arm()
    ground.x = 10.8
    state = ground.reach(SafetyState.STOPPED)
    assert state.reason.startswith("lane: the robot is")
    ends_s = time.monotonic() + 30.0
    led = []

    def key(timeout_s: float) -> str:
        time.sleep(0.03)
        if ground.state() == SafetyState.RECOVER and not led:
            led.append(ground.states[-1].recovered_by)
        return "q" if ground.x < 10.7 or time.monotonic() > ends_s else "down"

    with Holder("/t", _domain()) as holder:
        assert recover(holder, "anna", key, lambda line: None) == ""
    wait_until(lambda: ground.commands[-1].linear.x == 0.0, what="nobody holds it, so nothing moves")
    assert led == ["anna"]
    assert min(command.linear.x for command in ground.commands) >= -0.2 - 1e-9
    wait_until(lambda: any(event.kind == SafetyEvent.RECOVER_ENDED for event in ground.events))
    began = [event for event in ground.events if event.kind == SafetyEvent.RECOVER_BEGAN]
    assert [event.by for event in began] == ["anna"]


def test_a_permit_is_seen_while_it_is_held_and_a_rule_that_does_not_allow_it_is_refused(
    gate: subprocess.Popen[bytes],  # noqa: F811
    ground: Ground,  # noqa: F811
) -> None:
    ground.arm()
    with Holder("/t", _domain()) as holder:
        assert "no rule that may be held off" in permit(holder, "fresh", "anna", "x", lambda line: None)
        seen: list[tuple[str, str, str]] = []

        def look(line: str) -> None:
            seen.extend((each.rule, each.by, each.why) for each in ground.states[-1].permits)
            if seen:
                raise KeyboardInterrupt

        with suppress(KeyboardInterrupt):
            permit(holder, "separation", "anna", "aligns a plate", look)
    assert seen[0] == ("separation", "anna", "aligns a plate")
    wait_until(lambda: any(event.kind == SafetyEvent.PERMIT_ENDED for event in ground.events))
    wait_until(lambda: not ground.states[-1].permits)
