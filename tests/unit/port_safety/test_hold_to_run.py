"""What people hold: the way out of a zone, and single rules. One promise a test."""

import math

import pytest

from port_safety.commands.twist import ZERO, Motion
from port_safety.gate import operator_commands
from port_safety.gate.events import CommandResult, EventKind
from port_safety.gate.hold_to_run import ALIVE_NS, HoldToRun
from port_safety.gate.operator_commands import override_rule, recover
from port_safety.gate.recovery import REDUCED_SPEED
from port_safety.gate.rule_override import STRETCH_NS, TOTAL_NS
from port_safety.gate.state_machine import ARMED, State
from port_safety.model.readings import Occupancy, Odometry, Pose
from tests.gate_bench import PRESSED, RELEASED, Bench

OVER_THE_EDGE = Pose(10.8, 0.0, 0.0)
BACK, ON = Motion(-0.5), Motion(0.5)


def hold(bench: Bench, motion: Motion, seconds: float, by: str = "anna", every_s: float = 0.05) -> CommandResult:
    """Assert the way out again and again."""
    answer = CommandResult(False, "never asked")
    for _ in range(round(seconds / every_s)):
        gate = bench.gate
        answer = recover(gate, gate.tracker.event_id, by, motion, bench.now_ns, bench.now_ns)
        bench.turn(every_s)
    return answer


def override(bench: Bench, seconds: float, rule: str = "separation", why: str = "aligns a plate") -> CommandResult:
    answer = CommandResult(False, "never asked")
    for _ in range(max(1, round(seconds / 0.05))):
        answer = override_rule(bench.gate, rule, "anna", why, bench.now_ns, bench.now_ns)
        bench.turn(0.05)
    return answer


def stopped(pose: Pose = OVER_THE_EDGE) -> Bench:
    """A robot that ran, was found at `pose`, and stands there."""
    bench = Bench().run()
    bench.pose = pose
    bench.turn(1.0)
    assert bench.gate.state is State.STOPPED, bench.gate.reason
    return bench


def test_a_hand_counts_from_its_second_assertion_and_is_gone_within_a_fifth_of_a_second() -> None:
    hand = HoldToRun()
    assert hand.refresh("anna", 0, 0) == "" and not hand.is_active(0)
    assert hand.refresh("anna", 100_000_000, 100_000_000) == "" and hand.is_active(100_000_000)
    assert not hand.is_active(100_000_000 + ALIVE_NS)


def test_ten_hertz_holds_and_five_do_not() -> None:
    for period_ns, expected in ((100_000_000, True), (190_000_000, False)):
        hand = HoldToRun()
        for index in range(10):
            hand.refresh("anna", index * period_ns, index * period_ns)
        assert hand.is_active(9 * period_ns + 50_000_000) is expected


@pytest.mark.parametrize(("stamp_ns", "why"), [(-300_000_000, "too long"), (500_000_000, "in the future")])
def test_an_assertion_that_is_old_or_from_the_future_counts_for_nothing(stamp_ns: int, why: str) -> None:
    hand = HoldToRun()
    assert hand.refresh("anna", 0, 0) == ""
    assert why in hand.refresh("anna", stamp_ns, 10_000_000)
    assert not hand.is_active(10_000_000)


def test_assertions_out_of_order_or_told_twice_count_for_nothing() -> None:
    hand = HoldToRun()
    hand.refresh("anna", 50_000_000, 50_000_000)
    assert hand.refresh("anna", 50_000_000, 60_000_000) == "asserted out of order"
    assert hand.refresh("anna", 40_000_000, 70_000_000) == "asserted out of order"
    assert not hand.is_active(70_000_000)


def test_a_hand_has_a_name_and_nobody_takes_it_over() -> None:
    hand = HoldToRun()
    assert hand.refresh(" ", 0, 0) == "a person's name is needed"
    hand.refresh("anna", 0, 0)
    assert hand.refresh("bert", 50_000_000, 50_000_000) == "anna holds it"
    assert hand.refresh("bert", 300_000_000, 300_000_000) == ""


