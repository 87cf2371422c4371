"""The way out of a zone and a rule held off, exactly at their figures, at an edge that is a line across x = 0."""

import pytest

from port_safety.core.happening import Kind
from port_safety.core.motion import ZERO, Motion
from port_safety.core.permits import STRETCH_NS
from port_safety.core.reading import Pose, Reading
from port_safety.core.recovery import FREE_M, PACE, SLIP_M, Recovery, leads_in
from port_safety.core.verdict import Severity, Verdict
from port_safety.core.view import View
from tests.gate_bench import make_gate

KEY = ("keep_in", "zone lane")


class Line:
    """Over it is where x is above 0; notes where it was asked."""

    key = KEY

    def __init__(self) -> None:
        self.asked: list[tuple[float, float]] = []

    def clearance_m(self, point: tuple[float, float]) -> float:
        self.asked.append(point)
        return -point[0]


def at(x: float, request: Motion = ZERO, measured_mps: float = 0.0) -> View:
    readings = {"ground_pose": Reading(Pose(x, 0.0, 0.0), 70, 80)}
    return View(100, readings, request, 100, True, measured_mps=measured_mps)


def out_of(edge: Line, x: float) -> Recovery:
    recovery = Recovery()
    recovery.begin({KEY: edge})
    recovery.look(at(x))
    return recovery


def objections(recovery: Recovery, view: View) -> list[Verdict]:
    return [each for each in recovery.verdicts(view) if each.source != "pace"]


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


def test_a_robot_that_is_led_may_be_as_fast_as_the_bound() -> None:
    bound_mps = PACE.speed_mps * (1.0 + 0.1) + 0.1
    assert PACE.overspeed(at(0.0, measured_mps=bound_mps), "recover", "robot") == []
    assert PACE.overspeed(at(0.0, measured_mps=bound_mps + 1e-9), "recover", "robot") != []


@pytest.mark.parametrize(("now_ns", "ends"), [(STRETCH_NS, False), (STRETCH_NS + 1, True), (STRETCH_NS + 2, True)])
def test_a_rule_is_held_off_for_a_minute_and_not_a_nanosecond_more(now_ns: int, ends: bool) -> None:
    gate = make_gate()
    for at_ns in (0, 1, STRETCH_NS - 2, STRETCH_NS - 1):
        assert gate.permits.press("separation", "anna", "why", at_ns, at_ns) == ""
    assert gate.permits.follow(now_ns) is ends is not bool(gate.permits.in_force)
    told = [each.reason for each in gate.take_happenings() if each.kind is Kind.PERMIT_ENDED]
    assert told == (["separation: held off for as long as it may be"] if ends else [])
