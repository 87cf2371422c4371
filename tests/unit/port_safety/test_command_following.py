"""`command_following`: what a robot may do by what it was told, and that more is a stop."""

import pytest

from port_safety.commands.twist import ZERO, Motion
from port_safety.model.history import History
from port_safety.model.readings import Odometry, Reading
from port_safety.rules.command_following import CommandFollowingRule
from port_safety.rules.context import RuleContext, Span
from tests.gate_bench import BLOCKS, Bench, make_gate
from tests.unit.port_safety.rule_bench import NOW, S

RULE = CommandFollowingRule(0.4, 0.8, 3)
STILL = (Span(0.0, 0.0),) * 3
BENCH = {**BLOCKS, "command_following": {"type": "command_following"}}


def seen(*velocities: tuple[float, float, float], told: tuple[Span, Span, Span], armed: bool = True) -> RuleContext:
    history = History()
    for number, (vx, vy, wz) in enumerate(velocities):
        stamp_ns = NOW + number * S // 100
        history.note(Reading(Odometry(0.0, 0.0, 0.0, vx, vy, wz), stamp_ns, stamp_ns))
    readings = {"odometry": history.recent[-1]} if velocities else {}
    return RuleContext(NOW, readings, ZERO, NOW, armed, histories={"odometry": history}, expected=told)


@pytest.mark.parametrize("velocity", [(0.41, 0.0, 0.0), (-0.41, 0.0, 0.0), (0.0, 0.5, 0.0), (0.0, 0.0, -0.81)])
def test_motion_without_a_command_is_a_stop(velocity: tuple[float, float, float]) -> None:
    (verdict,) = RULE.judge(seen(velocity, velocity, velocity, told=STILL))
    assert verdict.stops and verdict.rule == "command_following"


def test_one_odd_reading_is_no_objection() -> None:
    assert not RULE.judge(seen((2.0, 0.0, 0.0), (2.0, 0.0, 0.0), (0.3, 0.0, 0.0), told=STILL))
    assert not RULE.judge(seen((2.0, 0.0, 0.0), (2.0, 0.0, 0.0), told=STILL)), "not enough of them"


def test_motion_against_the_command_is_a_stop() -> None:
    forward = (Span(0.5, 0.5), Span(0.0, 0.0), Span(0.0, 0.0))
    (verdict,) = RULE.judge(seen(*[(-0.8, 0.0, 0.0)] * 3, told=forward))
    assert (verdict.source, verdict.value) == ("vx", -0.8)
    assert not RULE.judge(seen(*[(0.85, 0.0, 0.0)] * 3, told=forward))


def test_a_stopped_robot_is_not_judged_and_no_odometry_is_a_stop() -> None:
    """It is silent while the robot is stopped and a stop without odometry."""
    assert not RULE.judge(seen(*[(2.0, 0.0, 0.0)] * 3, told=STILL, armed=False))
    (verdict,) = RULE.judge(seen(told=STILL))
    assert verdict.missing_input == "odometry"


def test_a_robot_that_obeys_is_never_stopped_by_it() -> None:
    bench = Bench(make_gate(BENCH)).run()
    for vx in (0.8, 0.0, -0.5, 0.3, 0.0):
        bench.request = Motion(vx)
        bench.turn(1.5)
        assert bench.gate.stop is None, bench.gate.reason


@pytest.mark.parametrize(("asked", "does"), [(0.0, 1.4), (0.5, -0.8)])
def test_motion_without_or_against_a_command_stops_the_robot(asked: float, does: float) -> None:
    """Both ran until the edge of a zone stopped them."""
    bench = Bench(make_gate({name: block for name, block in BENCH.items() if name != "pose_agreement"})).run()
    bench.request, bench.obeys = Motion(asked), False
    for number in range(200):
        if bench.gate.stop is not None:
            break
        bench.odometry = Odometry(does * number * 0.005, 0.0, 0.0, does, 0.0, 0.0)
        bench.turn(0.005)
    assert bench.gate.stop is not None and ("command_following", "vx") in bench.gate.stop.causes