def test_what_the_gate_has_ended_begins_again_only_after_letting_go() -> None:
    hand = HoldToRun()
    for at_ns in (0, 100_000_000):
        hand.refresh("anna", at_ns, at_ns)
    hand.revoke()
    for at_ns in range(200_000_000, 900_000_000, 100_000_000):
        assert hand.refresh("anna", at_ns, at_ns) == "let go first" and not hand.is_active(at_ns)
    for at_ns in (1_200_000_000, 1_300_000_000):
        assert hand.refresh("anna", at_ns, at_ns) == ""
    assert hand.is_active(1_300_000_000)


def test_a_robot_over_the_edge_is_led_back_slowly_and_then_a_person_may_reset() -> None:
    bench = stopped()
    assert "port safety recover" in bench.gate.remedy(bench.now_ns)
    assert hold(bench, BACK, 0.5).accepted
    assert bench.gate.state is State.RECOVER
    assert bench.gate.reason == "anna leads the robot out of zone lane"
    assert bench.gate.output.command.vx == pytest.approx(-REDUCED_SPEED.speed_mps) and bench.gate.output.enable
    hold(bench, BACK, 3.0)
    assert bench.gate.state is State.STOPPED or bench.gate.state is State.RESET_READY
    assert bench.pose is not None and bench.pose.x < 10.6
    bench.turn(1.0)
    assert bench.gate.state is State.RESET_READY
    assert bench.gate.output.command == ZERO and not bench.gate.output.enable


def test_a_robot_that_is_led_out_need_not_stay_as_it_was_cut() -> None:
    """One with legs could not get up, and so not leave."""
    bench = stopped()
    assert bench.gate.stage == "cut"
    hold(bench, BACK, 0.5)
    assert bench.gate.state is State.RECOVER and bench.gate.stage == "" and bench.gate.output.enable
    bench.turn(0.3)
    assert bench.gate.state is not State.RECOVER and bench.gate.stage != ""


def test_further_in_nothing_moves_and_turning_is_free() -> None:
    bench = stopped()
    hold(bench, Motion(0.5, 0.0, 1.0), 0.5)
    assert bench.gate.state is State.RECOVER
    assert bench.gate.output.command.vx == 0.0
    assert bench.gate.output.command.wz == pytest.approx(REDUCED_SPEED.turn_radps)
    assert any("leads further into zone lane" in verdict.reason for verdict in bench.gate.verdicts)


def test_it_ends_within_a_fifth_of_a_second_of_the_last_assertion() -> None:
    bench = stopped()
    hold(bench, BACK, 0.5)
    bench.turn(0.2)
    assert bench.gate.state in (State.STOPPING, State.STOPPED)
    bench.turn(0.5)
    assert bench.gate.output.command == ZERO
    assert bench.gate.state is State.STOPPED
    ends = [each for each in bench.gate.take_events() if each.kind is EventKind.RECOVER_ENDED]
    assert [(each.by, each.reason) for each in ends] == [("anna", "let go")]


def test_leading_out_tells_what_the_stop_cost_only_once() -> None:
    bench = stopped()
    hold(bench, BACK, 4.0)
    bench.turn(1.0)
    assert bench.kinds().count(EventKind.STANDSTILL) == 1


def test_neither_way_leads_to_run_and_what_the_stack_asked_meanwhile_never_passes() -> None:
    bench = stopped()
    bench.request = ON
    hold(bench, BACK, 4.0)
    bench.turn(1.0)
    assert bench.gate.state is State.STOPPED
    assert "must request zero" in bench.gate.remedy(bench.now_ns)


@pytest.mark.parametrize(
    ("field", "value"),
    [("estop", PRESSED), ("odometry", None), ("occupancy", Occupancy(frozenset(), False, "covered"))],
)
def test_any_other_objection_ends_the_way_out_and_joins_the_stop(field: str, value: object) -> None:
    bench = stopped()
    hold(bench, BACK, 0.4)
    assert bench.gate.state is State.RECOVER and bench.gate.stop is not None
    causes = len(bench.gate.stop.causes)
    setattr(bench, field, value)
    bench.obeys = False
    hold(bench, BACK, 0.5)
    assert bench.gate.state in (State.STOPPING, State.STOPPED)
    assert len(bench.gate.stop.causes) > causes
    assert not hold(bench, BACK, 0.2).accepted


