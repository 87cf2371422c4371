"""A stop from its first cause to its reset, moment by moment; the clock goes in steps of 50 ms."""

import math
from dataclasses import replace

import pytest

from port_safety.commands.twist import ZERO, Motion
from port_safety.gate import operator_commands
from port_safety.gate.active_limits import HOLD_NS
from port_safety.gate.events import CommandResult, EventKind
from port_safety.gate.hold_to_run import ALIVE_NS
from port_safety.gate.operator_commands import override_rule, recover
from port_safety.gate.recovery import FREE_M, REDUCED_SPEED, SLIP_M, Recovery, leads_in
from port_safety.gate.requests import SILENT_NS, Requests
from port_safety.gate.rule_override import STRETCH_NS, TOTAL_NS
from port_safety.gate.state_machine import State
from port_safety.gate.stop import CLEAR_AFTER_NS
from port_safety.model.readings import Alive, Occupancy, Odometry, Pose, Reading
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.context import RuleContext
from tests.gate_bench import PRESSED, RELEASED, RESET_HELD, Bench, make_gate

STEP_S = 0.05
STEP_NS = 50_000_000
MS = 1_000_000
OVER_THE_EDGE = Pose(10.8, 0.0, 0.0)
IN_THE_CROSSING = Pose(5.0, 0.0, 0.0)


def bench() -> Bench:
    """A gate in RUN of which nothing is asked."""
    made = Bench(tick_ns=STEP_NS).run()
    made.kinds()
    return made


def stopped(reason: str = "why") -> Bench:
    made = bench()
    operator_commands.stop(made.gate, "anna", reason, False, made.now_ns)
    made.turn(STEP_S)
    assert made.gate.state is State.STOPPED
    return made


def reset_blocker(made: Bench) -> str:
    return made.gate.reset_blocker(made.now_ns)


# --- what a reset lacks -----------------------------------------------------------------------------------------------


def test_what_a_reset_lacks_is_told_one_after_the_other() -> None:
    made = bench()
    assert reset_blocker(made) == ""
    operator_commands.stop(made.gate, "anna", "why", False, made.now_ns)
    assert (made.gate.state, reset_blocker(made)) == (State.STOPPING, "the stop is still being carried out")
    told = []
    for _ in range(11):
        made.turn(STEP_S)
        told.append((made.gate.state.name, reset_blocker(made)))
    waits = "every cause must be gone for 0.5 s, it is {:.1f} s"
    assert told == [*(("STOPPED", waits.format(tick * STEP_NS / 1e9)) for tick in range(10)), ("RESET_READY", "")]
    made.request = Motion(0.4)
    made.turn(STEP_S)
    still = "the robot's stack still requests 0.40 m/s; it must request zero"
    assert (made.gate.state, reset_blocker(made)) == (State.STOPPED, still)
    made.request = None
    for _ in range(10):
        made.turn(STEP_S)
        assert (made.gate.state, reset_blocker(made)) == (State.STOPPED, still)
    made.turn(STEP_S)
    assert (made.gate.state, reset_blocker(made)) == (State.RESET_READY, ""), "a stack that is silent asks for nothing"


def test_a_stack_that_never_said_anything_asks_for_nothing() -> None:
    asked = Requests(ZERO)
    assert asked.last_heard_ns is None and not asked.still_asks(0)
    asked.take(Motion(1.0), 0, None, False)
    assert asked.still_asks(SILENT_NS) == "1.00 m/s" and not asked.still_asks(SILENT_NS + 1)


def test_a_robot_that_moves_cannot_be_reset() -> None:
    made = stopped()
    made.turn(0.6)
    made.obeys = False
    made.odometry = Odometry(0.0, 0.0, 0.0, 0.03, 0.0, 0.0)
    made.turn(STEP_S)
    assert (made.gate.state, reset_blocker(made)) == (State.STOPPED, "the robot is not measured to stand")
    assert not operator_commands.reset(made.gate, "bench-1", "anna", made.now_ns).accepted


def test_what_objects_is_told_first() -> None:
    made = stopped()
    made.turn(0.6)
    made.estop = PRESSED
    made.turn(STEP_S)
    assert (made.gate.state, reset_blocker(made)) == (State.STOPPED, "estop station_1: pressed")


# --- how a stop begins, what joins it, what it cost -------------------------------------------------------------------


