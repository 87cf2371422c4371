"""How a robot is driven to be measured, what is cut out of the recording, and what is said of it."""

import math
from dataclasses import replace

import pytest
import yaml

from port_ros.yaml_file import parse_yaml
from port_safety.model.braking_model import BrakingModel
from port_session.robots.measured_figures import less_careful, profile_lines, table
from port_session.robots.stop_drive import HOLD_S, STANDS_S, Limits, Phase, StopDrive
from port_session.robots.stop_fit import Figure, Fit, fit
from port_session.robots.stop_recording import Place, StopRecording
from port_sim.robots.registry import FloorRobot, make
from port_sim.robots.wheeled import Limits as TrueLimits
from port_sim.robots.wheeled import Motion, Wheeled
from tests.robot_sessions import CONFIG

LIMITS = Limits(1.5, 1.0, 1.2, 0.08, 0.1)
_DT_S = 0.02


def driven(drive: StopDrive, robot: FloorRobot, seconds: float = 60.0) -> StopRecording:
    """Drive the simulated robot until it is over, through a gate that lets a command rise by 1 m/s²."""
    recording, phase, zero_s, moved_m, passed = StopRecording(), drive.phase, math.nan, 0.0, 0.0
    for step in range(round(seconds / _DT_S)):
        now_s = step * _DT_S
        asked, speed_mps = drive.ask(now_s, robot.motion.v, moved_m), drive.speed_mps
        if drive.phase is Phase.STOP and phase is Phase.DRIVE:
            zero_s, asked_mps = now_s, speed_mps
        elif phase is Phase.STOP and drive.phase is not Phase.STOP and drive.phase is not Phase.FAILED:
            recording.zeros.append((zero_s, now_s, asked_mps))
        phase = drive.phase
        if drive.over:
            break
        passed = min(asked, passed + 1.0 * _DT_S)
        recording.commands.append((now_s, passed))
        robot.command(passed, 0.0, now_s)
        before = robot.motion
        motion = robot.step(now_s + _DT_S, powered=True)
        moved_m += math.hypot(motion.x - before.x, motion.y - before.y)
        recording.places.append(Place(now_s + _DT_S, motion.v, motion.x, motion.y))
    return recording


def test_the_figures_of_the_simulated_robot_come_out() -> None:
    truth = TrueLimits()
    drive = StopDrive((0.4, 0.8, 1.2), LIMITS)
    stops = driven(drive, Wheeled(truth)).stops()
    assert drive.phase is Phase.DONE and [stop.asked_mps for stop in stops] == [0.4, 0.8, 1.2]
    found = fit([stop.stop for stop in stops])
    assert found.latency_s.value == pytest.approx(truth.latency_s, abs=0.02)
    assert found.response_s.value == pytest.approx(truth.response_s, abs=0.03)
    assert found.deceleration_mps2.value == pytest.approx(truth.deceleration_mps2, rel=0.05)
    for stop in stops:
        way_m = (
            stop.start_mps * (truth.latency_s + truth.response_s / 2) + stop.start_mps**2 / 2 / truth.deceleration_mps2
        )
        assert stop.start_mps == pytest.approx(stop.asked_mps, rel=0.05) and stop.way_m == pytest.approx(
            way_m, rel=0.15
        )


def test_it_goes_no_further_than_it_said() -> None:
    drive = StopDrive((0.4, 0.8, 1.2), LIMITS)
    recording = driven(drive, Wheeled(TrueLimits()))
    assert 0.5 * drive.way_m < recording.places[-1].x <= drive.way_m


def test_a_robot_that_does_not_stop_is_asked_for_zero_and_it_says_so() -> None:
    drive = StopDrive((0.5, 1.0), LIMITS)
    asked = [drive.ask(step * 0.05, 0.5, step * 0.025) for step in range(400)]
    assert drive.phase is Phase.FAILED and "further than planned" in drive.problem
    assert asked[0] == 0.5 and set(asked[100:]) == {0.0}


def test_a_robot_that_does_not_move_ends_it() -> None:
    drive = StopDrive((0.5,), LIMITS)
    for step in range(300):
        drive.ask(step * 0.05, 0.0, 0.0)
    assert drive.phase is Phase.FAILED and "steady speed" in drive.problem and drive.ask(99.0, 0.0, 0.0) == 0.0


def test_a_speed_that_is_none_is_never_steady_and_never_standing() -> None:
    drive = StopDrive((0.5,), LIMITS)
    for step in range(100):
        assert drive.ask(step * 0.05, math.nan, 0.0) == 0.5
    assert drive.phase is Phase.DRIVE


def test_what_failed_asks_for_nothing_more() -> None:
    drive = StopDrive((0.5,), LIMITS)
    assert drive.ask(0.0, 0.0, 0.0) == 0.5
    drive.fail("the gate stopped it")
    drive.fail("and something else")
    assert drive.ask(0.1, 0.0, 0.0) == 0.0 and drive.problem == "the gate stopped it"


def test_the_times_are_held() -> None:
    drive = StopDrive((0.5, 0.6), LIMITS)
    drive.ask(0.0, 0.5, 0.0)
    assert drive.ask(HOLD_S - 0.01, 0.5, 0.1) == 0.5 and drive.ask(HOLD_S + 0.01, 0.5, 0.1) == 0.0
    drive.ask(2.0, 0.0, 0.2)
    assert drive.ask(2.0 + STANDS_S - 0.01, 0.0, 0.2) == 0.0 and drive.ask(2.0 + STANDS_S + 0.01, 0.0, 0.2) == 0.6