def test_nothing_is_led_out_of_an_emergency_even_when_the_button_is_released() -> None:
    bench = stopped()
    bench.estop = PRESSED
    bench.turn(0.1)
    bench.estop = RELEASED
    bench.turn(0.5)
    answer = hold(bench, BACK, 0.3)
    assert not answer.accepted and bench.gate.state is State.STOPPED
    first = recover(bench.gate, bench.gate.tracker.event_id, "bert", BACK, bench.now_ns, bench.now_ns + ALIVE_NS)
    assert not first.accepted
    assert "port safety recover" not in bench.gate.remedy(bench.now_ns)


def test_a_robot_over_no_edge_is_not_led_anywhere() -> None:
    bench = Bench().run()
    operator_commands.stop(bench.gate, "anna", "", False, bench.now_ns)
    bench.turn(0.5)
    bench.request = Motion(0.2)
    bench.turn(0.1)
    gate = bench.gate
    assert recover(gate, gate.tracker.event_id, "anna", BACK, bench.now_ns, bench.now_ns) == CommandResult(
        False, "the robot is over no zone's edge: reset instead"
    )


def test_the_way_out_names_its_stop() -> None:
    bench = stopped()
    assert "not other" in recover(bench.gate, "other", "anna", BACK, bench.now_ns, bench.now_ns).reason
    running = Bench().run()
    assert recover(running.gate, "", "anna", BACK, 0, 0).reason != ""
    assert running.gate.state is State.RUN


def test_a_motion_that_is_no_number_ends_the_way_out_by_name() -> None:
    bench = stopped()
    hold(bench, BACK, 0.4)
    gate = bench.gate
    answer = recover(gate, gate.tracker.event_id, "anna", Motion(math.nan), bench.now_ns, bench.now_ns)
    assert not answer.accepted and gate.state is State.STOPPING
    assert gate.stop is not None and ("command", "recover") in gate.stop.causes


def test_a_robot_that_goes_the_wrong_way_is_stopped() -> None:
    bench = stopped()
    bench.obeys = False
    hold(bench, BACK, 0.3)
    assert bench.gate.state is State.RECOVER
    bench.pose = Pose(OVER_THE_EDGE.x + 0.15, 0.0, 0.0)
    bench.odometry = Odometry(0.15, 0.0, 0.0, 0.1, 0.0, 0.0)
    bench.turn(0.01)
    assert bench.gate.state is State.STOPPING
    assert any(rule == "recover" for rule, _ in bench.gate.stop.causes)  # type: ignore[union-attr]


def test_a_robot_that_is_faster_than_it_may_be_led_is_stopped() -> None:
    bench = stopped()
    bench.obeys = False
    hold(bench, BACK, 0.3)
    bench.odometry = Odometry(0.0, 0.0, 0.0, -0.5, 0.0, 0.0)
    bench.turn(0.01)
    assert bench.gate.state is State.STOPPING


def test_out_of_a_zone_that_is_kept_out_of_by_the_nearest_edge() -> None:
    bench = stopped(Pose(5.0, 0.7, 0.0))
    hold(bench, Motion(0.0, -0.2), 0.5)
    assert bench.gate.state is State.RECOVER and bench.gate.output.command.vy < 0.0
    hold(bench, Motion(0.0, 0.2), 0.1)
    assert bench.gate.output.command.vy == 0.0


PERSON = Occupancy(frozenset(), positions_m=((0.6, 0.0),))


def test_an_override_holds_off_one_rule_slowly_and_visibly() -> None:
    bench = Bench().run()
    assert override(bench, 0.1).accepted
    bench.occupancy, bench.request = PERSON, ON
    assert override(bench, 0.5).reason == "overridden"
    assert bench.gate.state is State.REDUCED
    assert bench.gate.output.command.vx == pytest.approx(REDUCED_SPEED.speed_mps)
    assert any(verdict.reason.startswith("anna overrides separation") for verdict in bench.gate.verdicts)
    assert bench.gate.overrides.left_ns("separation", bench.now_ns) < STRETCH_NS


