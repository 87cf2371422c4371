"""What a rule may look at in one moment, to the nanosecond; what cannot be relied on is not there."""

import math

import pytest

from port_safety.commands.twist import ZERO, Motion
from port_safety.model.readings import Alive, Occupancy, Odometry, Pose, Reading, Value
from port_safety.rules.context import NO_OUTPUT, LastOutput, RuleContext

NOW = 10_000_000_000
POSE, ODOMETRY = Pose(1.0, 2.0, 3.0), Odometry(1.0, 2.0, 3.0, 0.25, -0.5, 0.75)
OCCUPANCY = Occupancy(frozenset({"crossing"}))
NAN = math.nan


def seeing(name: str, value: Value, stamp_ns: int = NOW, measured_mps: float = 0.5) -> RuleContext:
    return RuleContext(
        NOW, {name: Reading(value, stamp_ns, max(NOW, stamp_ns))}, ZERO, None, True, measured_mps=measured_mps
    )


@pytest.mark.parametrize(("stamp_ns", "age_s"), [(7_500_000_000, 2.5), (NOW, 0.0), (10_500_000_000, -0.5)])
def test_the_age_of_a_reading_is_known_to_the_nanosecond(stamp_ns: int, age_s: float) -> None:
    assert seeing("x", Alive(), stamp_ns).age_s("x") == age_s and seeing("x", Alive()).age_s("y") is None
    assert seeing("ground_pose", POSE, stamp_ns).pose() == (POSE, max(0.0, age_s)), "nothing is younger than now"
    assert seeing("occupancy", OCCUPANCY, stamp_ns).occupancy() == (OCCUPANCY, max(0.0, age_s))


def test_a_faulty_reading_is_not_there() -> None:
    assert seeing("odometry", ODOMETRY).odometry() == ODOMETRY
    value: Value
    for value in (Alive(), Pose(NAN, 0.0, 0.0), Odometry(NAN, 0.0, 0.0, 0.0, 0.0, 0.0), Alive("off")):
        assert seeing("ground_pose", value).pose() is None
        assert seeing("odometry", value).odometry() is None
    for value in (Alive(), Occupancy(frozenset(), positions_m=((NAN, 0.0),)), Alive("off")):
        assert seeing("occupancy", value).occupancy() is None
    nothing = RuleContext(NOW, {}, ZERO, None, True)
    seen = (nothing.pose(), nothing.odometry(), nothing.occupancy(), nothing.stop)
    assert all(each is None for each in seen)
    assert not nothing.at_rest and math.isnan(nothing.measured_mps) and nothing.histories == {}


def test_the_measured_motion_is_that_of_the_odometry() -> None:
    """The measured motion is that of the odometry and unknown without."""
    assert seeing("odometry", ODOMETRY).measured() == Motion(0.25, -0.5, 0.75)
    assert seeing("odometry", ODOMETRY, measured_mps=NAN).measured() == Motion(0.25, -0.5, 0.75)
    assert seeing("x", Alive()).measured() is None


def test_the_speed_is_measured_or_the_last_odometrys() -> None:
    """The speed is the measured one or the last word of the odometry."""
    assert seeing("odometry", ODOMETRY, measured_mps=0.9).speed_mps == 0.9
    assert seeing("odometry", ODOMETRY, measured_mps=NAN).speed_mps == ODOMETRY.speed_mps
    assert math.isnan(seeing("x", Alive(), measured_mps=NAN).speed_mps)


def test_an_output_notes_since_when_it_has_been_the_same() -> None:
    first = NO_OUTPUT.updated(Motion(1.0, 0.0, 0.5), 10)
    assert first == LastOutput(Motion(1.0, 0.0, 0.5), 10, 10, 10)
    assert first.updated(Motion(1.0, 0.0, 0.5), 20) is first
    assert first.updated(Motion(1.0, 0.0, 0.6), 20) == LastOutput(Motion(1.0, 0.0, 0.6), 10, 20, 10)
    assert first.updated(Motion(1.1, 0.0, 0.5), 20) == LastOutput(Motion(1.1, 0.0, 0.5), 20, 10, 10)
    assert first.updated(Motion(1.0, 0.1, 0.5), 20) == LastOutput(Motion(1.0, 0.1, 0.5), 20, 10, 10)
    assert first.updated(Motion(1.0, -0.1, 0.5), 20) == LastOutput(Motion(1.0, -0.1, 0.5), 20, 10, 10)
    assert first.updated(Motion(float("1.0"), float("0.0"), 0.4), 20).linear_since_ns == 10
    assert first.updated(Motion(0.9, 0.0, float("0.5")), 20).angular_since_ns == 10
    assert first.updated(ZERO, 20) == LastOutput(ZERO, 20, 20, None)
    assert LastOutput(ZERO, 0, 0, None) == NO_OUTPUT
