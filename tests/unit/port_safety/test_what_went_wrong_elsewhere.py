"""Failures that robots and their safety layers have had elsewhere, one a test: none of them here.

The first part are the known gaps of Nav2's collision monitor, twist_mux, Autoware's command gate and robots' own
drivers; the second are what stop buttons, watchdogs and sensors are known to fail by.
"""

import math
from dataclasses import replace

import pytest

from port_safety.commands.command import Command
from port_safety.commands.twist import ZERO, Motion
from port_safety.gate import operator_commands
from port_safety.gate.state_machine import MOTION_ALLOWED, State
from port_safety.model.readings import ClockStep, Occupancy, Odometry, Pose, Publishers
from port_safety.model.verdict import Severity
from port_sensors.core.estop import Station
from port_sensors.core.watchdog import Action, Watchdog
from tests.gate_bench import PRESSED, RELEASED, RESET_HELD, Bench, base_twist, state_of


def stopped(bench: Bench) -> Bench:
    """Stopped by the button, which is released again; the robot's stack asks for motion all the time."""
    bench.estop = PRESSED
    bench.turn(1.0)
    bench.estop = RELEASED
    bench.turn(1.0)
    assert bench.gate.state is State.STOPPED, bench.gate.reason
    return bench


# --- other safety layers ----------------------------------------------------------------------------------------------


def test_a_stop_does_not_wait_for_a_command() -> None:
    """Nav2's collision monitor judges only when a command arrives; a robot that coasts is not looked at."""
    bench = Bench().drive()
    bench.request, bench.estop = None, PRESSED
    bench.turn()
    assert bench.gate.state is State.STOPPING and bench.gate.output.command == ZERO


def test_a_gate_that_is_asked_to_end_says_stop_first() -> None:
    """Nav2's collision monitor publishes no stop when it is deactivated: the robot keeps its last command."""
    bench = Bench().drive(0.45)
    operator_commands.stop(bench.gate, "gate", "the gate is shutting down", False, bench.now_ns)
    left: list[Command] = []
    bench.look = lambda: left.append(bench.gate.output.command)
    bench.request = ZERO
    bench.turn(2.0)
    speeds = [base_twist(command).vx for command in left]
    assert len(speeds) >= 400 and speeds == sorted(speeds, reverse=True), "every tick, and never faster again"
    assert left[-1] == ZERO and bench.gate.state is State.RESET_READY


@pytest.mark.parametrize(
    "cause",
    [
        {"estop": PRESSED},
        {"occupancy": Occupancy(frozenset(), positions_m=((0.6, 0.0),))},
        {"occupancy": Occupancy(frozenset(), False)},
        {"publishers": Publishers(("/team/teleop",))},
        {"clock_step": ClockStep(-1.0)},
        {"odometry": Odometry(0.0, 0.0, 0.0, 3.0, 0.0, 0.0)},
    ],
    ids=lambda cause: next(iter(cause)),
)
def test_from_a_cause_to_the_stop_it_takes_a_tick(cause: dict[str, object]) -> None:
    """Autoware's gate looks ten times a second: 0.7 s at worst, in which a person walks a metre."""
    bench = Bench(obeys=False).drive()
    assert bench.gate.state in MOTION_ALLOWED
    for name, value in cause.items():
        setattr(bench, name, value)
    bench.turn()
    assert bench.gate.state is State.STOPPING


def test_staleness_counts_to_both_sides_and_below_a_second() -> None:
    """Nav2: a source may be silent for 2 to 5 s, and a stamp from the future is always young."""
    for offset_ns in (-600_000_000, 600_000_000):
        bench = Bench(obeys=False).drive()
        bench.pose = None
        bench.gate.update("ground_pose", Pose(0.0, 0.0, 0.0), bench.now_ns + offset_ns, bench.now_ns)
        bench.turn()
        assert bench.gate.stop is not None and ("input_timeout", "ground_pose") in bench.gate.stop.causes


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_command_that_is_no_number_is_not_ignored(bad: float) -> None:
    """Nav2 ignores it and the last one goes on; others turn it into a zero that nobody hears of."""
    bench = Bench().drive()
    bench.gate.request(Motion(bad), bench.now_ns)
    assert bench.gate.state is State.STOPPING
    assert bench.gate.reason == f"command: linear.x is {bad}"


