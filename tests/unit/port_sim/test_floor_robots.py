"""The robots that a session can simulate on the floor: each kind keeps the same manners."""

import math

import pytest

from port_sim.robots.lane_driver import LaneDriver, Manner
from port_sim.robots.registry import ROBOTS, FloorRobot, make
from port_sim.robots.wheeled import Limits, Motion

LEGGED = ("quadruped", "humanoid")
DOWN = {"quadruped": "sit", "humanoid": "settle"}
START = Motion(1.0, -0.2, 0.3)
LIMITS = Limits(speed_mps=0.9, deceleration_mps2=1.0)

every_kind = pytest.mark.parametrize("kind", ROBOTS)
every_legged_kind = pytest.mark.parametrize("kind", LEGGED)


class Walk:
    """One robot and its clock."""

    def __init__(self, kind: str) -> None:
        self.robot: FloorRobot = make(kind, LIMITS, START)
        self.now_s = 0.0

    def turn(self, seconds: float, v_mps: float | None = 0.0, word: str = "", powered: bool = True) -> Motion:
        """Let time pass; without `v_mps` nobody commands it."""
        for _ in range(round(seconds * 100)):
            self.now_s += 0.01
            self.robot.tell(word, self.now_s)
            if v_mps is not None:
                self.robot.command(v_mps, 0.0, self.now_s)
            self.robot.step(self.now_s, powered)
        return self.robot.motion

    def walking(self) -> "Walk":
        self.turn(2.5)
        self.turn(3.0, 0.8)
        return self


@every_kind
def test_it_goes_where_it_heads_from_where_it_was_put(kind: str) -> None:
    walk = Walk(kind)
    assert (walk.robot.motion.x, walk.robot.motion.y, walk.robot.motion.yaw) == (1.0, -0.2, 0.3)
    at = walk.walking().robot.motion
    way_m = math.hypot(at.x - START.x, at.y - START.y)
    assert way_m > 1.0 and not at.fallen
    assert math.atan2(at.y - START.y, at.x - START.x) == pytest.approx(0.3, abs=0.01)


@every_kind
def test_without_power_it_does_nothing_and_with_it_nothing_old(kind: str) -> None:
    walk = Walk(kind)
    at = walk.turn(2.0, 0.8, powered=False)
    assert (at.x, at.y, at.v) == (START.x, START.y, 0.0)


@every_kind
def test_it_halts_when_nobody_commands_it_any_more(kind: str) -> None:
    at = Walk(kind).walking().turn(4.0, None)
    assert abs(at.v) < 0.02 and not at.fallen


@every_legged_kind
def test_it_gets_up_with_power_and_down_when_told(kind: str) -> None:
    walk = Walk(kind)
    down = walk.robot.motion
    up = walk.turn(3.0)
    assert up.sunk_m == pytest.approx(0.0, abs=1e-9) and up.height_m == pytest.approx(down.height_m + down.sunk_m)
    assert walk.turn(3.0, word=DOWN[kind]).height_m == pytest.approx(down.height_m)
    assert not walk.turn(2.0, word="cut", powered=False).fallen
    assert walk.turn(3.0).height_m == pytest.approx(up.height_m), "and up again"


@every_legged_kind
@pytest.mark.parametrize("speed_mps", [0.0, 0.8])
def test_it_falls_when_its_power_is_cut_while_it_is_up(kind: str, speed_mps: float) -> None:
    walk = Walk(kind).walking()
    walk.turn(3.0, speed_mps)
    assert walk.turn(2.0, powered=False).fallen


def turned(robot: FloorRobot, now_s: float, v_mps: float = 0.0, word: str = "") -> float:
    """How far it turns within three seconds in which it is asked to."""
    before = robot.motion.yaw
    robot.tell(word, now_s)
    for number in range(300):
        robot.command(v_mps, 0.4, now_s + number * 0.01)
        robot.step(now_s + number * 0.01, powered=True)
    return math.remainder(robot.motion.yaw - before, math.tau)


def test_a_humanoid_turns_while_it_steps_and_not_on_its_knees() -> None:
    robot = make("humanoid", LIMITS, Motion())
    assert turned(robot, 0.0, word="settle") == 0.0
    turned(robot, 3.0)  # it gets up
    assert turned(robot, 6.0, v_mps=0.5) > 0.5
    assert turned(robot, 9.0) > 0.5, "on the spot"


@every_kind
def test_the_driver_goes_to_and_fro(kind: str) -> None:
    """It turns round in a lane, and comes back to where it was put."""
    walk, driver = Walk(kind), LaneDriver(Manner((6.0, 0.0), speed_mps=0.9, get_up_s=2.5, latency_s=0.46))
    for x_m in (6.0, 0.0, 6.0):
        driver.go_to((x_m, 0.0))
        for _ in range(20 * 40):
            walk.now_s += 0.05
            walk.robot.command(*driver.command(walk.now_s, walk.robot.motion, True), walk.now_s)
            walk.robot.step(walk.now_s, powered=True)
            assert abs(walk.robot.motion.y) < 0.4 and not walk.robot.motion.fallen
        assert driver.arrived and walk.robot.motion.x == pytest.approx(x_m, abs=0.3)
        assert abs(walk.robot.motion.v) < 0.02


def test_a_goal_that_is_none_is_not_gone_to() -> None:
    driver, at = LaneDriver(Manner((6.0, 0.0))), Motion(6.0)
    driver.go_to((math.nan, 0.0))
    driver.command(0.0, at, True)
    assert driver.arrived


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="'hexapod' is none of wheeled, quadruped, humanoid"):
        make("hexapod", LIMITS, Motion())


def test_the_driver_gives_its_robot_time_to_get_up() -> None:
    driver = LaneDriver(Manner((10.0, 0.0), get_up_s=2.0))
    asked = [driver.command(tick / 20, Motion(), may_move=tick >= 10) for tick in range(80)]
    first = next(tick for tick, (v, _) in enumerate(asked) if v > 0.0)
    assert 50 <= first <= 52
    assert driver.command(4.0, Motion(), False) == (0.0, 0.0)
    assert driver.command(4.05, Motion(), True) == (0.0, 0.0), "after a stop it waits again"