def test_a_stop_tells_its_causes_worst_first_and_what_it_cost() -> None:
    made = bench()
    made.request = Motion(0.5)
    made.turn(0.5)
    made.kinds()
    made.pose = OVER_THE_EDGE
    made.estop = PRESSED
    began_ns = made.now_ns + STEP_NS
    made.turn(STEP_S)
    assert made.gate.stop is not None and made.gate.stop.received_ns == began_ns
    assert [source for _, source in made.gate.stop.causes][:2] == ["estop station_1", "zone lane"]
    (stop,) = [each for each in made.gate.take_events() if each.kind is EventKind.STOP]
    assert (stop.before, stop.reason, stop.event_id) == (State.RUN, "estop station_1: pressed", "bench-1")
    assert [cause.severity for cause in stop.causes][:2] == [Severity.EMERGENCY_STOP, Severity.PROTECTIVE_STOP]
    made.turn(0.5)
    (told,) = [each for each in made.gate.take_events() if each.kind is EventKind.STANDSTILL]
    assert told.cost.duration_s == pytest.approx((told.at_ns - began_ns) / 1e9) and 0.2 <= told.cost.duration_s <= 0.4
    assert told.cost.latency_ms == 0.0 and told.cost.distance_m == pytest.approx(0.0) == told.cost.travel_after_zero_m
    assert told.before is State.STOPPING and told.causes == stop.causes


def test_a_stop_that_is_braked_tells_its_way() -> None:
    made = bench()
    made.request = Motion(0.5)
    made.turn(0.5)
    path_m = made.gate.observed.meter.path_m
    operator_commands.stop(made.gate, "anna", "", False, made.now_ns)
    made.turn(1.0)
    (told,) = [each for each in made.gate.take_events() if each.kind is EventKind.STANDSTILL]
    assert path_m > 0.05 and told.cost.distance_m == pytest.approx(made.gate.observed.meter.path_m - path_m)
    assert 0.05 < told.cost.distance_m < 0.2 and 0.0 <= told.cost.travel_after_zero_m < 0.05
    assert made.gate.stop is not None and made.gate.stop.stood
    assert [name for name, _ in made.gate.stop.stages] == ["ramp", "standing"]


def test_what_joins_a_stop_raises_the_epoch_and_is_told_worst_first() -> None:
    made = stopped()
    epoch = made.gate.tracker.epoch
    made.kinds()
    made.plate = Alive("amplifier off")
    made.estop = PRESSED
    made.turn(STEP_S)
    (added,) = [each for each in made.gate.take_events() if each.kind is EventKind.CAUSE_ADDED]
    assert added.reason == "estop station_1: pressed" and made.gate.tracker.epoch == epoch + 1
    assert [cause.source for cause in added.causes] == ["estop station_1", "force_plate left"]
    assert (added.before, added.after) == (State.STOPPED, State.STOPPED)


@pytest.mark.parametrize(("stamped_ns", "arrived"), [(0, True), (30 * MS, True)])
def test_a_stop_knows_when_the_reading_that_caused_it_arrived(stamped_ns: int, arrived: bool) -> None:
    made = bench()
    made.stamped_late_ns = {"estop station_1": stamped_ns}
    made.estop = PRESSED
    made.turn(STEP_S)
    assert made.gate.stop is not None and (made.gate.stop.received_ns == made.now_ns) is arrived
    assert made.gate.stop.latency_ms == stamped_ns / 1e6


def test_silence_arrives_never() -> None:
    made = bench()
    received_ns = made.gate.observed.received_ns
    made.estop = None
    made.turn(0.25)
    assert made.gate.stop is not None and made.gate.stop.received_ns is not None
    assert received_ns(Verdict(Severity.EMERGENCY_STOP, "r", "s", "w", stamp_ns=3), 5) is None
    assert received_ns(Verdict(Severity.EMERGENCY_STOP, "r", "s", "w", stamp_ns=7), 5) is None
    assert received_ns(Verdict(Severity.EMERGENCY_STOP, "r", "s", "w", stamp_ns=int("500")), 500)


# --- a stop that ends by itself ---------------------------------------------------------------------------------------