def test_a_reading_that_is_no_number_is_not_replaced() -> None:
    """A reading that is no number is not replaced by a default."""
    bench = Bench(obeys=False).drive()
    bench.odometry = Odometry(0.0, 0.0, math.nan, 0.0, 0.0, 0.0)
    bench.turn()
    assert bench.gate.reason == "odometry: yaw is nan" and bench.gate.state is State.STOPPING


def test_a_position_that_is_no_number_hides_nobody() -> None:
    """A position that is no number does not make a person vanish."""
    bench = Bench().drive()
    bench.occupancy = Occupancy(frozenset(), positions_m=((math.nan, 0.0),))
    bench.turn()
    assert bench.gate.state is State.STOPPING and "not a number" in bench.gate.reason


def test_a_lock_is_never_silent() -> None:
    """twist_mux goes silent when it is locked, and the robot keeps its last command."""
    bench = stopped(Bench().drive())
    for _ in range(100):
        assert bench.turn() is bench.gate.output and bench.gate.output.command == ZERO


def test_the_way_out_of_a_zone_that_stops_is_open() -> None:
    """Nav2 #3313, #3748: inside a stop zone no command leads out again."""
    bench = Bench(pose=Pose(10.5, 0.0, 0.0)).run()
    bench.request = Motion(-0.5)
    bench.turn(0.5)
    assert bench.gate.output.command == Motion(-0.5)


def test_a_protective_stop_is_not_released_by_one_good_sample() -> None:
    """Nav2 #4364: a flickering sensor makes the robot stutter towards a person."""
    bench = Bench(pose=Pose(5.0, 0.0, 0.0)).drive()
    bench.request = ZERO
    for _ in range(10):
        bench.occupancy = Occupancy(frozenset({"crossing"}))
        bench.turn()
        bench.occupancy = Occupancy(frozenset())
        bench.turn(0.4)
        assert bench.gate.state not in MOTION_ALLOWED


@pytest.mark.slow
def test_an_emergency_never_recovers_by_itself() -> None:
    """Autoware's gate recovers by default as soon as the cause is gone."""
    bench = Bench().drive()
    bench.request = ZERO
    bench.estop = PRESSED
    bench.turn(0.5)
    bench.estop = RELEASED
    bench.turn(30.0)
    assert bench.gate.state is State.RESET_READY


def test_nothing_lurches_when_the_stop_ends() -> None:
    """UR's driver goes on with the program that was running; here it is asked for, armed for, and begins at zero."""
    bench = stopped(Bench().drive(0.45))
    bench.request = ZERO
    bench.turn(0.6)
    assert operator_commands.reset(bench.gate, bench.gate.tracker.event_id, "officer", bench.now_ns).accepted
    bench.request = Motion(0.45)
    assert bench.turn(0.5).command == ZERO
    bench.request = ZERO
    bench.turn(0.1)
    assert operator_commands.arm(bench.gate, "officer", bench.now_ns).accepted
    bench.request = Motion(0.45)
    assert bench.turn(0.5).command == ZERO, "a stack that goes on as before is not let through"
    bench.request = ZERO
    bench.turn()
    bench.request = Motion(0.45)
    assert base_twist(bench.turn().command).vx < 0.25, "and then it rises as the profile allows"


def test_nothing_lurches_when_a_stop_ends_by_itself() -> None:
    """Once the gate itself did: what was judged in the tick before let the whole request pass for one tick."""
    bench = Bench().drive(0.4)
    bench.occupancy = Occupancy(frozenset(), positions_m=((1.5, 0.0),))
    bench.turn(1.0)
    assert bench.gate.stop is not None and bench.gate.stop.self_clearing
    left: list[tuple[bool, Command]] = []
    bench.look = lambda: left.append((bench.gate.state in MOTION_ALLOWED, bench.gate.output.command))
    bench.occupancy = Occupancy(frozenset())
    bench.turn(3.0)
    assert any(moving for moving, _ in left), "it ended"
    assert {command for _, command in left} == {ZERO}, "and nothing passed, not for one tick"


def test_a_reset_is_refused_while_the_stack_asks_for_motion() -> None:
    """Husarion refuses it too; most do not."""
    bench = stopped(Bench().drive())
    answer = operator_commands.reset(bench.gate, bench.gate.tracker.event_id, "officer", bench.now_ns)
    assert not answer.accepted and "must request zero" in answer.reason


