"""Which edges a robot is led out of, which way leads further in, how far it may slip and how fast it may be."""

import math

import pytest

from port_safety.commands.twist import ZERO, Motion
from port_safety.gate.events import CommandResult
from port_safety.gate.operator_commands import recover
from port_safety.gate.recovery import FREE_M, REDUCED_SPEED, SLIP_M, Recovery, ReducedSpeed, leads_in
from port_safety.gate.state_machine import State
from port_safety.model.readings import Odometry, Pose, Reading
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.context import RuleContext
from port_safety.rules.envelope import Envelope
from tests.gate_bench import make_gate
from tests.unit.port_safety.running_gates import NOW, OVER_THE_EDGE, STILL, S, Says, running

KEY = ("keep_in", "zone lane")
OVER = {zone: Verdict(Severity.PROTECTIVE_STOP, "keep_in", zone, f"over {zone}") for zone in ("lane", "desk")}
LEAD = "; lead it out (port safety recover) or move it by hand"
OTHER = Verdict(Severity.PROTECTIVE_STOP, "says", "other", "why other")
PRESSED = Verdict(Severity.EMERGENCY_STOP, "keep_in", "lane", "pressed")
WAITS = "every cause must be gone for 0.5 s, it is 0.0 s"


def at(pose: Pose, request: Motion = ZERO, measured_mps: float = 0.0) -> RuleContext:
    readings = {"ground_pose": Reading(pose, 70, 80), "odometry": Reading(Odometry(0, 0, 0, 0, 0, 0), 60, 60)}
    return RuleContext(100, readings, request, 100, True, measured_mps=measured_mps)


def test_an_edge_is_left_behind_when_the_robot_is_clear_of_it() -> None:
    """An edge is left behind when the robot is clear of it and not before."""
    edges = make_gate().envelope.boundaries
    lane = ("keep_in", "zone lane")
    recovery = Recovery()
    recovery.begin({lane: edges[lane]})
    recovery.look(at(Pose(10.6 - FREE_M + 1e-6, 0.0, 0.0)))
    assert recovery.edges and recovery.zones() == "zone lane"
    recovery.look(at(Pose(10.6 - FREE_M - 1e-6, 0.0, 0.0)))
    assert not recovery.edges and recovery.zones() == "the zone"


def test_a_robot_that_slips_further_in_is_stopped() -> None:
    """A robot that slips further in than it had come is stopped."""
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
    (blind,) = recovery.verdicts(RuleContext(100, {}, ZERO, 100, True))
    assert (blind.source, blind.stops, blind.stamp_ns) == ("pose", True, 0)
    recovery.end()
    assert not recovery.edges and recovery.motion == ZERO and not recovery.hold.is_active(100)


def _over(pose: Pose, request: Motion) -> list[Verdict]:
    recovery = Recovery()
    lane = ("keep_in", "zone lane")
    recovery.begin({lane: make_gate().envelope.boundaries[lane]})
    recovery.look(at(pose))
    return recovery.verdicts(at(pose, request))


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


def test_a_robot_that_a_person_leads_goes_slowly() -> None:
    fits = REDUCED_SPEED.limit(at(OVER_THE_EDGE, Motion(0.2, 0.0, -0.3)), "recover", "pace", "why")
    assert (fits.scale, fits.scale_angular) == (1.0, 1.0)
    fast = REDUCED_SPEED.limit(at(OVER_THE_EDGE, Motion(0.0, -0.8, -0.6)), "recover", "pace", "why")
    assert (fast.severity, fast.scale, fast.scale_angular) == (Severity.LIMIT, 0.25, 0.5)
    assert (fast.value, fast.limit, fast.unit) == (0.8, 0.2, "m/s")
    bound_mps = 0.2 * 1.1 + 0.1
    assert not REDUCED_SPEED.overspeed(at(OVER_THE_EDGE, measured_mps=bound_mps - 1e-6), "recover", "robot")
    (over,) = REDUCED_SPEED.overspeed(at(OVER_THE_EDGE, measured_mps=bound_mps + 1e-6), "recover", "robot")
    assert (over.severity, over.rule, over.source, over.limit) == (Severity.PROTECTIVE_STOP, "recover", "robot", 0.2)
    assert (over.value, over.stamp_ns) == (bound_mps + 1e-6, 60)
    blind = RuleContext(100, {}, ZERO, 100, True, measured_mps=1.0)
    assert REDUCED_SPEED.overspeed(blind, "recover", "robot")[0].stamp_ns == 0
    assert not REDUCED_SPEED.overspeed(at(OVER_THE_EDGE, measured_mps=math.nan), "recover", "robot")


class Line:
    """Over it is where x is above 0; notes where it was asked."""

    key = KEY

    def __init__(self) -> None:
        self.asked: list[tuple[float, float]] = []

    def clearance_m(self, point: tuple[float, float]) -> float:
        self.asked.append(point)
        return -point[0]


def at_x(x: float, request: Motion = ZERO, measured_mps: float = 0.0) -> RuleContext:
    readings = {"ground_pose": Reading(Pose(x, 0.0, 0.0), 70, 80)}
    return RuleContext(100, readings, request, 100, True, measured_mps=measured_mps)


def out_of(edge: Line, x: float) -> Recovery:
    recovery = Recovery()
    recovery.begin({KEY: edge})
    recovery.look(at_x(x))
    return recovery


def test_an_edge_is_left_behind_from_five_centimetres_on() -> None:
    assert not out_of(Line(), -FREE_M).edges and out_of(Line(), -0.0499999).edges


def objections(recovery: Recovery, context: RuleContext) -> list[Verdict]:
    return [each for each in recovery.verdicts(context) if each.source != "pace"]


def test_a_robot_may_slip_ten_centimetres_and_not_a_hair_more() -> None:
    recovery = out_of(Line(), 0.0)
    assert objections(recovery, at_x(SLIP_M)) == []
    (slip,) = objections(recovery, at_x(SLIP_M + 1e-9))
    assert (slip.source, slip.severity) == ("zone lane", Severity.PROTECTIVE_STOP)


def test_the_way_further_in_is_barred_by_the_name_of_the_zone() -> None:
    (barred,) = objections(out_of(Line(), 0.0), at_x(0.0, Motion(0.1)))
    assert (barred.rule, barred.source, barred.scale, barred.scale_angular) == ("recover", "zone lane", 0.0, 1.0)
    assert objections(out_of(Line(), 0.0), at_x(0.0, Motion(-0.1))) == []


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


def test_another_reduced_speed_limits_otherwise() -> None:
    assert ReducedSpeed(0.1, 0.6).limit(at_x(0.0, Motion(0.4, 0.0, 1.2)), "recover", "pace", "why").scale == 0.25
    assert (REDUCED_SPEED.speed_mps, REDUCED_SPEED.turn_radps) == (0.2, 0.3)


def test_a_robot_that_is_led_may_be_as_fast_as_the_bound() -> None:
    bound_mps = REDUCED_SPEED.speed_mps * (1.0 + 0.1) + 0.1
    assert REDUCED_SPEED.overspeed(at_x(0.0, measured_mps=bound_mps), "recover", "robot") == []
    assert REDUCED_SPEED.overspeed(at_x(0.0, measured_mps=bound_mps + 1e-9), "recover", "robot") != []


class Edge(Says):
    """A rule about the edge of a zone that says what it was told to."""

    def __init__(self, zone: str) -> None:
        super().__init__()
        self.key = ("keep_in", zone)

    def clearance_m(self, point: tuple[float, float]) -> float:
        return -1.0


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
