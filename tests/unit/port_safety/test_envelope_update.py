"""The envelope while the gate runs: it may become stricter, and never looser."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from port_safety.commands.twist import Motion
from port_safety.gate.envelope_update import EnvelopeUpdates, refusal
from port_safety.gate.events import EventKind
from port_safety.rules.registry import make_envelope, rule_types
from port_safety.rules.rule_type import LOWER, Site
from tests.gate_bench import BLOCKS, ROBOT, Bench, base_twist


def amendments(bench: Bench) -> EnvelopeUpdates:
    site = Site(ROBOT, ("station_1",), ("left",))
    return EnvelopeUpdates(bench.gate, BLOCKS, lambda blocks: make_envelope(list(blocks), blocks, site))


def test_a_stricter_limit_holds_from_the_next_tick() -> None:
    """A stricter limit holds from the next tick and the hash says so."""
    bench = Bench().drive(0.8, 1.0)
    before = bench.gate.envelope.digest
    answer = amendments(bench).amend({"speed_robot.limit_mps": 0.75}, bench.now_ns)
    after = bench.gate.envelope.digest
    assert answer.accepted
    assert answer.reason == f"speed_robot.limit_mps 1.5 → 0.75; envelope {before[:16]} → {after[:16]}"
    bench.turn(0.01)
    assert base_twist(bench.gate.output.command).vx == pytest.approx(0.75)
    assert after != before
    told = [each.reason for each in bench.gate.take_events() if each.kind is EventKind.ENVELOPE_CHANGED]
    assert told == [answer.reason]


@pytest.mark.parametrize(
    ("path", "value", "why"),
    [
        ("speed_robot.limit_mps", 1.6, "looser than 1.5; while the gate runs it may only become lower"),
        ("lane.margin_m", 0.0, "looser than 0.05; while the gate runs it may only become higher"),
        ("lane.polygon_m", [0.0] * 6, "lane.polygon_m: does not change while the gate runs"),
        ("lane.type", "speed", "lane.type: does not change while the gate runs"),
        ("nothing.limit_mps", 1.0, "nothing: only parameters of rules in force may change"),
        ("tick_hz", 100.0, "tick_hz: only parameters of rules in force may change"),
        ("speed_robot.limit_mps", "slow", "expected a number"),
        ("speed_robot.limit_mps", True, "expected a number"),
        ("speed_robot.limit_mps", float("nan"), "expected a number"),
        ("speed_robot.occupied_limit_mps", 0.5, "expected a number where one is set"),
        ("speed_robot.limit_mps", -1.0, "expected `float` >= 0.0"),
        ("input_timeout.estop_s", 0.0, "expected `float` >= 0.01"),
    ],
)
def test_any_other_update_is_refused_and_changes_nothing(path: str, value: object, why: str) -> None:
    """Everything else is refused with the reason and changes nothing."""
    bench = Bench().run()
    envelope = bench.gate.envelope
    answer = amendments(bench).amend({"crossing.limit_mps": 0.4, path: value}, bench.now_ns)
    assert not answer.accepted and why in answer.reason
    assert bench.gate.envelope is envelope, "all of them or none"


def test_a_stricter_limit_stays_stricter() -> None:
    bench = Bench().run()
    amended = amendments(bench)
    assert amended.amend({"speed_robot.limit_mps": 0.5}, bench.now_ns).accepted
    assert not amended.amend({"speed_robot.limit_mps": 0.6}, bench.now_ns).accepted
    assert amended.amend({"speed_robot.limit_mps": 0.5}, bench.now_ns).accepted


#: Every parameter that may change while the gate runs.
CHANGEABLE = [
    (name, field)
    for name, rule_type in rule_types().items()
    for field in rule_type.parameters.__struct_fields__
    if rule_type.stricter(field)
]


def test_limits_may_become_stricter_and_polygons_not() -> None:
    assert {("speed", "limit_mps"), ("keep_in", "margin_m"), ("separation", "walk_mps")} <= set(CHANGEABLE)
    assert ("keep_in", "polygon_m") not in CHANGEABLE


@given(
    pair=st.sampled_from(CHANGEABLE),
    before=st.floats(0.01, 10.0), after=st.floats(0.01, 10.0),
)  # fmt: skip
def test_a_value_may_go_one_way_only(pair: tuple[str, str], before: float, after: float) -> None:
    kind, key = pair
    block: dict[str, Any] = {"one": {"type": kind, key: before}}
    stricter = after <= before if rule_types()[kind].stricter(key) == LOWER else after >= before
    assert (refusal(block, "one", key, after) == "") is stricter


def test_a_stricter_envelope_never_lets_more_pass() -> None:
    loose, strict = Bench().drive(1.2, 0.7), Bench().drive(1.2, 0.7)
    assert amendments(strict).amend({"lane.margin_m": 0.5, "speed_robot.limit_mps": 0.6}, strict.now_ns).accepted
    for bench in (loose, strict):
        bench.request = Motion(1.2)
    for _ in range(100):
        assert strict.turn().command.speed_mps <= loose.turn().command.speed_mps + 1e-9
