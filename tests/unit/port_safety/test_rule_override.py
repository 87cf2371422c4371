"""A person overrides one rule: slowly, visibly, for a while, and never one that must not be overridden."""

import math

import pytest

from port_safety.commands.twist import Motion
from port_safety.gate import operator_commands
from port_safety.gate.events import CommandResult, EventKind
from port_safety.gate.hold_to_run import ALIVE_NS
from port_safety.gate.operator_commands import override_rule
from port_safety.gate.recovery import REDUCED_SPEED
from port_safety.gate.rule_override import STRETCH_NS, TOTAL_NS, RuleOverrides
from port_safety.gate.state_machine import ARMED, State
from port_safety.gate.state_tracker import StateTracker
from port_safety.model.readings import Occupancy, Odometry
from port_safety.model.verdict import Severity
from port_safety.rules.context import RuleContext
from tests.gate_bench import Bench, base_twist, make_gate, state_of
from tests.unit.port_safety.running_gates import STEP_S, bench_in_run

PERSON = Occupancy(frozenset(), positions_m=((0.6, 0.0),))
BACK, ON = Motion(-0.5), Motion(0.5)


def override(bench: Bench, seconds: float, rule: str = "separation", why: str = "aligns a plate") -> CommandResult:
    answer = CommandResult(False, "never asked")
    for _ in range(max(1, round(seconds / 0.05))):
        answer = override_rule(bench.gate, rule, "anna", why, bench.now_ns, bench.now_ns)
        bench.turn(0.05)
    return answer


def test_an_override_holds_off_one_rule_slowly_and_visibly() -> None:
    bench = Bench().run()
    assert override(bench, 0.1).accepted
    bench.occupancy, bench.request = PERSON, ON
    assert override(bench, 0.5).reason == "overridden"
    assert bench.gate.state is State.REDUCED
    assert base_twist(bench.gate.output.command).vx == pytest.approx(REDUCED_SPEED.speed_mps)
    assert any(verdict.reason.startswith("anna overrides separation") for verdict in bench.gate.verdicts)
    assert bench.gate.overrides.left_ns("separation", bench.now_ns) < STRETCH_NS


def test_letting_go_ends_an_override_and_the_rule_judges_at_once() -> None:
    """Letting go ends an override within a fifth of a second and the rule judges at once."""
    bench = Bench().run()
    override(bench, 0.1)
    bench.occupancy = PERSON
    override(bench, 0.3)
    assert state_of(bench.gate) in (State.RUN, State.REDUCED)
    bench.turn(0.2)
    assert state_of(bench.gate) in (State.STOPPING, State.STOPPED)
    assert bench.gate.reason.startswith("separation: somebody is")
    events = bench.gate.take_events()
    told = [(each.kind, each.by, each.reason) for each in events if each.kind.name.startswith("OVERRIDE")]
    assert told == [
        (EventKind.OVERRIDE_BEGAN, "anna", "separation: aligns a plate"),
        (EventKind.OVERRIDE_ENDED, "anna", "separation: let go"),
    ]


@pytest.mark.parametrize(
    "rule", ["estop", "input_timeout", "lane", "bypass", "stop_response", "acceleration", "", "nothing"]
)
def test_a_rule_that_does_not_allow_it_is_never_held_off(rule: str) -> None:
    bench = Bench().run()
    answer = override(bench, 0.2, rule)
    assert not answer.accepted and "desk, pose_agreement, separation" in answer.reason
    assert not bench.gate.overrides.in_force


def test_an_override_needs_a_reason_and_a_slow_robot() -> None:
    bench = Bench().drive(0.6)
    assert override(bench, 0.05, why=" ").reason.startswith("a reason is needed")
    assert "it must be no faster" in override(bench, 0.05).reason


def test_a_stop_ends_an_override_until_it_has_been_let_go() -> None:
    bench = Bench().run()
    override(bench, 0.2)
    operator_commands.stop(bench.gate, "bert", "", False, bench.now_ns)
    assert not bench.gate.overrides.in_force
    assert override(bench, 0.5).reason == "let go first"
    bench.turn(0.3)
    assert override(bench, 0.2).accepted


