"""How the stand-in for an arm's stack asks, and that the arm does it."""

import pytest

from port_sim.robots.arm import ArmLimits
from port_sim.robots.joint_driver import ASKS_FOR_REST_S, STANDS_S, JointDriver, JointManner, Point
from port_sim.robots.mounted_arm import MountedArm

GOAL = (0.8, 0.2, -0.2)
START = (-0.8, 0.0, 0.0)
STILL = (0.0, 0.0, 0.0)
REACH_M = 0.85


@pytest.fixture
def driver() -> JointDriver:
    return JointDriver(JointManner(GOAL, REACH_M, speed_mps=0.5))


def set_off(driver: JointDriver, permission: int, at_s: float) -> tuple[Point, ...]:
    """What it asks for once it may move, from the start."""
    driver.ask(at_s, START, STILL, permission)
    return driver.ask(at_s + ASKS_FOR_REST_S, START, STILL, permission)


def rests(points: tuple[Point, ...], at: tuple[float, ...]) -> bool:
    return [point[1:] for point in points] == [(at, STILL)]


def test_while_it_may_not_move_it_asks_for_rest(driver: JointDriver) -> None:
    assert rests(driver.ask(0.0, START, STILL, None), START)


def test_it_asks_for_rest_before_it_sets_off_and_after_each_stop(driver: JointDriver) -> None:
    for permission, at_s in ((1, 0.0), (2, 10.0)):
        assert rests(driver.ask(at_s, START, STILL, permission), START)
        assert len(set_off(driver, permission, at_s)) > 2


def test_its_trajectory_ends_at_rest_at_the_goal_within_its_speed(driver: JointDriver) -> None:
    points = set_off(driver, 1, 0.0)
    assert points[-1][1] == pytest.approx(GOAL) and points[-1][2] == pytest.approx(STILL)
    assert 0.45 < max(REACH_M * sum(map(abs, velocities)) for _, _, velocities in points) <= 0.5
    assert [at_s for at_s, _, _ in points] == sorted({at_s for at_s, _, _ in points})


def test_a_trajectory_is_said_once_and_again_only_to_an_arm_that_stands(driver: JointDriver) -> None:
    set_off(driver, 1, 0.0)
    moving = (0.3, 0.0, 0.0)
    assert not any(driver.ask(0.5 + 0.1 * step, START, moving, 1) for step in range(50))
    assert not driver.ask(5.5, START, STILL, 1)
    assert len(driver.ask(5.5 + STANDS_S, START, STILL, 1)) > 2


def test_at_its_goal_it_holds_until_there_is_another(driver: JointDriver) -> None:
    set_off(driver, 1, 0.0)
    assert rests(driver.ask(9.0, GOAL, STILL, 1), GOAL)
    driver.go_to(START)
    assert driver.ask(9.1, GOAL, STILL, 1)[-1][1] == pytest.approx(START)


def test_a_goal_for_other_joints_is_none(driver: JointDriver) -> None:
    driver.go_to((0.1,))
    driver.go_to((float("nan"),) * 3)
    assert rests(driver.ask(0.0, GOAL, STILL, None), GOAL)
    driver.ask(1.0, GOAL, STILL, 1)
    assert rests(driver.ask(2.0, GOAL, STILL, 1), GOAL)


# --- the arm that is asked --------------------------------------------------------------------------------------------


def arm() -> MountedArm:
    return MountedArm(ArmLimits(), (3.0, 0.0, 0.0), START, REACH_M)


def test_the_arm_comes_to_its_goal_no_faster_than_it_is_told(driver: JointDriver) -> None:
    made = arm()
    points = [(at_s, positions) for at_s, positions, _ in set_off(driver, 1, 0.0)]
    made.step(0.0, powered=True)
    made.command(points, 0.0, 0.0)
    fastest_mps = max(made.step(0.01 * tick, powered=True).v for tick in range(1, 1500))
    assert 0.4 < fastest_mps < 0.55
    assert made.joints.positions == pytest.approx(GOAL, abs=0.01)
    assert (made.motion.x, made.motion.y) == (3.0, 0.0)


def test_a_late_arm_does_not_make_up_for_its_delay() -> None:
    """It would be faster than it was told."""
    made = arm()
    made.step(0.0, powered=True)
    made.command([(0.0, START), (4.0, GOAL)], 0.0, 0.0)
    told_mps = REACH_M * sum(abs(goal - start) for goal, start in zip(GOAL, START, strict=True)) / 4.0
    fastest_mps = max(made.step(0.01 * tick, powered=True).v for tick in range(1, 500))
    assert fastest_mps < 1.5 * told_mps  # what following a step overshoots is in it


def test_an_arm_that_is_told_to_rest_forgets_its_trajectory() -> None:
    made = arm()
    made.step(0.0, powered=True)
    made.command([(4.0, GOAL)], 0.0, 0.0)
    for tick in range(1, 200):
        made.step(0.01 * tick, powered=True)
    assert made.motion.v > 0.1
    made.command((), 2.0, 2.0)
    for tick in range(200, 300):
        made.step(0.01 * tick, powered=True)
    assert made.motion.v == 0.0 and made.joints.positions[0] < GOAL[0]
