"""`acceleration`: a request rises no faster than the profile; slowing down is free."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from port_safety.commands.twist import ZERO, Motion
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.acceleration import STEP_S, AccelerationRule
from port_safety.rules.context import NO_OUTPUT, LastOutput
from tests.unit.port_safety.rule_bench import MS, NOW, S, context, moment, near, seen, told

ACCELERATION = AccelerationRule(1.0, 2.0)


def after(asked: Motion, was: LastOutput, share: float = 1.0) -> Motion:
    """What passes, as the gate scales it."""
    verdicts = ACCELERATION.judge_last(context(asked, last_output=was), share, share)
    assert all(verdict.severity is Severity.LIMIT for verdict in verdicts)
    linear = min([share, *(verdict.scale for verdict in verdicts)])
    return asked.scaled(linear, min([share, *(verdict.scale_angular for verdict in verdicts)]))


def passed(motion: Motion, for_s: float) -> LastOutput:
    since_ns = NOW - round(for_s * S)
    return LastOutput(motion, since_ns, since_ns, since_ns)


def test_the_command_rises_by_the_acceleration_of_the_profile() -> None:
    assert after(Motion(1.5), passed(Motion(0.4), 0.01)).vx == pytest.approx(0.41)
    assert after(Motion(0.0, 0.0, -1.0), passed(Motion(wz=-0.2), 0.01)).wz == pytest.approx(-0.22)


def test_a_step_is_no_higher_than_the_pause_before_it_allows() -> None:
    """A step is as high as the pause before it and no higher than a tenth of a second."""
    assert after(Motion(1.5), passed(Motion(0.4), 0.05)).vx == pytest.approx(0.45)
    assert after(Motion(1.5), passed(Motion(0.4), 60.0)).vx == pytest.approx(0.4 + STEP_S)
    assert after(Motion(0.425), passed(Motion(0.4), 0.05)) == Motion(0.425)


@pytest.mark.parametrize("asked", [Motion(), Motion(0.3), Motion(0.05, 0.0, 0.01)])
def test_slowing_down_is_free(asked: Motion) -> None:
    assert after(asked, passed(Motion(1.5, 0.0, 1.0), 0.005)) == asked


def test_turning_round_begins_at_zero() -> None:
    assert after(Motion(-1.0, 0.0, -1.0), passed(Motion(1.0, 0.0, 1.0), 0.01)) == Motion(-0.01, 0.0, -0.02)
    sideways = after(Motion(0.0, 1.0), passed(Motion(1.0), 0.01))
    assert sideways.vx == 0.0 and sideways.vy == pytest.approx(0.01)


def test_the_end_of_another_rules_limit_is_no_leave_to_jump() -> None:
    """A limit of another rule is not told twice and its end is no leave to jump."""
    assert after(Motion(1.5), passed(Motion(0.5), 5.0), share=1.0 / 3.0).vx == pytest.approx(0.5)
    assert not ACCELERATION.judge_last(context(Motion(1.5), last_output=passed(Motion(0.5), 5.0)), 1.0 / 3.0, 1.0)
    assert after(Motion(1.5), passed(Motion(0.5), 0.005)).vx == pytest.approx(0.505)


def test_no_sequence_of_ticks_rises_faster_than_the_profile() -> None:
    motion, was, now_ns = Motion(), NO_OUTPUT, NOW
    for tick in range(400):
        now_ns += 2_000_000 if tick % 3 else 100_000
        moment = replace(context(Motion(1.5), last_output=was), now_ns=now_ns)
        (*limits,) = ACCELERATION.judge_last(moment, 1.0, 1.0)
        motion = Motion(1.5).scaled(min([1.0, *(verdict.scale for verdict in limits)]), 1.0)
        was = was.updated(motion, now_ns)
        assert motion.vx <= (now_ns - NOW) / S + STEP_S + 1e-9
    assert motion.vx > 0.4


@pytest.mark.parametrize("huge", [1e308, 1.7e308, 5e-324])
def test_no_number_is_too_large_or_too_small(huge: float) -> None:
    assert not after(Motion(huge, huge, huge), passed(Motion(1.0, 1.0, 1.0), 0.01)).fault


def test_a_rise_beyond_the_acceleration_is_reduced() -> None:
    """Linear and turning motion each by its own limit, along the way that it goes."""
    rule = AccelerationRule(2.0, 4.0)
    was = LastOutput(Motion(0.5, 0.0, 0.25), NOW - 50 * MS, NOW - 25 * MS, None)

    def asked(motion: Motion, share: float = 1.0) -> Sequence[Verdict]:
        return rule.judge_last(replace(moment(motion), last_output=was), share, share)

    assert not asked(Motion(0.6, 0.0, 0.35)) and not asked(Motion(1.2, 0.0, 0.7), 0.5)
    speed, turn = asked(Motion(1.2, 0.0, 0.7))
    assert told([speed, turn]) == [
        ("LIMIT", "acceleration", "speed", 1.2, near(0.6), "m/s", 0),
        ("LIMIT", "acceleration", "turn", 0.7, near(0.35), "rad/s", 0),
    ]
    assert (speed.scale, speed.scale_angular) == (near(0.5), 1.0)
    assert (turn.scale, turn.scale_angular) == (1.0, near(0.5))
    (back,) = asked(Motion(0.0, 0.0, -0.5))
    assert back.limit == near(0.1), "the other way begins at zero"
    assert asked(Motion(0.0, 1.0))[0].limit == near(0.1) and asked(Motion(-1.0))[0].limit == near(0.1)
    assert asked(Motion(0.6, 0.8))[0].limit == near(0.4)
    halved, turned = asked(Motion(2.0, 0.0, 1.5), 0.5)
    assert (halved.value, halved.scale) == (1.0, near(0.3)) and (turned.value, turned.scale_angular) == (
        0.75, near(0.35 / 1.5),
    )  # fmt: skip
    aslant = LastOutput(Motion(0.5, 0.2, -0.25), NOW, NOW, None)
    (along,) = rule.judge_last(replace(moment(Motion(1.2, 1.6)), last_output=aslant), 1.0, 1.0)
    assert along.limit == near(0.46) and along.scale == near(0.23)
    (against,) = rule.judge_last(replace(moment(Motion(0.0, 0.0, -1.0)), last_output=aslant), 1.0, 1.0)
    assert against.limit == near(0.25), "further the same way"
    assert not rule.judge_last(replace(moment(Motion(9.0, 0.0, 9.0)), last_output=aslant), 0.0, 0.0)
    early = LastOutput(Motion(), NOW + S, NOW + S, None)
    assert rule.judge_last(replace(moment(Motion(1.0)), last_output=early), 1.0, 1.0)[0].limit == 0.0


def test_a_turn_may_go_on_the_way_it_goes() -> None:
    rule = AccelerationRule(2.0, 4.0)
    for was, asked, allowed in ((2.0, 3.0, 2.0), (-2.0, -3.0, 2.0), (2.0, -3.0, 0.0), (-2.0, 3.0, 0.0)):
        context = replace(seen(request=Motion(wz=asked)), last_output=LastOutput(Motion(wz=was), NOW, NOW, None))
        (verdict,) = rule.judge_last(context, 1.0, 1.0)
        assert (verdict.limit, verdict.scale, verdict.scale_angular) == (allowed, 1.0, allowed / 3.0)
    standing = replace(seen(), last_output=LastOutput(ZERO, NOW, NOW, None))
    assert not rule.judge_last(standing, 1.0, 1.0)