def test_a_stop_for_somebody_in_the_zone_ends_a_second_after_they_left() -> None:
    made = Bench(tick_ns=STEP_NS, pose=IN_THE_CROSSING).run()
    made.occupancy = Occupancy(frozenset({"crossing"}))
    made.turn(0.5)
    assert made.gate.state is State.STOPPED and made.gate.stop is not None and made.gate.stop.self_clearing
    made.occupancy = Occupancy(frozenset())
    for _ in range(CLEAR_AFTER_NS // STEP_NS):
        made.turn(STEP_S)
        assert made.gate.state is State.STOPPED
    made.request = Motion(0.4)
    made.turn(STEP_S)
    assert made.gate.state in (State.RUN, State.REDUCED) and made.gate.stop is None
    assert made.gate.output.command == ZERO, "shut until the stack asks for nothing once"
    told = [each for each in made.gate.take_events() if each.kind is EventKind.STATE_CHANGED]
    assert "the cause is gone; this stop ends by itself" in [each.reason for each in told if each.after is State.RUN]


def test_a_stop_never_ends_by_itself_under_a_robot_that_moves() -> None:
    made = Bench(tick_ns=STEP_NS, pose=IN_THE_CROSSING).run()
    made.occupancy = Occupancy(frozenset({"crossing"}))
    made.turn(0.5)
    made.occupancy, made.obeys = Occupancy(frozenset()), False
    made.odometry = Odometry(0.0, 0.0, 0.0, 0.03, 0.0, 0.0)
    made.turn(1.5)
    assert made.gate.state is State.STOPPED


# --- limits -----------------------------------------------------------------------------------------------------------


def test_a_limit_is_told_when_it_begins_and_when_it_has_ended() -> None:
    gate = make_gate()
    limit = Verdict(Severity.LIMIT, "speed", "zone lane", "too fast", scale=0.5)
    limits = gate.limits
    assert not limits
    limits.note([limit], 100)
    (began,) = gate.take_events()
    assert limits and (began.kind, began.at_ns, began.causes) == (EventKind.LIMIT_BEGAN, 100, (limit,))
    limits.note([limit], 200)
    assert not gate.take_events()
    limits.note([], 200 + HOLD_NS - 1)
    assert limits and not gate.take_events()
    limits.note([], 200 + HOLD_NS)
    assert not limits
    (ended,) = gate.take_events()
    assert (ended.kind, ended.reason) == (EventKind.LIMIT_ENDED, "speed: zone lane no longer limits")
    limits.note([limit], 300)
    limits.note([limit], 300 + 2 * HOLD_NS)
    assert limits and [each.kind for each in gate.take_events()] == [EventKind.LIMIT_BEGAN], "one that lasts lasts"
    limits.end(300 + 2 * HOLD_NS)
    assert not limits and [each.kind for each in gate.take_events()] == [EventKind.LIMIT_ENDED]
    limits.note([limit], 400)
    limits.note([], 401 + HOLD_NS)
    assert not limits


# --- the way out ------------------------------------------------------------------------------------------------------


def led(made: Bench, motion: Motion, times: int = 3, by: str = "anna") -> CommandResult:
    answer = CommandResult(False, "never asked")
    for _ in range(times):
        answer = recover(made.gate, made.gate.tracker.event_id, by, motion, made.now_ns, made.now_ns)
        made.turn(STEP_S)
    return answer


def over_the_edge() -> Bench:
    made = bench()
    made.pose = OVER_THE_EDGE
    made.turn(0.5)
    assert made.gate.state is State.STOPPED
    made.kinds()
    return made


def test_the_way_out_moment_by_moment() -> None:
    made = over_the_edge()
    assert led(made, Motion(-0.5), 1) == CommandResult(True, "hold on")
    assert made.gate.state is State.STOPPED
    assert led(made, Motion(-0.5), 1) == CommandResult(True, "hold on"), "it counts from now on"
    assert made.gate.state is State.RECOVER and made.gate.output.command == ZERO
    assert led(made, Motion(-0.5), 1) == CommandResult(True, "anna leads the robot out of zone lane")
    assert made.gate.output.command.twist.vx == pytest.approx(-0.2) and made.gate.output.enable
    (began,) = [each for each in made.gate.take_events() if each.kind is EventKind.RECOVER_BEGAN]
    assert (began.reason, began.by) == ("anna leads the robot out of zone lane", "anna")
    epoch = made.gate.tracker.epoch
    for _ in range(40):
        if made.gate.state is State.RECOVER:
            led(made, Motion(-0.5), 1)
    told = made.gate.take_events()
    (ended,) = [each for each in told if each.kind is EventKind.RECOVER_ENDED]
    assert (ended.reason, ended.by) == ("the robot is out", "anna") and made.gate.tracker.epoch == epoch + 1
    made.turn(0.5)
    assert made.pose is not None and FREE_M <= 10.6 - made.pose.x < 0.1
    assert made.gate.stop is not None and made.gate.stop.braking.start.at_ns == ended.at_ns


def test_a_robot_that_is_led_cannot_be_reset() -> None:
    made = bench()
    made.pose = Pose(10.65, 0.0, 0.0)
    made.turn(0.5)
    led(made, ZERO, 4)
    assert (made.gate.state, reset_blocker(made)) == (State.RECOVER, "lane: the robot is 0.05 m over the edge")
    made.gate.update("ground_pose", Pose(10.59, 0.0, 0.0), made.now_ns, made.now_ns)
    assert reset_blocker(made) == "the robot is being led out"


def test_a_hand_that_lets_go_ends_the_way_out_in_time() -> None:
    made = over_the_edge()
    led(made, Motion(-0.5), 4)
    assert made.gate.state is State.RECOVER
    began_ns = made.now_ns
    while made.gate.state is State.RECOVER:
        made.turn(STEP_S)
    assert made.now_ns - began_ns <= ALIVE_NS
    assert [each.reason for each in made.gate.take_events() if each.kind is EventKind.RECOVER_ENDED] == ["let go"]


def test_the_worst_of_what_ends_the_way_out_is_told() -> None:
    made = over_the_edge()
    led(made, Motion(-0.5), 4)
    made.plate, made.estop = Alive("amplifier off"), PRESSED
    led(made, Motion(-0.5), 1)
    told = made.gate.take_events()
    assert [each.reason for each in told if each.kind is EventKind.RECOVER_ENDED] == ["estop station_1: pressed"]
    (added,) = [each for each in told if each.kind is EventKind.CAUSE_ADDED]
    assert [cause.source for cause in added.causes] == ["estop station_1", "force_plate left"]


@pytest.mark.parametrize(
    ("event_id", "says"),
    [
        ("", "the stop in force is bench-1, not unnamed"),
        ("bench-0", "the stop in force is bench-1, not bench-0"),
        ("z", "the stop in force is bench-1, not z"),
    ],
)
def test_the_way_out_and_the_reset_name_the_stop_in_force(event_id: str, says: str) -> None:
    made = over_the_edge()
    now = made.now_ns
    assert recover(made.gate, event_id, "anna", Motion(), now, now) == CommandResult(False, says)
    assert operator_commands.reset(made.gate, event_id, "anna", now) == CommandResult(False, says)
    free = bench()
    assert recover(free.gate, "", "anna", Motion(), 0, 0).reason != ""
    assert operator_commands.reset(free.gate, event_id, "anna", free.now_ns) == CommandResult(
        False, "no stop is in force"
    )


def at(pose: Pose, request: Motion = ZERO, measured_mps: float = 0.0) -> RuleContext:
    readings = {"ground_pose": Reading(pose, 70, 80), "odometry": Reading(Odometry(0, 0, 0, 0, 0, 0), 60, 60)}
    return RuleContext(100, readings, request, 100, True, measured_mps=measured_mps)


def test_an_edge_is_left_behind_when_the_robot_is_clear_of_it_and_not_before() -> None:
    edges = make_gate().envelope.boundaries
    lane = ("keep_in", "zone lane")
    recovery = Recovery()
    recovery.begin({lane: edges[lane]})
    recovery.look(at(Pose(10.6 - FREE_M + 1e-6, 0.0, 0.0)))
    assert recovery.edges and recovery.zones() == "zone lane"
    recovery.look(at(Pose(10.6 - FREE_M - 1e-6, 0.0, 0.0)))
    assert not recovery.edges and recovery.zones() == "the zone"


def test_a_robot_that_slips_further_in_than_it_had_come_is_stopped() -> None:
    edges = make_gate().envelope.boundaries
    lane = ("keep_in", "zone lane")
    recovery = Recovery()
    recovery.begin({lane: edges[lane]})
    assert [each.source for each in recovery.verdicts(at(Pose(12.0, 0.0, 0.0)))] == ["pace"], "nothing to slip from"
    for x in (11.0, 10.8, 10.85):
        recovery.look(at(Pose(x, 0.0, 0.0)))
    assert [each.source for each in recovery.verdicts(at(Pose(10.8 + SLIP_M - 1e-6, 0.0, 0.0)))] == ["pace"]
    _, slip = recovery.verdicts(at(Pose(10.8 + SLIP_M + 1e-6, 0.0, 0.0)))
    assert (slip.severity, slip.source, slip.stamp_ns) == (Severity.PROTECTIVE_STOP, "zone lane", 70)
    assert slip.reason == "recover: the robot goes 0.10 m further in"
    (blind,) = recovery.verdicts(RuleContext(100, {}, ZERO, 100, True))
    assert (blind.reason, blind.stamp_ns) == ("recover: nobody sees where the robot is", 0)
    recovery.end()
    assert not recovery.edges and recovery.motion == ZERO and not recovery.hold.is_active(100)


def test_further_in_means_towards_the_edge_as_seen_in_the_ground() -> None:
    edge = make_gate().envelope.boundaries["keep_in", "zone lane"]
    pose = Pose(10.8, 0.0, math.pi / 2)
    assert leads_in(edge, pose, Motion(0.0, -0.5)) and not leads_in(edge, pose, Motion(0.0, 0.5))
    assert not leads_in(edge, pose, Motion(0.5)) and not leads_in(edge, pose, Motion(0.0, 0.0, 1.0))
    assert leads_in(edge, pose, Motion(0.1, -0.01)) and leads_in(edge, pose, Motion(0.0, -1e-9))
    for y, out in ((1.4, -1.0), (-1.4, 1.0)):
        for speed in (0.7, 1e-6):
            ahead = Pose(3.0, y, math.pi / 2)
            assert leads_in(edge, ahead, Motion(-out * speed)) and not leads_in(edge, ahead, Motion(out * speed))
            aslant = Pose(3.0, y, -out * math.pi / 6)
            assert leads_in(edge, aslant, Motion(speed)) and not leads_in(edge, aslant, Motion(-speed))
    _, limit = _over(pose, Motion(0.0, -0.5))
    assert (limit.severity, limit.scale, limit.scale_angular) == (Severity.LIMIT, 0.0, 1.0)
    assert limit.reason == "recover: this way leads further into zone lane"


def _over(pose: Pose, request: Motion) -> list[Verdict]:
    recovery = Recovery()
    lane = ("keep_in", "zone lane")
    recovery.begin({lane: make_gate().envelope.boundaries[lane]})
    recovery.look(at(pose))
    return recovery.verdicts(at(pose, request))


def test_what_a_person_holds_goes_at_a_slow_pace() -> None:
    fits = REDUCED_SPEED.limit(at(OVER_THE_EDGE, Motion(0.2, 0.0, -0.3)), "recover", "pace", "why")
    assert (fits.scale, fits.scale_angular, fits.reason) == (1.0, 1.0, "why; at most 0.20 m/s")
    fast = REDUCED_SPEED.limit(at(OVER_THE_EDGE, Motion(0.0, -0.8, -0.6)), "recover", "pace", "why")
    assert (fast.severity, fast.scale, fast.scale_angular) == (Severity.LIMIT, 0.25, 0.5)
    assert (fast.value, fast.limit, fast.unit) == (0.8, 0.2, "m/s")
    bound_mps = 0.2 * 1.1 + 0.1
    assert not REDUCED_SPEED.overspeed(at(OVER_THE_EDGE, measured_mps=bound_mps - 1e-6), "recover", "robot")
    (over,) = REDUCED_SPEED.overspeed(at(OVER_THE_EDGE, measured_mps=bound_mps + 1e-6), "recover", "robot")
    assert (over.severity, over.rule, over.source, over.limit) == (Severity.PROTECTIVE_STOP, "recover", "robot", 0.2)
    assert over.stamp_ns == 60 and over.reason == "recover: 0.32 m/s measured, 0.20 allowed"
    blind = RuleContext(100, {}, ZERO, 100, True, measured_mps=1.0)
    assert REDUCED_SPEED.overspeed(blind, "recover", "robot")[0].stamp_ns == 0
    assert not REDUCED_SPEED.overspeed(at(OVER_THE_EDGE, measured_mps=math.nan), "recover", "robot")


def test_a_motion_that_is_none_is_not_led() -> None:
    made = over_the_edge()
    answer = recover(made.gate, "bench-1", "anna", Motion(math.nan), made.now_ns, made.now_ns)
    assert answer == CommandResult(False, "recover: linear.x is nan")


def test_nothing_is_led_out_of_an_emergency_that_is_over() -> None:
    made = over_the_edge()
    made.estop = PRESSED
    made.turn(STEP_S)
    made.estop = RELEASED
    made.turn(0.3)
    says = "estop station_1: pressed: nothing is led out of an emergency; move the robot by hand"
    assert led(made, Motion(-0.5), 1) == CommandResult(False, says)


@pytest.mark.parametrize("other", ["", "a", "bench-10", "z"])
def test_whoever_names_another_stop_leads_nothing(other: str) -> None:
    made = over_the_edge()
    assert not recover(made.gate, other, "anna", Motion(), made.now_ns, made.now_ns).accepted
    same = "".join(["bench", "-1"])
    made.turn(0.3)
    assert recover(made.gate, same, "anna", Motion(), made.now_ns, made.now_ns) == CommandResult(True, "hold on")


# --- overrides ---


def permitted(made: Bench, times: int = 3, rule: str = "separation", why: str = "aligns a plate") -> CommandResult:
    answer = CommandResult(False, "never asked")
    for _ in range(times):
        answer = override_rule(made.gate, rule, "anna", why, made.now_ns, made.now_ns)
        made.turn(STEP_S)
    return answer


def test_a_rule_is_held_off_from_the_second_press_on() -> None:
    made = bench()
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


def test_how_long_a_rule_may_be_held_off_counts_in_a_stretch_and_in_all() -> None:
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


def test_what_is_left_of_ten_minutes_shrinks_while_a_rule_is_held_off() -> None:
    overrides = make_gate().overrides
    overrides._used_ns["separation"] = TOTAL_NS - STRETCH_NS // 2
    for at_ns in (0, 1):
        assert overrides.refresh("separation", "anna", "why", at_ns, at_ns) == ""
    assert overrides.left_ns("separation", 1 + STRETCH_NS // 4) == STRETCH_NS // 4
    over_ns = 2 + STRETCH_NS // 2
    assert overrides.left_ns("separation", over_ns) == -1
    assert "that is the most" in overrides.refresh("separation", "anna", "why", over_ns, over_ns)


def test_who_may_hold_a_rule_off_no_longer_is_told_which_time_is_over() -> None:
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
def test_what_may_not_be_held_off(rule: str, why: str, says: str) -> None:
    assert permitted(bench(), 1, rule, why) == CommandResult(False, says)


def test_nothing_is_held_off_at_speed_nor_by_a_gate_that_failed() -> None:
    made = bench()
    made.obeys = False
    for vx, accepted in ((0.2, True), (0.21, False)):
        made.odometry = Odometry(0.0, 0.0, 0.0, vx, 0.0, 0.0)
        made.turn(STEP_S)
        assert override_rule(made.gate, "separation", "anna", "why", made.now_ns, made.now_ns).accepted is accepted
    answer = override_rule(made.gate, "separation", "anna", "why", made.now_ns, made.now_ns)
    assert answer.reason == "the robot goes at 0.21 m/s; it must be no faster than 0.20"
    made.gate.fail("broken", made.now_ns)
    assert not override_rule(made.gate, "separation", "anna", "why", made.now_ns, made.now_ns).accepted


def test_a_reading_that_is_no_number_stops_also_while_its_rule_is_held_off() -> None:
    made = bench()
    permitted(made, 3)
    made.occupancy = Occupancy(frozenset(), positions_m=((math.nan, 0.0),))
    permitted(made, 1)
    assert made.gate.stop is not None and ("override", "occupancy") in made.gate.stop.causes
    cause = made.gate.stop.causes["override", "occupancy"]
    assert cause.reason == "occupancy: a position is not a number" and cause.severity is Severity.PROTECTIVE_STOP


# --- what people ask --------------------------------------------------------------------------------------------------


def test_arming_is_possible_in_standby_alone() -> None:
    made = Bench(tick_ns=STEP_NS)
    made.turn(0.5)
    assert made.gate.state is State.STANDBY
    assert operator_commands.arm(made.gate, "anna", made.now_ns) == CommandResult(True, "armed")
    refused = operator_commands.arm(made.gate, "anna", made.now_ns)
    assert not refused.accepted and refused.reason.startswith("the gate is in RUN: ")
    assert [each.kind for each in made.gate.take_events()][-1] is EventKind.ARM_REFUSED


def test_a_robot_that_moves_or_is_objected_to_is_not_armed() -> None:
    made = Bench(tick_ns=STEP_NS)
    made.turn(0.5)
    made.gate.update("odometry", Odometry(0.0, 0.0, 0.0, 0.5, 0.0, 0.0), made.now_ns, made.now_ns)
    assert operator_commands.arm(made.gate, "anna", made.now_ns) == CommandResult(
        False, "the robot is not measured to stand"
    )
    made.gate.update("estop station_1", PRESSED, made.now_ns, made.now_ns)
    assert operator_commands.arm(made.gate, "anna", made.now_ns) == CommandResult(False, "estop station_1: pressed")


def test_disarming_needs_a_robot_that_stands() -> None:
    made = bench()
    made.request = Motion(0.5)
    made.turn(0.5)
    assert operator_commands.disarm(made.gate, "anna", made.now_ns) == CommandResult(
        False, "the robot is moving; request a stop instead"
    )
    made.request = ZERO
    made.turn(1.0)
    assert operator_commands.disarm(made.gate, "anna", made.now_ns) == CommandResult(True, "disarmed")
    assert made.gate.state is State.STANDBY
    assert operator_commands.disarm(made.gate, "anna", made.now_ns) == CommandResult(
        True, "not armed: the gate is in STANDBY"
    )
    held_back = stopped()
    assert operator_commands.disarm(held_back.gate, "anna", made.now_ns) == CommandResult(
        False, "not armed: the gate is in STOPPED"
    )


@pytest.mark.parametrize("emergency", [False, True])
def test_a_stop_that_is_asked_for_names_who_asked(emergency: bool) -> None:
    made = bench()
    assert operator_commands.stop(made.gate, "", "", emergency, made.now_ns) == CommandResult(True, "stopped")
    assert made.gate.stop is not None
    (cause,) = made.gate.stop.causes.values()
    assert (cause.source, cause.reason) == ("unnamed", "stop requested")
    assert cause.severity is (Severity.EMERGENCY_STOP if emergency else Severity.PROTECTIVE_STOP)
    made.gate.fail("broken", made.now_ns)
    assert operator_commands.stop(made.gate, "anna", "", False, made.now_ns) == CommandResult(
        True, "already held in FAULT"
    )


def test_a_reset_leads_to_standby_and_tells_who_did_it() -> None:
    made = stopped()
    made.turn(0.6)
    made.kinds()
    assert operator_commands.reset(made.gate, "bench-1", "anna", made.now_ns) == CommandResult(True, "reset")
    assert made.gate.state is State.STANDBY and made.gate.stop is None
    told = made.gate.take_events()
    assert [(each.kind, each.before, each.by) for each in told if each.by] == [
        (EventKind.RESET_ACCEPTED, State.RESET_READY, "anna")
    ]
    assert [each.reason for each in told if each.kind is EventKind.STATE_CHANGED] == ["reset by anna"]


def test_a_button_that_is_held_down_asks_once() -> None:
    made = stopped()
    button = operator_commands.ResetButton("station_1")
    for reading in (RELEASED, RESET_HELD, RESET_HELD, RESET_HELD):
        button.look(made.gate, reading, made.now_ns)
    refused = [each.reason for each in made.gate.take_events() if each.kind is EventKind.RESET_REFUSED]
    assert refused == ["every cause must be gone for 0.5 s, it is 0.0 s"]


def test_the_button_needs_a_live_link_between_release_and_press() -> None:
    made = stopped()
    made.turn(0.6)
    held_down, dead = replace(RELEASED, reset_pressed=True), replace(RELEASED, link_ok=False)
    button = operator_commands.ResetButton("station_1")
    for reading in (held_down, RELEASED, dead, held_down):
        button.look(made.gate, reading, made.now_ns)
        assert made.gate.state is State.RESET_READY
    for reading in (RELEASED, held_down):
        button.look(made.gate, reading, made.now_ns)
    assert made.gate.state is State.STANDBY
    told = [each.by for each in made.gate.take_events() if each.kind is EventKind.RESET_ACCEPTED]
    assert told == ["reset button station_1"]
    button.look(made.gate, held_down, made.now_ns)
    for reading in (RELEASED, held_down):
        button.look(made.gate, reading, made.now_ns)
    assert not [each for each in made.gate.take_events() if each.kind is EventKind.RESET_REFUSED], "nothing to reset"