def test_letting_go_ends_an_override_within_a_fifth_of_a_second_and_the_rule_judges_at_once() -> None:
    bench = Bench().run()
    override(bench, 0.1)
    bench.occupancy = PERSON
    override(bench, 0.3)
    assert bench.gate.state in (State.RUN, State.REDUCED)
    bench.turn(0.2)
    assert bench.gate.state in (State.STOPPING, State.STOPPED)
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


def test_an_override_lasts_no_longer_than_it_may_at_a_stretch_and_in_all() -> None:
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
    assert bench.gate.state is State.STOPPED
    override(bench, 3.0)
    assert bench.gate.state is State.RESET_READY, "nothing objects; but somebody must reset"
    bench.turn(0.3)
    assert bench.gate.state is State.STOPPED


def test_how_long_all_has_been_well_begins_anew_when_an_override_ends() -> None:
    bench = Bench().run()
    bench.occupancy = PERSON
    bench.turn(1.0)
    override(bench, 3.0)
    bench.occupancy = Occupancy(frozenset())
    bench.turn(0.9)
    assert bench.gate.state in (State.STOPPED, State.RESET_READY)
    bench.turn(0.4)
    assert bench.gate.state in ARMED


def test_a_permitted_robot_that_is_too_fast_is_stopped() -> None:
    bench = Bench().run()
    override(bench, 0.2)
    bench.obeys = False
    bench.odometry = Odometry(0.0, 0.0, 0.0, 0.5, 0.0, 0.0)
    bench.turn(0.01)
    assert bench.gate.state is State.STOPPING
    assert ("override", "separation") in bench.gate.stop.causes  # type: ignore[union-attr]


def test_what_is_no_number_stops_although_the_only_rule_that_looks_at_it_is_held_off() -> None:
    bench = Bench().run()
    override(bench, 0.2)
    bench.occupancy = Occupancy(frozenset(), positions_m=((math.nan, 0.0),))
    bench.turn(0.01)
    assert bench.gate.state in (State.STOPPING, State.STOPPED)
    assert bench.gate.reason.startswith("occupancy: a position is not a number")


def test_a_gate_that_failed_holds_nothing_off() -> None:
    bench = Bench().run()
    override(bench, 0.2)
    bench.gate.fail("broken", bench.now_ns)
    assert not bench.gate.overrides.in_force


def test_an_assertion_counts_until_it_is_a_fifth_of_a_second_old_and_not_longer() -> None:
    for age_ns, counts in ((0, True), (ALIVE_NS, True), (ALIVE_NS + 1, False)):
        assert (HoldToRun().refresh("anna", 0, age_ns) == "") is counts
    for ahead_ns, counts in ((100_000_000, True), (100_000_001, False)):
        assert (HoldToRun().refresh("anna", ahead_ns, 0) == "") is counts


def test_a_hand_holds_for_as_long_as_the_one_before_the_last_assertion_is_young() -> None:
    hand = HoldToRun()
    for at_ns in (0, 50_000_000):
        hand.refresh("anna", at_ns, at_ns)
    assert hand.is_active(ALIVE_NS) and not hand.is_active(ALIVE_NS + 1)


def test_a_hand_stays_somebodys_until_it_has_not_been_asserted_for_a_fifth_of_a_second() -> None:
    for later_ns, taken in ((ALIVE_NS, False), (ALIVE_NS + 1, True)):
        hand = HoldToRun()
        hand.refresh("anna", 0, 0)
        assert (hand.refresh("bert", later_ns, later_ns) == "") is taken


def test_how_old_or_how_early_an_assertion_was_is_told() -> None:
    assert HoldToRun().refresh("anna", 0, 250_000_000) == "asserted 0.25 s ago, too long"
    assert HoldToRun().refresh("anna", 250_000_000, 0) == "stamped 0.25 s in the future"


def test_the_figures_of_a_hand_are_those_of_the_documents() -> None:
    assert ALIVE_NS == 200_000_000
    assert (REDUCED_SPEED.speed_mps, REDUCED_SPEED.turn_radps) == (0.2, 0.3)
    assert (STRETCH_NS, TOTAL_NS) == (60 * 10**9, 600 * 10**9)
