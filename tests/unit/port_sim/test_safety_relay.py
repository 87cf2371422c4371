"""The hard-wired chain of the simulated ground: the robot's stop input at once, its power after the delay."""

import math

import pytest

from port_sim.robots.body import Body
from port_sim.robots.registry import ROBOTS, make
from port_sim.robots.truth_link import Supply, TruthLink
from port_sim.robots.wheeled import Limits, Motion
from port_sim.world import RobotTruth, World

T_S = 5.5
LIMITS = Limits(speed_mps=0.9, deceleration_mps2=1.0)

every_kind = pytest.mark.parametrize("kind", ROBOTS)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """Its clock stands until it is set; the station holds its relay."""
    found = World(delayed_contact_s=T_S)
    clock(monkeypatch, 100.0)
    found.relay_closed = True
    return found


def clock(monkeypatch: pytest.MonkeyPatch, now_s: float) -> None:
    monkeypatch.setattr("time.monotonic", lambda: now_s)


def test_before_the_watchdog_relay_was_ever_closed_there_is_no_power() -> None:
    world = World(delayed_contact_s=T_S)
    assert not world.powered() and world.stop_input


@pytest.mark.parametrize("opened_by", ["watchdog", "e-stop", "both"])
def test_the_stop_input_opens_at_once_and_the_power_goes_later(
    world: World, opened_by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert world.powered() and not world.stop_input
    if opened_by != "watchdog":
        world.press_estop()
    clock(monkeypatch, 102.0)
    if opened_by != "e-stop":
        world.relay_closed = False
    opened_s = 102.0 if opened_by == "watchdog" else 100.0
    assert world.stop_input
    assert world.powered(opened_s + T_S - 0.01) and not world.powered(opened_s + T_S)


def test_it_closes_when_both_are_well_and_the_next_opening_counts_anew(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.press_estop()
    world.relay_closed = False
    world.release_estop()
    assert world.stop_input, "the watchdog is open still"
    clock(monkeypatch, 200.0)
    assert not world.powered()
    world.relay_closed = True
    assert world.powered() and not world.stop_input
    world.relay_closed = False
    assert world.powered(200.0 + T_S - 0.01) and not world.powered(200.0 + T_S)


def test_who_takes_the_power_by_force_waits_for_nothing(world: World) -> None:
    world.forced_off = True
    assert not world.powered()


def test_a_ground_that_ends_takes_the_power_and_notes_how_high_the_body_was(world: World) -> None:
    world.see_robot(RobotTruth(height_m=0.5))
    world.switch_off()
    assert world.heights_at_cut_m == [0.5] and not world.powered()
    world.switch_off()
    assert world.heights_at_cut_m == [0.5], "it can go only once"


class Wired:
    """One robot of a kind on its body, without the thread; `turn` lets time pass."""

    def __init__(self, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch, self.now_s = monkeypatch, 100.0
        self.body = Body(make(kind, LIMITS, Motion()), TruthLink("/nowhere"))
        self.turn(3.0, Supply(True, powered=True, stop_input=False))

    def turn(self, seconds: float, supply: Supply, v_mps: float = 0.0, word: str = "") -> Motion:
        for _ in range(round(seconds * 100)):
            self.now_s += 0.01
            clock(self._monkeypatch, self.now_s)
            self.body.command(v_mps, 0.0)
            self.body.tell(word)
            self.body.motion, self.body.supply = self.body._move(supply), supply
        return self.body.motion


GOES = Supply(True, powered=True, stop_input=False)
STOPS = Supply(True, powered=True, stop_input=True)
DARK = Supply(True, powered=False, stop_input=True)


@every_kind
@pytest.mark.parametrize("fault", [{}, {"runaway": True}, {"deaf": True}])
def test_when_nobody_stops_it_its_own_controller_does_before_the_power_goes(
    kind: str, fault: dict[str, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The gate is dead: the command goes on, no stage is told, and the relay does what is left to do."""
    wired = Wired(kind, monkeypatch)
    assert wired.turn(3.0, GOES, 0.8).v > 0.3
    stops = Supply(True, powered=True, stop_input=True, **fault)
    moving = wired.turn(0.1, stops, 0.8)
    assert not wired.body.lies_still
    down = wired.turn(T_S - 0.1, stops, 0.8)
    assert abs(down.v) < 1e-3 and down.x - moving.x < 1.5
    dark = wired.turn(2.0, DARK, 0.8)
    assert not dark.fallen and dark.height_m == pytest.approx(down.height_m)
    assert wired.body.lies_still


@every_kind
def test_when_the_input_closes_again_it_does_what_it_is_told(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wired = Wired(kind, monkeypatch)
    wired.turn(T_S, STOPS, 0.8)
    at = wired.turn(4.0, GOES, 0.8)
    assert at.v > 0.3 and at.sunk_m == pytest.approx(0.0, abs=1e-9) and not math.isnan(at.x)
    assert not wired.body.lies_still
