"""The joints of a robot: their names, their figures, and how fast its fastest point is."""

import math

import pytest

from port_safety.model.joints import Joints
from port_safety.model.readings import GREATEST
from tests.trajectories import ARM


def test_an_arms_speed_is_that_of_all_its_joints_together() -> None:
    """The fastest point of an arm is no faster than all its joints together."""
    assert ARM.speed_mps((2.0, -3.0)) == 2.5
    assert ARM.braking_s((2.0, -3.0)) == 0.75 and ARM.braking_s(()) == 0.0


def test_a_figure_of_a_joint_has_a_bound() -> None:
    assert ARM.fault_of("velocity", (GREATEST, -GREATEST)) == ""
    assert ARM.fault_of("velocity", (0.0, GREATEST * 1.01)) == f"velocity of b is {GREATEST * 1.01}"
    assert ARM.fault_of("velocity", (0.0,)) == "velocity: 1 numbers for 2 joints"
    for figure in (0.0, -1.0, math.inf):
        with pytest.raises(ValueError, match="must be above 0"):
            Joints(("a",), figure, 1.0)
        with pytest.raises(ValueError, match="must be above 0"):
            Joints(("a",), 1.0, figure)


def test_every_joint_has_its_number_and_none_is_left_over() -> None:
    assert ARM.fault_of("velocity", (0.0, 0.0, 0.0)) == "velocity: 3 numbers for 2 joints"
    many = Joints(tuple(map(str, range(300))), 1.0, 1.0)
    assert many.fault_of("velocity", (0.0,) * 300) == ""


@pytest.mark.parametrize("names", [(), ("a", "a")])
def test_joints_have_names_each_once(names: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="one or more names"):
        Joints(names, 1.0, 1.0)
