"""The physics of the simulated robot: limits, delay, brakes, timeout, runaway."""

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from port_sim.robots.lane_driver import LaneDriver, Manner
from port_sim.robots.wheeled import Limits, Motion, Wheeled

#: Each example costs milliseconds; `scripts/test long` tries others.
few = settings(max_examples=40)

LIMITS = Limits()
DT_S = 0.01


class Drive:
    """A robot with a clock; the command, if any, is renewed each step."""

    def __init__(self, start: Motion | None = None, limits: Limits = LIMITS) -> None:
        self.robot, self.now_s = Wheeled(limits, start), 100.0

    def run(
        self, seconds: float, command: tuple[float, float] | None = None, powered: bool = True, runaway: bool = False
    ) -> Motion:
        for _ in range(round(seconds / DT_S)):
            if command is not None:
                self.robot.command(*command, self.now_s)
            self.now_s += DT_S
            self.robot.step(self.now_s, powered, runaway)
        return self.robot.motion


def test_it_reaches_the_asked_speed_and_holds_it() -> None:
    assert Drive().run(3.0, (1.2, 0.0)).v == pytest.approx(1.2)


def test_nothing_happens_before_the_latency() -> None:
    drive = Drive()
    assert drive.run(0.07, (1.0, 0.0)).v == 0.0
    assert drive.run(0.05, (1.0, 0.0)).v > 0.0


def test_braking_from_full_speed_takes_the_distance_of_the_limit() -> None:
    drive = Drive()
    begin = drive.run(4.0, (1.5, 0.0))
    end = drive.run(3.0, (0.0, 0.0))
    ideal_m = 1.5 * LIMITS.latency_s + 1.5**2 / (2 * LIMITS.deceleration_mps2)
    assert end.v == 0.0
    assert ideal_m <= end.x - begin.x < ideal_m + 0.05


def test_without_commands_it_brakes_by_itself() -> None:
    drive = Drive()
    drive.run(2.0, (1.0, 0.3))
    assert drive.run(0.4).v == pytest.approx(1.0)
    still = drive.run(1.5)
    assert (still.v, still.w) == (0.0, 0.0)


def test_without_power_the_spring_brake_stops_it() -> None:
    drive = Drive()
    begin = drive.run(3.0, (1.5, 0.0))
    end = drive.run(1.5, (1.5, 0.0), powered=False)
    assert (end.v, end.w) == (0.0, 0.0)
    assert end.x - begin.x == pytest.approx(1.5**2 / (2 * 2.5), rel=0.03)


def test_power_that_returns_moves_nothing_by_itself() -> None:
    drive = Drive()
    drive.run(1.0, (1.0, 0.0))
    stood = drive.run(1.0, (1.0, 0.0), powered=False)
    assert drive.run(2.0) == stood


def test_runaway_ignores_commands_until_unpowered() -> None:
    drive = Drive()
    assert drive.run(5.0, (0.0, 0.0), runaway=True).v == pytest.approx(1.5 * LIMITS.speed_mps)
    assert drive.run(2.0, (0.0, 0.0), powered=False, runaway=True).v == 0.0


def test_it_drives_circles() -> None:
    drive = Drive()
    drive.run(2.0, (0.5, 0.5))
    begin = drive.robot.motion
    end = drive.run(math.tau / 0.5, (0.5, 0.5))
    assert math.hypot(end.x - begin.x, end.y - begin.y) < 0.01


@pytest.mark.parametrize("command", [(math.nan, 0.0), (1.0, math.inf), (-math.inf, 0.0)])
def test_what_is_not_finite_is_no_command(command: tuple[float, float]) -> None:
    assert Drive().run(1.0, command) == Motion()


def test_time_that_stands_or_goes_back_changes_nothing() -> None:
    drive = Drive()
    drive.run(1.0, (1.0, 0.0))
    before = drive.robot.motion
    assert drive.robot.step(drive.now_s, True) == before
    assert drive.robot.step(drive.now_s - 5.0, True) == before


@pytest.mark.parametrize("name", ["speed_mps", "deceleration_mps2", "latency_s"])
def test_limits_name_what_is_wrong(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        Limits(**{name: -1.0})


STEP = st.tuples(st.floats(-3, 3), st.floats(-3, 3), st.booleans(), st.integers(1, 30))


@few
@given(st.lists(STEP, min_size=1, max_size=25))
def test_it_never_leaves_its_limits(steps: list[tuple[float, float, bool, int]]) -> None:
    robot, now_s, before = Wheeled(LIMITS), 0.0, Motion()
    hardest = max(LIMITS.acceleration_mps2, LIMITS.deceleration_mps2)
    for v, w, powered, count in steps:
        for _ in range(count):
            robot.command(v, w, now_s)
            now_s += DT_S
            motion = robot.step(now_s, powered)
            brake = hardest if powered else LIMITS.spring_brake_mps2
            assert abs(motion.v - before.v) <= brake * DT_S + 1e-9
            assert abs(motion.v) - abs(before.v) <= LIMITS.acceleration_mps2 * DT_S + 1e-9
            assert abs(motion.v) <= LIMITS.speed_mps + 1e-9
            assert abs(motion.w) <= LIMITS.yaw_rate_radps + 1e-9
            before = motion


@few
@given(st.floats(-2, 2), st.floats(-2, 2), st.lists(st.tuples(st.floats(-3, 3), st.floats(-3, 3)), max_size=20))
def test_without_power_it_comes_to_stand_and_stays(v: float, w: float, commands: list[tuple[float, float]]) -> None:
    drive = Drive()
    drive.run(1.0, (v, w))
    stood = drive.run(1.2, (v, w), powered=False)
    for command in commands:
        assert drive.run(0.1, command, powered=False) == stood
    assert (stood.v, stood.w) == (0.0, 0.0)


def drive_to_goal(driver: LaneDriver, drive: Drive, seconds: float, may_move: bool = True) -> list[float]:
    """The speeds asked for, at 20 Hz."""
    asked = []
    for _ in range(round(seconds / 0.05)):
        command = driver.command(drive.now_s, drive.robot.motion, may_move)
        asked.append(command[0])
        drive.robot.command(*command, drive.now_s)
        drive.run(0.05)
    return asked


@pytest.mark.parametrize("start", [Motion(), Motion(0.0, 0.3, 0.2), Motion(0.0, -0.4, -0.3)])
def test_the_driver_arrives_gently_and_stays(start: Motion) -> None:
    driver, drive = LaneDriver(Manner((10.0, 0.0), speed_mps=1.5)), Drive(start)
    asked = drive_to_goal(driver, drive, 20.0)
    assert driver.arrived
    assert (drive.robot.motion.v, asked[-1]) == (0.0, 0.0)
    assert math.dist((drive.robot.motion.x, drive.robot.motion.y), (10.0, 0.0)) < 0.12
    assert max(asked) == pytest.approx(1.5, abs=0.01)
    assert all(after - before < 0.5 * 0.05 + 1e-6 for before, after in itertools.pairwise(asked))


def test_the_driver_asks_for_zero_while_it_may_not_move_and_begins_from_zero() -> None:
    driver, drive = LaneDriver(Manner((10.0, 0.0))), Drive()
    drive_to_goal(driver, drive, 3.0)
    assert set(drive_to_goal(driver, drive, 1.0, may_move=False)) == {0.0}
    assert drive_to_goal(driver, drive, 0.2)[0] <= 0.5 * 0.05 + 1e-9