def test_the_robots_claims_are_checked_by_cameras() -> None:
    """Nobody does: a robot whose odometry slips, or that lies, is believed."""
    bench = Bench(obeys=False).drive()
    for _ in range(200):
        odometry = bench.odometry
        assert odometry is not None
        bench.odometry = replace(odometry, x=odometry.x + 0.01)
        bench.turn()
    assert bench.gate.stop is not None and ("pose_agreement", "displacement") in bench.gate.stop.causes


# --- stops, resets, buttons -------------------------------------------------------------------------------------------


def test_a_stop_and_a_release_in_one_moment_are_a_stop() -> None:
    """One message that carries both: the channel opens while the reset is pressed."""
    bench = stopped(Bench().drive())
    bench.request = ZERO
    bench.turn(0.6)
    assert state_of(bench.gate) is State.RESET_READY
    bench.estop = RELEASED
    bench.turn()
    bench.estop = replace(RESET_HELD, channel_b_closed=False)
    bench.turn()
    assert state_of(bench.gate) is State.STOPPED


def test_a_stop_that_joins_in_the_tick_of_a_reset_wins() -> None:
    bench = stopped(Bench().drive())
    bench.request = ZERO
    bench.turn(0.6)
    operator_commands.stop(bench.gate, "officer", "wait", True, bench.now_ns)
    assert not operator_commands.reset(bench.gate, bench.gate.tracker.event_id, "other", bench.now_ns).accepted


@pytest.mark.slow
def test_another_nodes_commands_are_an_emergency() -> None:
    """A second publisher on the command topic: whatever the gate says, the robot hears the other as well."""
    bench = Bench().drive()
    bench.publishers = Publishers(("/team/teleop",))
    bench.turn()
    assert bench.gate.stop is not None and bench.gate.stop.severity is Severity.EMERGENCY_STOP
    assert "/team/teleop" in bench.gate.reason
    bench.publishers, bench.request = Publishers(), ZERO
    bench.turn(30.0)
    assert bench.gate.state is State.RESET_READY, "it latches"


def test_not_knowing_who_commands_the_robot_is_no_leave_to_move() -> None:
    bench = Bench(publishers=None)
    bench.turn(1.0)
    assert bench.gate.state is State.INIT and "looked" in bench.gate.reason


def test_a_stop_that_the_robot_ignores_takes_its_power() -> None:
    """Zero is on the wire and everybody is content; nobody looks whether the robot stands."""
    bench = Bench().drive(0.45)
    bench.obeys = False
    bench.odometry = Odometry(0.0, 0.0, 0.0, 1.0, 0.0, 0.0)
    operator_commands.stop(bench.gate, "officer", "test", False, bench.now_ns)
    while bench.turn().enable:
        assert bench.now_ns < 60_000_000_000
    assert bench.gate.stop is not None and bench.gate.stop.severity is Severity.EMERGENCY_STOP
    assert ("stop_response", "robot") in bench.gate.stop.causes
    bench.odometry = Odometry(0.0, 0.0, 0.0, 0.1, 0.0, 0.0)
    assert not bench.turn().enable, "the power does not come back because the robot got slower"


def test_a_stopped_robot_that_begins_to_move_is_an_emergency() -> None:
    bench = Bench().drive()
    operator_commands.stop(bench.gate, "officer", "test", False, bench.now_ns)
    bench.request = ZERO
    bench.turn(2.0)
    assert bench.gate.state is State.RESET_READY
    bench.obeys = False
    bench.odometry = Odometry(0.0, 0.0, 0.0, 0.3, 0.0, 0.0)
    bench.turn()
    assert bench.gate.stop is not None and bench.gate.stop.severity is Severity.EMERGENCY_STOP


# --- heartbeats -------------------------------------------------------------------------------------------------------


def test_a_heartbeat_that_never_came_is_missed() -> None:
    """A watchdog that begins to count with the first heartbeat guards nothing until then."""
    bench = Bench(estop=None)
    bench.turn(5.0)
    assert bench.gate.state is State.INIT and bench.gate.reason == "estop station_1: no data"
    assert all(Watchdog(0.3).due(now_s) is Action.NOTHING for now_s in (0.0, 1.0, 100.0))
    assert not Station().reading(0.0, trusted=True).channel_a_closed


