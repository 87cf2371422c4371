"""A robot's joints out of messages that each tell some of them."""

import math

import pytest

from port_safety.model.joints import Joints
from port_safety.model.readings import Alive, JointStates
from port_safety.monitoring.joint_merging import JointMerging, MergedJoints

ARM = Joints(("base", "shoulder", "elbow"), 4.0, 0.8)
MS = 1_000_000
LIMIT_S = 0.3


@pytest.fixture
def merging() -> JointMerging:
    return JointMerging(ARM, LIMIT_S)


def whole(merging: JointMerging, stamp_ns: int) -> MergedJoints | None:
    return merging.merge(ARM.names, (1.0, 2.0, 3.0), (0.1, 0.2, 0.3), stamp_ns)


def test_names_in_another_order_are_put_into_the_robots(merging: JointMerging) -> None:
    merged = merging.merge(("elbow", "base", "shoulder"), (3.0, 1.0, 2.0), (0.3, 0.1, 0.2), 7)
    assert merged == MergedJoints(JointStates((1.0, 2.0, 3.0), (0.1, 0.2, 0.3)), 7)


def test_a_message_with_none_of_the_joints_is_ignored(merging: JointMerging) -> None:
    assert merging.merge(("left_finger", "right_finger"), (0.0, 0.0), (0.0, 0.0), 5) is None
    assert merging.merge((), (), (), 5) is None
    whole(merging, 10)
    assert merging.merge(("left_finger",), (9.0,), (9.0,), 20) is None


def test_foreign_joints_in_a_message_change_nothing(merging: JointMerging) -> None:
    names = ("finger", *ARM.names)
    merged = merging.merge(names, (9.0, 1.0, 2.0, 3.0), (9.0, 0.1, 0.2, 0.3), 7)
    assert merged == MergedJoints(JointStates((1.0, 2.0, 3.0), (0.1, 0.2, 0.3)), 7)


def test_parts_of_the_robot_are_merged_and_as_old_as_the_oldest(merging: JointMerging) -> None:
    first = merging.merge(("base", "shoulder"), (1.0, 2.0), (0.1, 0.2), 10 * MS)
    assert first == MergedJoints(Alive("elbow: no data"), 10 * MS)
    merged = merging.merge(("elbow",), (3.0,), (0.3,), 40 * MS)
    assert merged == MergedJoints(JointStates((1.0, 2.0, 3.0), (0.1, 0.2, 0.3)), 10 * MS)
    merged = merging.merge(("base", "shoulder"), (1.5, 2.5), (0.1, 0.2), 50 * MS)
    assert merged == MergedJoints(JointStates((1.5, 2.5, 3.0), (0.1, 0.2, 0.3)), 40 * MS)


def test_each_joint_that_was_never_told_is_named(merging: JointMerging) -> None:
    merged = merging.merge(("shoulder",), (2.0,), (0.2,), 1)
    assert merged is not None and merged.value == Alive("base: no data; elbow: no data")


def test_a_joint_that_stays_away_is_named_before_the_limit(merging: JointMerging) -> None:
    whole(merging, 0)
    edge_ns = 270 * MS
    merged = merging.merge(("base", "shoulder"), (1.0, 2.0), (0.1, 0.2), edge_ns)
    assert merged is not None and isinstance(merged.value, JointStates) and merged.stamp_ns == 0
    merged = merging.merge(("base", "shoulder"), (1.0, 2.0), (0.1, 0.2), edge_ns + 1)
    assert merged == MergedJoints(Alive("elbow: no data for 0.27 s"), edge_ns + 1)
    merged = merging.merge(("elbow",), (3.0,), (0.3,), edge_ns + 2)
    assert merged is not None and isinstance(merged.value, JointStates)


@pytest.mark.parametrize(
    ("positions", "velocities", "word"),
    [
        ((1.0, 2.0, 3.0), (), "base: no velocity; shoulder: no velocity; elbow: no velocity"),
        ((1.0, 2.0, 3.0), (0.1, 0.2), "elbow: no velocity"),
        ((1.0, 2.0), (0.1, 0.2, 0.3), "elbow: no position"),
        ((1.0, math.nan, 3.0), (0.1, 0.2, 0.3), "shoulder: no position"),
    ],
)
def test_a_value_that_is_missing_is_named_by_joint(
    merging: JointMerging, positions: tuple[float, ...], velocities: tuple[float, ...], word: str
) -> None:
    merged = merging.merge(ARM.names, positions, velocities, 1)
    assert merged is not None and merged.value == Alive(word)


def test_infinity_stays_what_it_is(merging: JointMerging) -> None:
    merged = merging.merge(ARM.names, (1.0, math.inf, 3.0), (0.1, 0.2, 0.3), 1)
    assert merged is not None and merged.value.fault == "a joint is not a number"
