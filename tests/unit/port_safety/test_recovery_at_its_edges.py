"""The way out of a zone and a rule overridden, exactly at their figures, at an edge that is a line across x = 0."""

import pytest

from port_safety.commands.twist import ZERO, Motion
from port_safety.gate.events import CommandResult, EventKind
from port_safety.gate.operator_commands import recover
from port_safety.gate.recovery import FREE_M, REDUCED_SPEED, SLIP_M, Recovery, ReducedSpeed, leads_in
from port_safety.gate.rule_override import STRETCH_NS
from port_safety.gate.state_machine import State
from port_safety.model.readings import Pose, Reading
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.context import RuleContext
from port_safety.rules.envelope import Envelope
from tests.gate_bench import make_gate
from tests.unit.port_safety.test_gate_at_its_edges import NOW, STILL, S, Says, running

KEY = ("keep_in", "zone lane")


class Line:
    """Over it is where x is above 0; notes where it was asked."""

    key = KEY

    def __init__(self) -> None:
        self.asked: list[tuple[float, float]] = []

    def clearance_m(self, point: tuple[float, float]) -> float:
        self.asked.append(point)
        return -point[0]


def at(x: float, request: Motion = ZERO, measured_mps: float = 0.0) -> RuleContext:
    readings = {"ground_pose": Reading(Pose(x, 0.0, 0.0), 70, 80)}
    return RuleContext(100, readings, request, 100, True, measured_mps=measured_mps)


def out_of(edge: Line, x: float) -> Recovery:
    recovery = Recovery()
    recovery.begin({KEY: edge})
    recovery.look(at(x))
    return recovery


def objections(recovery: Recovery, context: RuleContext) -> list[Verdict]:
    return [each for each in recovery.verdicts(context) if each.source != "pace"]


def test_an_edge_is_left_behind_from_five_centimetres_on() -> None:
    assert not out_of(Line(), -FREE_M).edges and out_of(Line(), -0.0499999).edges


def test_a_robot_may_slip_ten_centimetres_and_not_a_hair_more() -> None:
    recovery = out_of(Line(), 0.0)
    assert objections(recovery, at(SLIP_M)) == []
    (slip,) = objections(recovery, at(SLIP_M + 1e-9))
    assert (slip.source, slip.severity) == ("zone lane", Severity.PROTECTIVE_STOP)


def test_the_way_further_in_is_barred_by_the_name_of_the_zone() -> None:
    (barred,) = objections(out_of(Line(), 0.0), at(0.0, Motion(0.1)))
    assert (barred.rule, barred.source, barred.scale, barred.scale_angular) == ("recover", "zone lane", 0.0, 1.0)
    assert objections(out_of(Line(), 0.0), at(0.0, Motion(-0.1))) == []


def test_an_edge_is_looked_at_two_centimetres_ahead() -> None:
    edge = Line()
    assert leads_in(edge, Pose(1.0, 2.0, 0.0), Motion(0.3, -0.4))
    assert edge.asked == [pytest.approx((1.012, 1.984)), (1.0, 2.0)]
    assert not leads_in(edge, Pose(1.0, 2.0, 0.0), ZERO) and len(edge.asked) == 2


@pytest.mark.parametrize(("nearer_m", "leads"), [(1e-9, False), (2e-9, True)])
def test_rounding_leads_nobody_further_in(nearer_m: float, leads: bool) -> None:
    class Flat(Line):
        def clearance_m(self, point: tuple[float, float]) -> float:
            return nearer_m if point == (0.0, 0.0) else 0.0

    assert leads_in(Flat(), Pose(0.0, 0.0, 0.0), Motion(0.1)) is leads


def test_another_pace_limits_otherwise() -> None:
    assert ReducedSpeed(0.1, 0.6).limit(at(0.0, Motion(0.4, 0.0, 1.2)), "recover", "pace", "why").scale == 0.25
    assert (REDUCED_SPEED.speed_mps, REDUCED_SPEED.turn_radps) == (0.2, 0.3)


def test_a_robot_that_is_led_may_be_as_fast_as_the_bound() -> None:
    bound_mps = REDUCED_SPEED.speed_mps * (1.0 + 0.1) + 0.1
    assert REDUCED_SPEED.overspeed(at(0.0, measured_mps=bound_mps), "recover", "robot") == []
    assert REDUCED_SPEED.overspeed(at(0.0, measured_mps=bound_mps + 1e-9), "recover", "robot") != []


class Edge(Says):
    """A rule about the edge of a zone that says what it was told to."""

    def __init__(self, zone: str) -> None:
        super().__init__()
        self.key = ("keep_in", zone)

    def clearance_m(self, point: tuple[float, float]) -> float:
        return -1.0


OVER = {zone: Verdict(Severity.PROTECTIVE_STOP, "keep_in", zone, f"over {zone}") for zone in ("lane", "desk")}
OTHER = Verdict(Severity.PROTECTIVE_STOP, "says", "other", "why other")
PRESSED = Verdict(Severity.EMERGENCY_STOP, "keep_in", "lane", "pressed")
WAITS = "every cause must be gone for 0.5 s, it is 0.0 s"
LEAD = "; lead it out (port safety recover) or move it by hand"


@pytest.mark.parametrize(
    ("objects", "says", "answer"),
    [
        ([OVER["lane"]], f"over lane{LEAD}", CommandResult(True, "hold on")),
        ([OVER["lane"], OVER["desk"]], f"over lane{LEAD}", CommandResult(True, "hold on")),
        ([OVER["lane"], OTHER], "over lane", CommandResult(False, "why other")),
        ([OTHER], "why other", CommandResult(False, "why other")),
        (
            [PRESSED],
            "pressed",
            CommandResult(False, "pressed: nothing is led out of an emergency; move the robot by hand"),
        ),
        ([], WAITS, CommandResult(False, "the robot is over no zone's edge: reset instead")),
    ],
)
def test_a_robot_is_led_out_where_nothing_but_edges_objects(
    objects: list[Verdict], says: str, answer: CommandResult
) -> None:
    gate, rule, now_ns = running(), Says(), NOW + S
    gate.envelope = Envelope({"lane": Edge("lane"), "desk": Edge("desk"), "says": rule}, "hash")
    rule.words = objects or [OTHER]
    for at_ns in range(NOW, now_ns, S // 10):
        gate.update("odometry", STILL, at_ns, at_ns)
        gate.tick(at_ns)
    rule.words = objects
    gate.update("odometry", STILL, now_ns, now_ns)
    gate.tick(now_ns)
    assert gate.state is State.STOPPED and gate.remedy(now_ns) == f"before a reset: {says}"
    assert recover(gate, "t-1", "anna", ZERO, now_ns, now_ns) == answer


@pytest.mark.parametrize(("now_ns", "ends"), [(STRETCH_NS, False), (STRETCH_NS + 1, True), (STRETCH_NS + 2, True)])
def test_a_rule_is_held_off_for_a_minute_and_not_a_nanosecond_more(now_ns: int, ends: bool) -> None:
    gate = make_gate()
    for at_ns in (0, 1, STRETCH_NS - 2, STRETCH_NS - 1):
        assert gate.overrides.refresh("separation", "anna", "why", at_ns, at_ns) == ""
    assert gate.overrides.follow(now_ns) is ends is not bool(gate.overrides.in_force)
    told = [each.reason for each in gate.take_events() if each.kind is EventKind.OVERRIDE_ENDED]
    assert told == (["separation: overridden for as long as it may be"] if ends else [])
