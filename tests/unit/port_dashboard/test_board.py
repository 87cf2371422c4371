"""The board keeps the newest, is bounded, and says what an officer must see at once."""

import pytest

from port_dashboard.state.board import EVENTS_KEPT, STATIONS_KEPT, TRACK_POINTS_KEPT, Board, Zone
from tests.unit.port_dashboard import samples


def test_only_a_change_is_urgent() -> None:
    board = Board()
    assert board.take_safety(samples.safety(), 1)
    assert not board.take_safety(samples.safety(speed_mps=0.5), 2)
    assert board.take_safety(samples.safety("STOPPED"), 3)


@pytest.mark.parametrize("change", [{"a": False}, {"b": False}, {"relay": False}, {"link": "LOST"}, {"reset": True}])
def test_each_contact_is_urgent(change: dict[str, object]) -> None:
    board = Board()
    board.take_estop(samples.estop(), 1)
    assert not board.take_estop(samples.estop(), 2)
    assert board.take_estop(samples.estop(**change), 3)


def test_the_newest_events_are_kept_and_a_gap_is_told() -> None:
    board = Board()
    for sequence in range(1, 80):
        board.take_event(samples.event(sequence))
    assert len(board.picture().events) == EVENTS_KEPT
    board.take_event(samples.event(83))
    gap, last = board.picture().events[-2:]
    assert gap["kind"] == "LOST" and gap["reason"] == "3 events of safety did not arrive"
    assert last["reason"] == "event 83"


def test_a_gate_that_starts_anew_is_no_gap() -> None:
    board = Board()
    for sequence in (7, 1, 2):
        board.take_event(samples.event(sequence))
    assert [event["kind"] for event in board.picture().events] == ["STOP"] * 3


def test_everything_is_bounded() -> None:
    board = Board()
    for number in range(1000):
        board.take_estop(samples.estop(device_id=f"station_{number}"), number)
        board.take_health(f"device {number}", {"level": "ok", "message": "", "remedy": ""}, number)
        board.take_pose({"x_m": number * 0.1, "y_m": 0.0, "yaw_rad": 0.0}, number)
    picture = board.picture()
    assert len(picture.estops) == STATIONS_KEPT
    assert len(picture.health) <= 64
    assert len(picture.track_m) == TRACK_POINTS_KEPT


def test_a_standing_robot_leaves_no_track() -> None:
    board = Board()
    for _ in range(10):
        board.take_pose({"x_m": 1.0, "y_m": 0.001, "yaw_rad": 0.0}, 1)
    assert board.picture().track_m == ((1.0, 0.001),)


def test_a_picture_does_not_change_any_more() -> None:
    board = Board()
    board.take_estop(samples.estop(), 1)
    before = board.picture()
    board.take_estop(samples.estop(a=False), 2)
    assert before.estops["station_1"].value["a"] is True


def test_a_zone_needs_three_corners() -> None:
    with pytest.raises(ValueError, match="zone lane: 2 corners"):
        Zone("lane", "keep_in", ((0.0, 0.0), (1.0, 0.0)))
