"""What an attack on the rebuilt gate found, each with the right answer."""

import math

import pytest

from port_safety.commands.joint_trajectory import FINE_STEP, JointTrajectory
from port_safety.commands.trajectory_points import Point
from port_safety.commands.twist import Motion
from port_safety.gate import operator_commands
from port_safety.gate.state_machine import State
from port_safety.model.readings import Body
from port_safety.model.standstill import PlaceSpeed
from port_safety.ros.codecs import JointTrajectoryCodec
from tests.gate_bench import Bench
from tests.unit.port_safety.test_kinds_and_commands import JOINTS, Ground

S = 1_000_000_000

# --- what passes can be written --------------------------------------------------------------------------------------


@pytest.mark.parametrize("last_s", [86_400.0, 86_401.0, 2_000_000_000.0, 2_147_483_647.0])
def test_whatever_passes_of_a_trajectory_can_be_written(last_s: float) -> None:
    """Slower by a limit its last point lies later: beyond 68 years no message can say when."""
    ground = Ground("arm", "trajectory", "speed", {"limit_mps": 0.005}).armed("trajectory")
    there = (2.5, 0.0, 0.0)
    far = JointTrajectory(JOINTS, (Point(2.0, there), Point(last_s, there)), JOINTS.names)
    ground.gate.request(far, ground.now_ns + 1)
    passed = ground.gate.output.command
    assert isinstance(passed, JointTrajectory)
    JointTrajectoryCodec(JOINTS).encode(passed, ground.now_ns, 0)
    assert (ground.gate.stop is not None) is (last_s > 86_400.0)


def test_the_longest_trajectory_at_the_slowest_pace_can_be_written() -> None:
    assert 86_400.0 / FINE_STEP < 2**31


# --- a gate that failed ----------------------------------------------------------------------------------------------


def test_a_gate_that_failed_keeps_no_objections() -> None:
    """A stack that goes on sending what is no number must not fill the memory of a gate that judges no more."""
    bench = Bench().run()
    bench.gate.fail("broken", bench.now_ns)
    for number in range(100):
        bench.gate.request(Motion(math.nan), bench.now_ns + number)
    assert len(bench.gate._pending) <= 1


def test_a_gate_that_failed_in_a_stop_still_says_what_to_do() -> None:
    """What failed may be the very thing that a stop looks at."""
    bench = Bench().run()
    operator_commands.stop(bench.gate, "anna", "", False, bench.now_ns)
    bench.gate.update("body", Body(0.3), "never", bench.now_ns)  # type: ignore[arg-type]
    assert bench.gate.state is State.FAULT and bench.gate.stop is not None
    assert bench.gate.remedy(bench.now_ns) == "end the session and start it again"


# --- floods ----------------------------------------------------------------------------------------------------------


def test_places_whose_stamps_hardly_advance_fill_no_memory() -> None:
    speed = PlaceSpeed(200_000_000)
    for number in range(20_000):
        speed.add(0.0, 0.0, number)
    assert len(speed._places) <= 1_000