def test_an_override_is_limited_at_a_stretch_and_in_all() -> None:
    """An override lasts no longer than it may at a stretch and in all."""
    bench = Bench()
    overrides, now_ns, step_ns = bench.gate.overrides, 0, 100_000_000
    held_ns = 0
    for _ in range(3 * TOTAL_NS // step_ns):
        now_ns += step_ns
        overrides.follow(now_ns)
        if overrides.refresh("separation", "anna", "x", now_ns, now_ns) == "let go first":
            now_ns += 3 * ALIVE_NS
        if "separation" in overrides.in_force:
            assert now_ns - overrides.in_force["separation"].since_ns <= STRETCH_NS
            held_ns += step_ns
    assert held_ns == pytest.approx(TOTAL_NS, rel=0.01)
    assert "that is the most" in overrides.refresh("separation", "anna", "x", now_ns, now_ns)


def test_no_stop_ends_by_itself_while_a_rule_is_held_off() -> None:
    bench = Bench().run()
    bench.occupancy = PERSON
    bench.turn(1.0)
    assert state_of(bench.gate) is State.STOPPED
    override(bench, 3.0)
    assert state_of(bench.gate) is State.RESET_READY, "nothing objects; but somebody must reset"
    bench.turn(0.3)
    assert state_of(bench.gate) is State.STOPPED


def test_the_end_of_an_override_begins_the_healthy_time_anew() -> None:
    """How long all has been well begins anew when an override ends."""
    bench = Bench().run()
    bench.occupancy = PERSON
    bench.turn(1.0)
    override(bench, 3.0)
    bench.occupancy = Occupancy(frozenset())
    bench.turn(0.9)
    assert bench.gate.state in (State.STOPPED, State.RESET_READY)
    bench.turn(0.4)
    assert bench.gate.state in ARMED


def test_a_robot_too_fast_under_an_override_is_stopped() -> None:
    bench = Bench().run()
    override(bench, 0.2)
    bench.obeys = False
    bench.odometry = Odometry(0.0, 0.0, 0.0, 0.5, 0.0, 0.0)
    bench.turn(0.01)
    assert bench.gate.state is State.STOPPING
    assert bench.gate.stop is not None and ("override", "separation") in bench.gate.stop.causes


def test_a_gate_that_failed_holds_nothing_off() -> None:
    bench = Bench().run()
    override(bench, 0.2)
    bench.gate.fail("broken", bench.now_ns)
    assert not bench.gate.overrides.in_force


def permitted(made: Bench, times: int = 3, rule: str = "separation", why: str = "aligns a plate") -> CommandResult:
    answer = CommandResult(False, "never asked")
    for _ in range(times):
        answer = override_rule(made.gate, rule, "anna", why, made.now_ns, made.now_ns)
        made.turn(STEP_S)
    return answer


def test_a_rule_is_held_off_from_the_second_press_on() -> None:
    made = bench_in_run()
    assert permitted(made, 1) == CommandResult(True, "hold on") and not made.gate.overrides.in_force
    assert permitted(made, 1) == CommandResult(True, "overridden")
    override = made.gate.overrides.in_force["separation"]
    assert (override.rule, override.by, override.why) == ("separation", "anna", "aligns a plate")
    (began,) = [each for each in made.gate.take_events() if each.kind is EventKind.OVERRIDE_BEGAN]
    assert (began.reason, began.by, began.at_ns) == ("separation: aligns a plate", "anna", override.since_ns)
    assert [each.reason for each in made.gate.verdicts] == [
        "anna overrides separation (aligns a plate); at most 0.20 m/s"
    ]
    made.turn(0.3)
    assert not made.gate.overrides.in_force
    (ended,) = [each for each in made.gate.take_events() if each.kind is EventKind.OVERRIDE_ENDED]
    assert (ended.reason, ended.by) == ("separation: let go", "anna")


def test_each_rule_has_its_time_at_a_stretch_and_in_all() -> None:
    """How long a rule may be held off counts in a stretch and in all."""
    gate = make_gate()
    overrides = gate.overrides
    assert overrides.left_ns("separation", 0) == STRETCH_NS
    used_ns, now_ns = 0, 0
    for stretch in range(TOTAL_NS // STRETCH_NS):
        for at_ns in (now_ns, now_ns + 1):
            assert overrides.refresh("separation", "anna", "why", at_ns, at_ns) == ""
        assert overrides.left_ns("separation", now_ns + 1 + STRETCH_NS // 4) == STRETCH_NS * 3 // 4
        overrides.end_all("stopped", now_ns + 1 + STRETCH_NS)
        used_ns += STRETCH_NS
        now_ns += 2 * STRETCH_NS
        assert overrides.left_ns("separation", now_ns) == min(STRETCH_NS, TOTAL_NS - used_ns), stretch
    assert overrides.refresh("separation", "anna", "why", now_ns, now_ns) == (
        "separation has been overridden for 600 s in all; that is the most"
    )
    assert overrides.left_ns("keep_out", now_ns) == STRETCH_NS, "each rule for itself"


def test_the_time_left_shrinks_while_a_rule_is_overridden() -> None:
    """What is left of ten minutes shrinks while a rule is held off."""
    overrides = make_gate().overrides
    overrides._used_ns["separation"] = TOTAL_NS - STRETCH_NS // 2
    for at_ns in (0, 1):
        assert overrides.refresh("separation", "anna", "why", at_ns, at_ns) == ""
    assert overrides.left_ns("separation", 1 + STRETCH_NS // 4) == STRETCH_NS // 4
    over_ns = 2 + STRETCH_NS // 2
    assert overrides.left_ns("separation", over_ns) == -1
    assert "that is the most" in overrides.refresh("separation", "anna", "why", over_ns, over_ns)


def test_an_override_over_its_time_says_which_time_is_over() -> None:
    """Who may hold a rule off no longer is told which time is over."""
    for used_ns, after_ns, says in (
        (0, STRETCH_NS - 1, ""),
        (0, STRETCH_NS, "separation has been overridden for 60 s at a stretch; let go first"),
        (0, STRETCH_NS + 1, "separation has been overridden for 60 s at a stretch; let go first"),
        (TOTAL_NS - STRETCH_NS - 1, STRETCH_NS, "separation has been overridden for 60 s at a stretch; let go first"),
        (TOTAL_NS - STRETCH_NS, STRETCH_NS, "separation has been overridden for 600 s in all; that is the most"),
        (TOTAL_NS - 3, 2, ""),
        (TOTAL_NS - 3, 3, "separation has been overridden for 600 s in all; that is the most"),
    ):
        overrides = make_gate().overrides
        overrides._used_ns["separation"] = used_ns
        for at_ns in (0, 1, 1 + after_ns):
            told = overrides.refresh("separation", "anna", "why", at_ns, at_ns)
        assert (told, overrides.in_force["separation"].since_ns) == (says, 1)


def test_a_rule_that_was_held_off_for_too_long_is_in_force_again() -> None:
    gate = make_gate()
    for at_ns in range(0, STRETCH_NS + ALIVE_NS, ALIVE_NS // 2):
        if gate.overrides.follow(at_ns):
            break
        assert gate.overrides.refresh("separation", "anna", "why", at_ns, at_ns) == ""
    assert not gate.overrides.in_force
    (ended,) = [each for each in gate.take_events() if each.kind is EventKind.OVERRIDE_ENDED]
    assert ended.reason == "separation: overridden for as long as it may be"
    assert ended.at_ns == STRETCH_NS + ALIVE_NS // 2, "a minute after it began with the second press"


@pytest.mark.parametrize(
    ("rule", "why", "says"),
    [
        (
            "input_timeout",
            "why",
            "'input_timeout' is no rule that may be overridden (desk, pose_agreement, separation)",
        ),
        ("separation", " ", "a reason is needed: it goes into the evidence"),
    ],
)
def test_an_override_of_no_such_rule_or_no_reason_is_refused(rule: str, why: str, says: str) -> None:
    assert permitted(bench_in_run(), 1, rule, why) == CommandResult(False, says)


def test_nothing_is_held_off_at_speed_nor_by_a_gate_that_failed() -> None:
    made = bench_in_run()
    made.obeys = False
    for vx, accepted in ((0.2, True), (0.21, False)):
        made.odometry = Odometry(0.0, 0.0, 0.0, vx, 0.0, 0.0)
        made.turn(STEP_S)
        assert override_rule(made.gate, "separation", "anna", "why", made.now_ns, made.now_ns).accepted is accepted
    answer = override_rule(made.gate, "separation", "anna", "why", made.now_ns, made.now_ns)
    assert answer.reason == "the robot goes at 0.21 m/s; it must be no faster than 0.20"
    made.gate.fail("broken", made.now_ns)
    assert not override_rule(made.gate, "separation", "anna", "why", made.now_ns, made.now_ns).accepted


def test_a_reading_that_is_no_number_stops_despite_an_override() -> None:
    """A reading that is no number stops also while its rule is held off."""
    made = bench_in_run()
    permitted(made, 3)
    made.occupancy = Occupancy(frozenset(), positions_m=((math.nan, 0.0),))
    permitted(made, 1)
    assert made.gate.stop is not None and ("override", "occupancy") in made.gate.stop.causes
    cause = made.gate.stop.causes["override", "occupancy"]
    assert cause.reason == "occupancy: a position is not a number" and cause.severity is Severity.PROTECTIVE_STOP


@pytest.mark.parametrize(("now_ns", "ends"), [(STRETCH_NS, False), (STRETCH_NS + 1, True), (STRETCH_NS + 2, True)])
def test_an_override_ends_a_nanosecond_after_its_minute(now_ns: int, ends: bool) -> None:
    """A rule is held off for a minute and not a nanosecond more."""
    gate = make_gate()
    for at_ns in (0, 1, STRETCH_NS - 2, STRETCH_NS - 1):
        assert gate.overrides.refresh("separation", "anna", "why", at_ns, at_ns) == ""
    assert gate.overrides.follow(now_ns) is ends is not bool(gate.overrides.in_force)
    told = [each.reason for each in gate.take_events() if each.kind is EventKind.OVERRIDE_ENDED]
    assert told == (["separation: overridden for as long as it may be"] if ends else [])


def test_one_rule_is_overridden_at_a_time() -> None:
    bench = Bench().run()
    overrides = bench.gate.overrides
    for at_ns in (10**9, 10**9 + ALIVE_NS // 2):
        assert overrides.refresh("separation", "anna", "why", at_ns, at_ns) == ""
    assert overrides.refresh("desk", "bob", "why", at_ns, at_ns) == "anna overrides separation; one rule at a time"
    assert set(overrides.in_force) == {"separation"}


def test_one_rule_at_a_time_whatever_they_are_called() -> None:
    overrides = RuleOverrides(StateTracker())
    for now_ns in (0, 100_000_000):
        assert overrides.refresh("lane", "anna", "why", now_ns, now_ns) == ""
    for other in ("desk", "walls"):
        assert overrides.refresh(other, "anna", "why", 150_000_000, 150_000_000) == (
            "anna overrides lane; one rule at a time"
        )
    read = "".join(["la", "ne"])
    assert overrides.refresh(read, "anna", "why", 150_000_000, 150_000_000) == "", "however it was read"


def test_a_robot_that_is_commanded_by_its_joints_is_slowed_and_not_turned() -> None:
    asked = RuleContext(0, {}, None, 0, True, request_bound_mps=0.8)
    slowed = REDUCED_SPEED.limit(asked, "lane", "anna", "anna overrides lane")
    assert slowed.scale == pytest.approx(0.25) and slowed.scale_angular == 1.0
