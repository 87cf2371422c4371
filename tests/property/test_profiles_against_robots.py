"""Each stop profile against the simulated robot of its kind, through the whole gate, faster than real time."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from port_safety.commands.joint_trajectory import JointTrajectory
from port_safety.commands.twist import ZERO
from port_safety.gate import operator_commands
from port_safety.gate.state_machine import State
from port_sim.robots.humanoid import Humanoid
from tests.gate_bench import PRESSED
from tests.stop_stand import RELAY_NS, SIMS, SimArm, SimHumanoid, SimQuadruped, Stand

every_kind = pytest.mark.parametrize("kind", SIMS)
few = settings(max_examples=6, deadline=None)
LAST = {"wheeled": "cut", "arm": "brake", "quadruped": "cut", "humanoid": "cut"}


def moving(kind: str) -> Stand:
    return Stand(kind, SIMS[kind]()).run()


def stop(stand: Stand, emergency: bool) -> None:
    operator_commands.stop(stand.gate, "officer", "", emergency, stand.now_ns)


@every_kind
@pytest.mark.parametrize("emergency", [False, True])
def test_a_robot_that_obeys_is_brought_to_rest_and_only_then_loses_its_power(kind: str, emergency: bool) -> None:
    stand = moving(kind)
    stop(stand, emergency)
    dark_s = stand.until_dark()
    assert abs(stand.sim.speed_mps) < 0.03, f"power went at {dark_s} s while it moved: {stand.stages()}"
    assert not any("deadline" in stage or "cause" in stage for stage in stand.stages())
    stand.turn(1.0)
    assert stand.gate.state in (State.STOPPED, State.RESET_READY) and not stand.sim.harmed


@every_kind
@few
@given(after_s=st.floats(0.0, 2.0), emergency=st.booleans(), deaf_after_s=st.floats(0.0, 2.0))
def test_a_robot_that_ignores_the_stop_loses_its_power_by_the_last_deadline(
    kind: str, after_s: float, emergency: bool, deaf_after_s: float
) -> None:
    stand = moving(kind).turn(after_s)
    stop(stand, emergency)
    began_ns = stand.now_ns
    if deaf_after_s < 0.5:
        stand.ignores = True
    while stand.gate.output.enable:
        if stand.now_ns - began_ns > deaf_after_s * 1e9:
            stand.ignores = True
        stand.turn(0.01)
        assert (stand.now_ns - began_ns) / 1e9 <= stand.gate.profile.deadline_s + 0.02, stand.stages()
    stand.turn(RELAY_NS / 1e9 + 0.01)
    assert not stand.powered
    stand.turn(2.0)
    assert abs(stand.sim.speed_mps) < 0.01, "without power it comes to rest, standing or not"


@pytest.mark.parametrize("kind", ["wheeled", "arm", "quadruped"])
def test_escalation_is_early_where_power_loss_harms_nobody(kind: str) -> None:
    stand = moving(kind)
    stand.ignores = True
    stop(stand, True)
    assert stand.until_dark() < 1.0
    assert stand.stages()[-1].startswith(LAST[kind])


def test_a_walking_humanoid_falls_when_its_power_is_cut() -> None:
    stand = moving("humanoid")
    assert isinstance(stand.sim, SimHumanoid)
    walker = stand.sim.walker
    for _ in range(300):
        stand.now_ns += 10_000_000
        walker.step(stand.now_ns / 1e9, powered=False)
    assert walker.fallen


@pytest.mark.parametrize("kind", ["quadruped", "humanoid"])
def test_a_standing_robot_that_would_fall_is_stopped_and_not_disarmed(kind: str) -> None:
    """Disarming takes the power at once; only a stop lets it settle first."""
    stand = moving(kind)
    stand.ask(ZERO)
    stand.turn(4.0)
    refused = operator_commands.disarm(stand.gate, "operator", stand.now_ns)
    assert not refused.accepted and "would fall" in refused.reason and stand.gate.output.enable
    stop(stand, False)
    stand.until_dark()
    stand.turn(2.0)
    assert not stand.sim.harmed and not stand.powered


@pytest.mark.parametrize("kind", ["wheeled", "arm"])
def test_one_that_does_not_fall_is_disarmed_where_it_stands(kind: str) -> None:
    stand = moving(kind)
    if kind == "wheeled":
        stand.ask(ZERO)
    stand.turn(6.0)
    assert operator_commands.disarm(stand.gate, "operator", stand.now_ns).accepted
    assert not stand.gate.output.enable


def test_a_standing_humanoid_falls_too_when_its_power_is_cut() -> None:
    walker = Humanoid()
    for tick in range(300):
        walker.step(tick / 100, powered=True)
    assert walker.height_m == walker.build.stand_m and not walker.fallen
    for tick in range(300, 400):
        walker.step(tick / 100, powered=False)
    assert walker.fallen


@few
@given(after_s=st.floats(0.0, 2.0), emergency=st.booleans())
def test_a_humanoid_that_is_settled_first_does_not_fall(after_s: float, emergency: bool) -> None:
    stand = moving("humanoid").turn(after_s)
    stop(stand, emergency)
    stand.until_dark()
    stand.turn(3.0)
    assert not stand.sim.harmed and not stand.powered
    assert [stage.split(":")[0] for stage in stand.stages()] == ["halt", "settle", "damp", "standing"]


@few
@given(after_s=st.floats(0.0, 1.0), cuts_s=st.floats(0.0, 4.0))
def test_no_cause_cuts_a_humanoid_before_it_has_settled(after_s: float, cuts_s: float) -> None:
    """A push in the middle of the stop is what `stop_response` objects to, with a cause that cuts."""
    stand = moving("humanoid").turn(after_s)
    assert isinstance(stand.sim, SimHumanoid)
    stop(stand, False)
    began_ns = stand.now_ns
    stand.turn(cuts_s)
    if stand.gate.state is State.STOPPING:
        stand.sim.walker.v += 0.25
    settled = stand.sim.walker.kneels
    while stand.gate.output.enable:
        settled = stand.sim.walker.kneels
        stand.turn(0.01)
    assert settled or (stand.now_ns - began_ns) / 1e9 >= stand.gate.profile.deadline_s - 0.02


def test_a_humanoid_in_the_gantry_need_not_kneel() -> None:
    stand = moving("humanoid")
    assert isinstance(stand.sim, SimHumanoid)
    stand.sim.walker.caught = True
    stop(stand, True)
    assert stand.until_dark() < 1.0
    stand.turn(2.0)
    assert not stand.sim.harmed and stand.sim.height_m > 0.8


def test_a_quadruped_sits_before_it_is_cut() -> None:
    stand = moving("quadruped")
    assert isinstance(stand.sim, SimQuadruped)
    assert stand.sim.height_m > 0.3
    stop(stand, False)
    assert stand.until_dark() < 4.0
    assert stand.sim.height_m < 0.12 and stand.stages()[:2] == ["halt", "sit"]


def test_an_arm_stops_on_its_path_and_never_resumes_what_was_left() -> None:
    stand = moving("arm")
    assert isinstance(stand.sim, SimArm) and isinstance(stand.gate.requests.command, JointTrajectory)
    request = stand.gate.requests.command
    stop(stand, True)
    stand.until_dark()
    held = stand.sim.arm.motion.positions
    output = stand.gate.output.command
    assert isinstance(output, JointTrajectory) and len(output.points) == 1
    assert output.points[0].positions != request.points[-1].positions
    stand.turn(1.0)
    assert operator_commands.reset(stand.gate, stand.gate.tracker.event_id, "officer", stand.now_ns).accepted, (
        stand.gate.reason
    )
    assert operator_commands.arm(stand.gate, "tester", stand.now_ns).accepted
    stand.turn(3.0)
    assert stand.sim.arm.motion.positions == pytest.approx(held, abs=0.01)


def test_a_trajectory_that_starts_before_the_epoch_never_passes() -> None:
    stand = moving("arm")
    sent_ns = stand.now_ns
    stop(stand, False)
    stand.until_dark()
    request = stand.gate.requests.command
    stand.gate.request(stand.sim.request, stand.now_ns, sent_ns - 1)
    assert stand.gate.requests.command is request


def test_a_trajectory_that_lasts_is_no_silence() -> None:
    stand = moving("arm")
    assert stand.gate.state is State.RUN, stand.gate.reason
    stand.turn(1.0)
    assert stand.gate.state is State.RUN, "three seconds after it was said it is still being followed"
    gate = stand.turn(2.0).gate
    assert gate.state is State.REDUCED and gate.reason.startswith("command: none for")


@every_kind
def test_shutdown_is_over_within_a_bounded_time(kind: str) -> None:
    """What the process does on SIGTERM: a stop, and at most the profile's last deadline until the power is gone."""
    stand = moving(kind)
    operator_commands.stop(stand.gate, "gate", "the gate is shutting down", False, stand.now_ns)
    assert stand.until_dark() <= stand.gate.profile.deadline_s
    stand.turn(1.0)
    assert stand.gate.state is not State.STOPPING


def test_a_stop_while_an_emergency_is_pressed_is_one_stop() -> None:
    stand = moving("quadruped")
    stop(stand, False)
    stand.turn(0.3)
    stand.estop = PRESSED
    stand.turn(0.05)
    assert stand.gate.stage == "sit", "an emergency that joins begins at a later stage"
    stand.until_dark()
    stand.turn(1.0)
    assert stand.stages()[:2] == ["halt", "sit"] and not stand.sim.harmed


@few
@given(speed=st.floats(0.1, 1.0), seconds=st.floats(2.0, 5.0))
def test_the_walking_model_walks_and_stops_by_stepping(speed: float, seconds: float) -> None:
    walker, now_s = Humanoid(), 0.0
    for asked, lasting_s in ((0.0, 2.0), (speed, seconds), (0.0, 3.0)):
        for _ in range(round(lasting_s * 50)):
            now_s += 0.02
            walker.command(asked, "", now_s)
            walker.step(now_s, powered=True)
            assert not walker.fallen
    assert walker.x > 0.5 * speed * (seconds - 1.5) and abs(walker.v) < 0.02
