"""`estop`: an open channel, a dead link or an odd reading is an emergency that latches."""

import pytest

from port_safety.commands.twist import ZERO
from port_safety.gate.state_machine import State
from port_safety.model.readings import ClockStep, Estop
from port_safety.model.verdict import Severity
from port_safety.rules.estop import EstopRule
from tests.gate_bench import PRESSED, RELEASED, Bench
from tests.unit.port_safety.rule_bench import STAMP, moment, told


def test_any_state_but_released_is_an_emergency() -> None:
    rule = EstopRule(("one", "two"))
    fine, pressed = Estop(True, True, False, True), Estop(False, False, False, True)
    assert told(rule.judge(moment(estop__one=fine, estop__two=fine))) == []
    verdicts = rule.judge(moment(estop__one=fine, estop__two=pressed))
    assert told(verdicts)[0][:3] == ("EMERGENCY_STOP", "estop", "estop two") and verdicts[0].stamp_ns == STAMP
    for value in (
        pressed,
        Estop(True, False, False, True),
        Estop(False, True, False, True),
        Estop(True, True, False, True, False, "cable"),
        Estop(True, True, False, True, False),
        ClockStep(),
    ):
        (said,) = told(rule.judge(moment(estop__one=value)))
        assert said[:3] == ("EMERGENCY_STOP", "estop", "estop one")


@pytest.mark.parametrize(
    "estop",
    [
        PRESSED,
        Estop(False, True, False, True),
        Estop(True, False, False, True),
        Estop(True, True, False, True, link_ok=False, link_reason="no answer"),
    ],
)
def test_either_open_channel_or_a_dead_link_is_an_emergency(estop: Estop) -> None:
    bench = Bench().drive()
    bench.estop = estop
    output = bench.turn()
    assert output.command == ZERO
    assert bench.gate.state is State.STOPPING
    assert bench.gate.stop is not None and bench.gate.stop.severity is Severity.EMERGENCY_STOP


def test_an_estop_press_latches_in_standby_too() -> None:
    bench = Bench()
    bench.turn(0.5)
    bench.estop = PRESSED
    bench.turn(0.5)
    bench.estop = RELEASED
    bench.turn(2.0)
    assert bench.gate.state is State.RESET_READY
