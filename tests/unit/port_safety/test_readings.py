"""A reading: how old it is, what is wrong with it, and how that is told."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from port_safety.model.readings import (
    NEVER_SET_NS,
    UNIT_OFF,
    Alive,
    Attitude,
    Body,
    ClockStep,
    Estop,
    Force,
    Freshness,
    JointStates,
    Occupancy,
    Odometry,
    PlateForce,
    Pose,
    Publishers,
    Reading,
    ToolPoint,
    Value,
    age_in_words,
    fault_of,
    freshness,
    untrusted,
)
from tests.unit.port_safety.kind_rules import upright
from tests.unit.port_safety.rule_bench import NOW, S

LATE = "stamps are 3.20 s behind this machine's clock"


def test_a_reading_is_as_old_as_the_older_of_its_times() -> None:
    assert Reading(Alive(), 10, 30).age_ns(100) == 90 and Reading(Alive(), 50, 30).age_ns(100) == 70
    assert Reading(Alive(), NEVER_SET_NS - 1, 0).unstamped and not Reading(Alive(), NEVER_SET_NS, 0).unstamped
    assert Reading(Alive(), 100_000_001, 0).from_future(0) and not Reading(Alive(), 100_000_000, 0).from_future(0)


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (Alive(), ""),
        (Alive("off"), "off"),
        (PlateForce(0.0, 0.0, 0.0, "saturated"), "saturated"),
        (PlateForce(0.0, math.nan, 0.0), "highest_n is nan"),
        (JointStates((0.0,), (math.inf,)), "a joint is not a number"),
        (JointStates((math.nan,), (0.0,)), "a joint is not a number"),
        (JointStates((0.0,), (0.0,)), ""),
        (Occupancy(frozenset(), positions_m=((0.0, 1.0), (0.0, math.nan))), "a position is not a number"),
        (Occupancy(frozenset(), positions_m=((math.inf, 1.0),)), "a position is not a number"),
        (Occupancy(frozenset(), positions_m=((0.0, 1.0),)), ""),
        (Pose(0.0, 0.0, math.nan), "yaw is nan"),
        (Odometry(0.0, 0.0, 0.0, 0.0, 0.0, -math.inf), "wz is -inf"),
        (Body(math.nan), "height_m is nan"),
        (ClockStep(math.nan), "step_s is nan"),
        (ToolPoint(0.0, math.nan, 0.0), "y is nan"),
        (Force(0.0, 0.0, math.inf), "z is inf"),
        (Attitude(0.0, 0.0, 0.0, math.nan), "w is nan"),
        (Attitude(0.0, 0.0, 0.0, 1.0, known=False), "the sensor gives no orientation"),
        (Attitude(0.0, 0.0, 0.0, 1.0 + UNIT_OFF - 1e-9), ""),
        (Attitude(0.0, 0.0, 0.0, 1.0 - UNIT_OFF + 1e-9), ""),
        (Attitude(0.0, 0.0, 0.0, 0.97), "the orientation is no rotation: length 0.97"),
        (Attitude(0.0, 0.0, 0.0, 1.03), "the orientation is no rotation: length 1.03"),
        (Attitude(0.0, 0.75, 0.0, 0.5), "the orientation is no rotation: length 0.90"),
        (Publishers(), ""),
    ],
)
def test_each_fault_of_a_value_is_told(value: Value, fault: str) -> None:
    assert fault_of(value) == fault == Reading(value, 0, 0).fault


def test_defaults_of_values_claim_nothing() -> None:
    assert Estop(True, True, False, True) == Estop(True, True, False, True, True, "")
    assert Occupancy(frozenset()) == Occupancy(frozenset(), True, "", (), ())
    assert (Alive(), Publishers(), ClockStep()) == (Alive(""), Publishers((), 0), ClockStep(0.0))
    assert Attitude(0.0, 0.0, 0.0, 1.0).known and PlateForce(1.0, 2.0, 3.0).fault == ""


def test_speeds_forces_and_tilt_are_one_number_each() -> None:
    assert Odometry(9.0, 9.0, 9.0, 3.0, -4.0, 9.0).speed_mps == 5.0
    assert Force(2.0, -3.0, 6.0).magnitude_n == 7.0 and ToolPoint(1.0, 2.0, 3.0).xyz == (1.0, 2.0, 3.0)
    for x, y, tilt_rad in ((0.0, 0.0, 0.0), (1.0, 0.0, math.pi), (0.0, 1.0, math.pi), (0.6, 0.0, math.acos(0.28))):
        assert Attitude(x, y, 0.0, math.sqrt(1.0 - x * x - y * y)).tilt_rad == pytest.approx(tilt_rad)
    assert Attitude(0.5, 0.5, 0.5, 0.5).tilt_rad == pytest.approx(math.pi / 2)
    assert Attitude(1.001, 0.0, 0.0, 0.0).tilt_rad == math.pi, "rounding leads to no error"


@given(angle=st.floats(0.0, math.pi), heading=st.floats(-math.pi, math.pi))
def test_the_angle_from_upright_is_measured_whatever_the_heading(angle: float, heading: float) -> None:
    assert upright(angle, heading).tilt_rad == pytest.approx(angle, abs=1e-6)


def late(by_ns: int, arrived_ns: int = 0) -> Reading:
    """Arrived `arrived_ns` ago with a stamp `by_ns` older than that."""
    return Reading(Alive(), NOW - arrived_ns - by_ns, NOW - arrived_ns)


@pytest.mark.parametrize(
    ("reading", "says", "word"),
    [
        (None, "no data", Freshness.NEVER),
        (late(0), "", Freshness.OK),
        (late(300_000_000), "", Freshness.OK),
        (late(3_200_000_000), LATE, Freshness.LATE),
        (late(3_200_000_000, arrived_ns=3_200_000_000 - 1), LATE, Freshness.LATE),
        (late(3_200_000_000, arrived_ns=3_200_000_000), "no data for 6.40 s", Freshness.STALE),
        (late(0, arrived_ns=400_000_000), "no data for 0.40 s", Freshness.STALE),
        (late(NOW), "stamps are 100.00 s behind this machine's clock", Freshness.LATE),
        (late(3600 * S), "stamps are 3600.00 s behind this machine's clock", Freshness.LATE),
        (late(-2 * S), "stamped 2.00 s in the future", Freshness.EARLY),
        (Reading(Alive("broken"), NOW, NOW), "broken", Freshness.INVALID),
        (
            Reading(Alive(), NEVER_SET_NS - 1, NOW),
            "no data: not stamped yet, or by a clock that was never set",
            Freshness.NEVER,
        ),
    ],
)
def test_reason_and_word_on_an_input_agree(reading: Reading | None, says: str, word: Freshness) -> None:
    assert untrusted(reading, 0.3, NOW)[0] == says
    assert freshness(reading, 0.3, NOW) is word


def test_the_cause_of_an_old_reading_is_told_in_words() -> None:
    assert age_in_words(late(3_200_000_000), NOW) == LATE
    assert age_in_words(late(0, arrived_ns=3 * S), NOW) == "no data for 3.00 s"