def test_no_driver_feeds_the_watchdog_on_its_own_account() -> None:
    """Drivers that renew the hardware watchdog from their own loop keep the power on when the gate is dead."""
    watchdog = Watchdog(hold_s=0.3)
    watchdog.heartbeat(1, True, 0.0, 0.0)
    assert watchdog.due(0.0) is Action.RENEW
    watchdog.written(Action.RENEW, 0.0)
    for tick in range(1, 1000):
        now_s = 0.11 + tick * 0.01
        watchdog.heartbeat(1, True, 0.0, now_s)  # the gate's last one, told again and again
        assert watchdog.due(now_s) is Action.NOTHING
        watchdog.written(Action.NOTHING, now_s)


# --- sensors ----------------------------------------------------------------------------------------------------------


def test_speed_is_limited_on_the_request() -> None:
    """Clamping to where the robot is measured to be makes a slow sensor drag the robot along."""
    bench = Bench(obeys=False).drive()
    bench.odometry = Odometry(0.0, 0.0, 0.0, 1.2, 0.0, 0.0)
    bench.request = Motion(0.2)
    assert bench.turn(0.1).command == Motion(0.2)
    bench.odometry = Odometry(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    bench.request = Motion(0.4)
    assert 0.2 < base_twist(bench.turn(0.3).command).vx <= 0.4


@pytest.mark.parametrize(
    "occupancy", [Occupancy(frozenset(), False, "the camera is covered"), Occupancy(frozenset(), False)]
)
def test_a_covered_sensor_does_not_read_as_free(occupancy: Occupancy) -> None:
    bench = Bench(pose=Pose(5.0, 0.0, 0.0)).drive()
    bench.occupancy = occupancy
    bench.turn()
    assert bench.gate.stop is not None and bench.gate.stop.self_clearing
    assert {("speed", "zone crossing"), ("separation", "people")} == bench.gate.stop.causes.keys()


def test_a_sensor_that_repeats_its_last_value_is_not_alive() -> None:
    """Young stamps, old picture: a hung driver behind a healthy node."""
    bench = Bench().drive()
    bench.obeys = False
    odometry, pose = bench.odometry, bench.pose
    assert odometry is not None and pose is not None
    for tick in range(400):
        bench.odometry = replace(odometry, x=odometry.x + tick * 1e-4)
        bench.turn()
    assert bench.gate.stop is not None and list(bench.gate.stop.causes) == [("stuck_input", "ground_pose")]


@pytest.mark.parametrize("late_ns", [-80_000_000, 450_000_000])
def test_stamps_that_stay_a_little_off_are_named_as_a_clock(late_ns: int) -> None:
    """Inside of what counts as fresh, and still wrong all the time."""
    bench = Bench(obeys=False).drive()
    bench.pose = None
    for number in range(20):
        pose = Pose(number * 1e-4, 0.0, 0.0)
        bench.gate.update("ground_pose", pose, bench.now_ns - late_ns, bench.now_ns)
        bench.turn()
    assert bench.gate.stop is not None and list(bench.gate.stop.causes) == [("clock", "ground_pose")]


def test_a_clock_set_while_a_robot_drives_is_a_stop_by_name() -> None:
    """A clock that is set while a robot drives is a stop by name."""
    bench = Bench().drive()
    bench.clock_step = ClockStep(-3600.0)
    bench.turn()
    assert bench.gate.reason == "clock of system_clock: it was set by -3600.00 s"


@pytest.mark.parametrize("yaw", [1.7e308, -1.7e308])
def test_impossible_headings_stop_the_robot_and_not_the_gate(yaw: float) -> None:
    """Once the difference of two of them was infinite, and the gate failed at it."""
    bench = Bench(obeys=False).drive()
    for turned in (yaw, -yaw):
        bench.pose, bench.odometry = Pose(1.0, 0.0, turned), Odometry(1.0, 0.0, -turned, 0.4, 0.0, 0.0)
        bench.turn(0.2)
    assert bench.gate.fault == "" and bench.gate.state not in MOTION_ALLOWED


@pytest.mark.parametrize("seen", [0.0, 1.0])
def test_places_infinitely_far_apart_are_a_disagreement(seen: float) -> None:
    """Places so far apart that no number tells how far are a disagreement."""
    bench = Bench(obeys=False).drive()
    for x in (1.7e308, -1.7e308):
        bench.pose, bench.odometry = Pose(seen * x, 0.0, 0.0), Odometry(x, 0.0, 0.0, 0.4, 0.0, 0.0)
        bench.turn(0.2)
    assert ("pose_agreement", "displacement") in [verdict.key for verdict in bench.gate.verdicts]