@pytest.mark.parametrize("speeds", [(), (0.0,), (1.6,), (-0.5,), (math.nan,), (0.5, math.inf)])
def test_speeds_that_the_profile_does_not_allow(speeds: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="speeds: expected"):
        StopDrive(speeds, LIMITS)


def test_a_stop_without_a_falling_command_is_none() -> None:
    places = [Place(step * 0.02, 0.5, step * 0.01, 0.0) for step in range(200)]
    commands = [(step * 0.01, 0.5) for step in range(400)]
    assert StopRecording(commands, places, [(1.0, 3.0, 0.5)]).stops() == []
    assert StopRecording([], [], [(1.0, 3.0, 0.5)]).stops() == []


def test_stamps_of_another_clock_do_not_make_the_latency_shorter() -> None:
    """The robot's clock is 0.1 s behind this machine's, the network takes 0.01 s: by stamps it would react at once."""
    there = driven(StopDrive((0.8, 1.2), LIMITS), Wheeled(TrueLimits()))
    behind = replace(there, places=[replace(place, at_s=place.at_s - 0.1, lag_s=0.11) for place in there.places])
    fresh = replace(there, places=[replace(place, lag_s=0.01) for place in there.places])
    assert fresh.on_the_safe_clock() is fresh
    moved = behind.on_the_safe_clock()
    assert moved.places[7].at_s == pytest.approx(there.places[7].at_s + 0.01)
    latency = fit([stop.stop for stop in moved.stops()]).latency_s
    assert latency.value == pytest.approx(TrueLimits().latency_s + 0.01, abs=0.02)
    assert replace(there, places=[replace(p, lag_s=-0.03) for p in there.places]).on_the_safe_clock() is not there


GOOD = Fit(Figure(0.081, 0.002), Figure(0.1, 0.004), Figure(1.2, 0.02), 0.004)


def recorded() -> StopRecording:
    return driven(StopDrive((0.5,), LIMITS), Wheeled(TrueLimits()))


def test_the_lines_for_the_profile_are_on_the_safe_side() -> None:
    tree = parse_yaml(profile_lines(recorded().stops(), GOOD))
    assert tree["limits"] == {"latency_s": 0.09, "response_s": 0.11, "deceleration_mps2": 1.16}
    (speed,), (way,) = tree["stop"]["measured_stop_mps"], tree["stop"]["measured_stop_m"]
    (stop,) = recorded().stops()
    assert speed <= stop.start_mps and way >= stop.way_m


def test_what_is_not_told_is_no_line() -> None:
    unsure = replace(GOOD, deceleration_mps2=Figure(1.2, 0.8))
    text = profile_lines(recorded().stops(), unsure)
    assert (
        "deceleration_mps2" not in parse_yaml(text)["limits"] and "# deceleration_mps2: these stops do not tell" in text
    )
    assert (
        "do not tell it" in table(recorded().stops(), unsure, {})
        and less_careful(unsure, {"deceleration_mps2": 9.0}) == []
    )


def test_an_uncertain_latency_is_a_longer_one() -> None:
    unsure = replace(GOOD, latency_s=Figure(0.081, 0.06), response_s=Figure(0.5, 3.0))
    tree = parse_yaml(profile_lines(recorded().stops(), unsure))["limits"]
    assert tree == {"latency_s": 0.21, "deceleration_mps2": 1.16}, "more than 2 s is nothing that a profile may say"


def test_a_profile_that_promises_more_than_the_robot_does_is_named() -> None:
    profile = {"latency_s": 0.05, "response_s": 0.2, "deceleration_mps2": 1.5}
    said = less_careful(GOOD, profile)
    assert len(said) == 2 and "limits.latency_s 0.05" in said[0] and "limits.deceleration_mps2 1.5" in said[1]
    assert "0.081" in table(recorded().stops(), GOOD, profile)


@pytest.mark.parametrize("kind", ["wheeled", "quadruped", "humanoid"])
def test_by_its_measured_figures_no_robot_goes_further_than_the_gate_counts_with(kind: str) -> None:
    """A humanoid changes its speed with its next step only, and swings: the model fits it badly, and says so."""
    tree = yaml.safe_load((CONFIG / "robots" / f"sim_{kind}.yaml").read_text())["limits"]
    robot = make(kind, TrueLimits(**tree), Motion())
    for step in range(400):  # it gets up
        robot.command(0.0, 0.0, -8.0 + step * _DT_S)
        robot.step(-8.0 + step * _DT_S, powered=True)
    drive = StopDrive(tuple(share * tree["speed_mps"] for share in (0.25, 0.5, 0.75)), Limits.of(tree))
    stops = driven(drive, robot).stops()
    assert drive.phase is Phase.DONE and len(stops) == 3
    written = parse_yaml(profile_lines(stops, fit([stop.stop for stop in stops], 0.003)))["limits"]
    counted = BrakingModel(written["latency_s"], written["deceleration_mps2"], written["response_s"])
    for stop in stops:
        assert stop.way_m <= counted.stopping_distance_m(stop.start_mps) <= 2.5 * stop.way_m
