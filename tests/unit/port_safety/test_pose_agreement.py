"""`pose_agreement`: what the robot says of its way is held against what the cameras see."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from port_safety.gate.gate import Gate
from port_safety.model.readings import Odometry, Pose, Reading, Value
from port_safety.model.track import Track
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.context import RuleContext
from port_safety.rules.envelope import Envelope
from port_safety.rules.pose_agreement import PoseAgreementRule, steps_of
from tests.gate_bench import ROBOT
from tests.unit.port_safety.rule_bench import MS, NOW, STAMP, STILL, S, context, row, stamped_row, told

OFFSET = (30.0, -7.0, 2.0)  # of the odometry's frame in frame ground, unknown to the rule
AGREEMENT = PoseAgreementRule(2.0, 0.3, 0.35, 0.5)


def driven(
    seen: Callable[[float], tuple[float, float, float]], late_s: float = 0.15, until_s: float = 3.0
) -> tuple[list[Verdict], RuleContext]:
    """A robot that says it drives 1 m/s ahead, and a camera at 15 Hz that sees `seen` and is `late_s` late."""
    gate = Gate("t", ROBOT, Envelope({}, "hash"))
    verdicts: list[Verdict] = []
    cos, sin = math.cos(OFFSET[2]), math.sin(OFFSET[2])
    moment = context()
    for milli in range(0, round(until_s * 1000), 5):
        t, now_ns = milli / 1000, NOW + milli * 1_000_000
        if milli % 20 == 0:
            claimed = Odometry(OFFSET[0] + t * cos, OFFSET[1] + t * sin, OFFSET[2], 1.0, 0.0, 0.0)
            gate.update("odometry", claimed, now_ns, now_ns)
        if milli % 65 == 0 and t >= late_s:
            gate.update("ground_pose", Pose(*seen(t - late_s)), now_ns - round(late_s * S), now_ns)
        moment = replace(context(readings=gate.observed.readings, histories=gate.observed.histories), now_ns=now_ns)
        verdicts += AGREEMENT.judge(moment)
    return verdicts, moment


def test_agreement_needs_no_common_frame_nor_a_fast_camera() -> None:
    """Agreement needs no common frame and forgives a late camera."""
    for late_s in (0.0, 0.15, 0.4):
        assert not driven(lambda t: (t, 0.0, 0.0), late_s)[0]


def test_a_jump_is_seen_at_once_with_its_size() -> None:
    verdicts, _ = driven(lambda t: (t + (0.8 if t > 1.5 else 0.0), 0.0, 0.0))
    assert verdicts[0].severity is Severity.PROTECTIVE_STOP and not verdicts[0].self_clearing
    assert (verdicts[0].source, verdicts[0].limit, verdicts[0].unit) == ("displacement", 0.3, "m")
    assert verdicts[0].value == pytest.approx(0.8, abs=0.01)
    assert verdicts[0].stamp_ns - NOW - 1.5 * S < 0.1 * S


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("a robot that stands and says it drives", lambda t: (0.0, 0.0, 0.0)),
        ("one that slips by a fifth", lambda t: (0.8 * t, 0.0, 0.0)),
        ("one that goes another way", lambda t: (t * math.cos(0.3), t * math.sin(0.3), 0.0)),
    ],
)
def test_a_drift_beyond_the_limit_within_the_window_is_seen(
    name: str, seen: Callable[[float], tuple[float, float, float]]
) -> None:
    """A drift is seen when it is more than the limit within the window."""
    verdicts, _ = driven(seen)
    assert verdicts and verdicts[0].source == "displacement", name


def test_a_turn_that_the_robot_does_not_tell_is_seen() -> None:
    verdicts, _ = driven(lambda t: (t, 0.0, 0.3 * t))
    assert "heading" in {verdict.source for verdict in verdicts}


def test_a_small_slip_is_none_of_its_business() -> None:
    assert not driven(lambda t: (0.95 * t, 0.0, 0.0))[0]


def test_a_heading_that_wraps_round_is_no_turn() -> None:
    assert not driven(lambda t: (-t, 0.0, math.remainder(math.pi + 0.001 * math.sin(9 * t), math.tau)))[0]


def test_a_stale_pose_is_left_to_input_timeout() -> None:
    verdicts, moment = driven(lambda t: (0.0, 0.0, 0.0))
    assert verdicts and AGREEMENT.judge(moment)
    assert not AGREEMENT.judge(replace(moment, now_ns=moment.now_ns + S))


def test_a_jump_passes_out_of_the_window_so_that_it_can_be_reset() -> None:
    _, moment = driven(lambda t: (t + (0.8 if t > 0.5 else 0.0), 0.0, 0.0), until_s=4.0)
    assert not AGREEMENT.judge(moment)


def compared(ground: Pose, robot: Odometry, age_ms: int = 0) -> list[tuple[Any, ...]]:
    """Both begin at zero; one second later they say this."""
    zero: dict[str, Value] = {"ground_pose": Pose(0.0, 0.0, 0.0), "odometry": Odometry(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)}
    ends: tuple[Value, ...] = (ground, robot)
    views = [row(name, begin, end, period_ms=1000) for (name, begin), end in zip(zero.items(), ends, strict=True)]
    context = replace(
        views[0], now_ns=STAMP + age_ms * MS,
        readings={**views[0].readings, **views[1].readings}, histories={**views[0].histories, **views[1].histories},
    )  # fmt: skip
    return told(PoseAgreementRule(2.0, 0.25, 0.5, 0.5).judge(context))


def test_a_disagreement_beyond_its_limits_is_a_stop() -> None:
    still = Odometry(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    assert compared(Pose(0.25, 0.0, 0.5), still) == [] == compared(Pose(0.0, -0.25, -0.5), still)
    assert compared(Pose(0.375, 0.5, 0.0), replace(still, x=0.0, y=0.0)) == [
        ("PROTECTIVE_STOP", "pose_agreement", "displacement", 0.625, 0.25, "m", STAMP)
    ]
    assert compared(Pose(0.0, 0.0, 3.0), replace(still, yaw=-3.0)) == []
    assert compared(Pose(0.0, 0.0, -0.25), replace(still, yaw=0.5)) == [
        ("PROTECTIVE_STOP", "pose_agreement", "heading", 0.75, 0.5, "rad", STAMP)
    ]
    assert compared(Pose(9.0, 0.0, 0.0), still, 500) and not compared(Pose(9.0, 0.0, 0.0), still, 501)
    assert PoseAgreementRule(12.0, 0.1, 0.1, 0.1)
    with pytest.raises(ValueError, match="window_s"):
        PoseAgreementRule(12.5, 0.1, 0.1, 0.1)


def agreeing(ground: list[tuple[int, Pose]], robot: list[tuple[int, Odometry]], window_s: float = 2.0) -> list[float]:
    a, b = stamped_row("ground_pose", *ground), stamped_row("odometry", *robot)
    context = replace(
        a, now_ns=max(a.now_ns, b.now_ns), readings={**a.readings, **b.readings},
        histories={**a.histories, **b.histories},
    )  # fmt: skip
    return [each.value for each in PoseAgreementRule(window_s, 0.25, 0.5, 0.5).judge(context)]


def test_both_parts_of_a_step_are_compared_within_the_window() -> None:
    """Both parts of a step are compared and only within the window."""
    origin, zero = (S, Pose(0.0, 0.0, 0.0)), (S, STILL)
    ground = [origin, (2 * S, Pose(1.0, 2.0, 0.0))]
    assert agreeing(ground, [zero, (2 * S, replace(STILL, x=1.0, y=2.25))]) == []
    assert agreeing(ground, [zero, (2 * S, replace(STILL, x=1.0, y=1.625))]) == [0.375]
    assert agreeing(ground, [zero, (2 * S, replace(STILL, x=0.5, y=2.0))]) == [0.5]
    jumped = [zero, (2 * S, replace(STILL, x=9.0))]
    assert agreeing(ground, jumped) and not agreeing(ground, jumped, window_s=0.5)
    assert not agreeing([*ground, (5 * S // 2, Pose(1.0, 2.0, 0.0))], [zero, (5 * S, STILL)]), "one of both is old"
    assert not agreeing([*ground, (5 * S, Pose(1.0, 2.0, 0.0))], jumped)
    one = stamped_row("ground_pose", origin)
    both = {**one.readings, "odometry": Reading(STILL, S, S)}
    assert not PoseAgreementRule(2.0, 0.25, 0.5, 0.5).judge(replace(one, readings=both))


def track(*stamps_s: float) -> Track:
    made = Track()
    for at_s in stamps_s:
        made.add(at_s, 0.0, 0.0, round(at_s * S))
    return made


def test_a_step_lies_between_two_stamps_that_both_have() -> None:
    way = steps_of(track(1.0, 2.0, 3.0, 4.0), track(0.5, 1.5, 2.5, 3.5), 2 * S)
    assert way is not None and way[2] == 3 * S and way[0] == way[1] == (2.0, 0.0, 0.0)
    assert steps_of(track(), track(1.0, 2.0), 2 * S) is None is steps_of(track(1.0, 2.0), track(), 2 * S)
    assert steps_of(track(1.0), track(0.5, 1.5), 2 * S) is None, "one stamp is no step"
    assert steps_of(track(1.0, 2.0), track(3.0, 4.0), 2 * S) is None is steps_of(track(3.0, 4.0), track(1.0, 2.0), S)
