"""The page value: what is shown, how old it is, and that nothing unknown is ever shown as fine."""

from typing import Any

import orjson
import pytest

from port_dashboard.state import page, words
from port_dashboard.state.board import Board, Picture, Zone
from port_dashboard.state.freshness import Seen
from tests.unit.port_dashboard import samples
from tests.unit.port_dashboard.samples import MS, NOW_NS, SYSTEM_NS

FRAME = page.Frame("demo", (Zone("lane", "keep_in", ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0))),))


def picture(age_ms: float = 0.0, **changes: Any) -> Picture:
    at = int(NOW_NS - age_ms * MS)
    values: dict[str, Any] = {
        "safety": Seen(samples.safety(), at),
        "session": Seen(samples.session(), at),
        "pose": Seen({"x_m": 1.0, "y_m": 0.5, "yaw_rad": 0.0}, at),
        "estops": {"station_1": Seen(samples.estop(), at)},
        "health": {"mqtt": Seen({"level": "ok", "message": "fine", "remedy": ""}, at)},
    }
    return Picture(**(values | changes))


def build(shown: Picture, frame: page.Frame = FRAME) -> dict[str, Any]:
    return page.build(frame, shown, NOW_NS, SYSTEM_NS)


def with_safety(state: str = "RUN", **changes: Any) -> dict[str, Any]:
    return build(picture(safety=Seen(samples.safety(state, **changes), NOW_NS)))


def statuses(value: Any) -> list[str]:
    """Every status on the page, wherever it is."""
    if isinstance(value, dict):
        own = [value["status"]] if "status" in value else []
        return own + [found for each in value.values() for found in statuses(each)]
    return [found for each in value for found in statuses(each)] if isinstance(value, list) else []


def test_all_fresh_and_fine() -> None:
    shown = build(picture())
    assert shown["live"] and set(statuses(shown)) == {"ok"}
    assert shown["state"]["word"] == "RUN" and shown["state"]["since_ms"] == 7000.0
    assert orjson.loads(orjson.dumps(shown))["plan"]["zones"][0]["name"] == "lane"


def test_nothing_heard_is_unknown_and_not_live() -> None:
    shown = build(Picture(), page.Frame("demo", expected_health=("mqtt",)))
    assert not shown["live"] and set(statuses(shown)) == {"unknown"}
    assert shown["health"][0]["text"] == "never heard" and shown["state"]["remedy"]


@pytest.mark.parametrize("age_ms", [4000.0, 1e9, -4000.0])
def test_old_or_impossible_times_leave_nothing_fine(age_ms: float) -> None:
    shown = build(picture(age_ms))
    assert not shown["live"] and set(statuses(shown)) == {"unknown"}


def test_hatched_before_not_live() -> None:
    shown = build(picture(700.0))
    assert shown["live"] and shown["state"]["status"] == "unknown" and shown["inputs"][0]["status"] == "unknown"
    assert shown["inputs"][0]["text"] == "not current"


TO_ARM = "make sure that nobody is near the robot, then arm"


def to_do(gate: str, session: str, age_ms: float = 0.0) -> dict[str, Any]:
    seen = Seen(samples.session(session), int(NOW_NS - age_ms * MS))
    return dict(build(picture(safety=Seen(samples.safety(gate, remedy=TO_ARM), NOW_NS), session=seen))["state"])


@pytest.mark.parametrize("session", ["COMPLETED", "ABORTED", "REVIEWED", "SEALED"])
@pytest.mark.parametrize("gate", ["STANDBY", "RESET_READY"])
def test_nobody_is_asked_to_arm_in_a_session_that_is_over(gate: str, session: str) -> None:
    shown = to_do(gate, session)
    assert shown["remedy"].startswith("the session is over") and "start a new one" in shown["remedy"]
    assert "armed" not in shown["text"]


def test_before_admission_the_next_step_is_to_admit() -> None:
    shown = to_do("STANDBY", "BOOKED")
    assert shown["remedy"].startswith("admit the robot (port session admit)") and "be armed" not in shown["text"]


@pytest.mark.parametrize(
    ("gate", "session", "age_ms"),
    [
        ("STANDBY", "HALTED", 0.0), ("STANDBY", "ADMITTED", 0.0), ("STANDBY", "COMPLETED", 9000.0),
        ("STOPPED", "COMPLETED", 0.0),
    ],
)  # fmt: skip
def test_elsewhere_the_gates_own_remedy_stands(gate: str, session: str, age_ms: float) -> None:
    """A session that was over when it was last heard is not known to be, and what a stop waits for is told as ever."""
    assert to_do(gate, session, age_ms)["remedy"] == TO_ARM


def test_a_state_this_page_does_not_know_is_unknown() -> None:
    assert with_safety("STATE 42")["state"]["status"] == "unknown"
    assert with_safety("INIT")["state"]["status"] == "unknown"


@pytest.mark.parametrize("state", ["STOPPING", "STOPPED", "FAULT"])
def test_stops_are_shown_as_stops(state: str) -> None:
    assert with_safety(state)["state"]["status"] == "stop"


def test_causes_in_order_with_value_and_limit() -> None:
    too_fast = samples.cause(reason="too fast", severity=2, value=0.78, limit=0.5, unit="m/s", healthy=True)
    first, later = with_safety("STOPPED", causes=[samples.cause(), too_fast])["causes"]
    assert first["first"] and first["status"] == "stop" and not first["value"] and not first["gone"]
    assert (later["value"], later["limit"], later["gone"], later["first"]) == ("0.78 m/s", "0.50 m/s", True, False)


@pytest.mark.parametrize(
    ("reading", "status"),
    [
        (samples.gate_input(), "ok"),
        (samples.gate_input("STALE", 3.0), "abnormal"),
        (samples.gate_input("INVALID"), "abnormal"),
        (samples.gate_input("NEVER", None), "unknown"),
        (samples.gate_input("STATUS 9"), "unknown"),
        (samples.gate_input("OK", None), "unknown"),
        (samples.gate_input("OK", float("nan")), "unknown"),
        (samples.gate_input("OK", 0.01, None), "unknown"),
        (samples.gate_input("OK", 0.2), "abnormal"),
    ],
)
def test_inputs(reading: dict[str, Any], status: str) -> None:
    assert with_safety(inputs=[reading])["inputs"][0]["status"] == status


STUCK = "its sample counter stands still"


@pytest.mark.parametrize(("name", "link", "level", "text"), [
    ("estop station_1", "LOST", "ok", "no answer for 36.0 s"), ("estop station_1", "OK", "ok", "its clock is behind"),
    ("force_plate left", "OK", "error", STUCK), ("force_plate left", "OK", "warn", "its clock is behind"),
])  # fmt: skip
def test_an_input_that_grows_old_by_its_device_is_not_laid_on_a_clock(
    name: str, link: str, level: str, text: str
) -> None:
    shown = build(picture(
        safety=Seen(samples.safety(inputs=[samples.gate_input("LATE", 36.0) | {"name": name}]), NOW_NS),
        estops={"station_1": Seen(samples.estop(link=link), NOW_NS)},
        health={"force_plate left": Seen({"level": level, "message": STUCK, "remedy": ""}, NOW_NS)},
    ))["inputs"][0]  # fmt: skip
    assert (shown["status"], shown["text"]) == ("abnormal", text)


@pytest.mark.parametrize(
    ("changes", "status", "text"),
    [
        ({}, "ok", "Released"),
        ({"a": False, "b": False}, "stop", "Pressed"),
        ({"a": False}, "stop", "Channels disagree"),
        ({"link": "LOST"}, "unknown", "No answer: counts as pressed"),
        ({"link": "NEVER"}, "unknown", "No answer: counts as pressed"),
        ({"relay": False}, "abnormal", "Released, but relay open"),
    ],
)
def test_estop_station(changes: dict[str, Any], status: str, text: str) -> None:
    tile = build(picture(estops={"station_1": Seen(samples.estop(**changes), NOW_NS)}))["estops"][0]
    assert (tile["status"], tile["text"]) == (status, text)


def test_contacts_of_a_lost_station_are_not_claimed() -> None:
    tile = build(picture(estops={"station_1": Seen(samples.estop(link="LOST"), NOW_NS)}))["estops"][0]
    assert {value for _, value in tile["rows"]} == {"unknown"}


@pytest.mark.parametrize(
    ("state", "passed", "measured", "status"),
    [
        ("RUN", 0.8, 0.78, "ok"), ("REDUCED", 0.5, 0.5, "abnormal"), ("RUN", 0.8, None, "unknown"),
        ("STOPPED", 0.0, 0.0, "ok"), ("STOPPED", 0.0, 0.4, "stop"), ("STANDBY", 0.0, None, "unknown"),
        ("STOPPING", 0.3, 0.4, "abnormal"),
    ],
)  # fmt: skip
def test_speed(state: str, passed: float, measured: float | None, status: str) -> None:
    shown = with_safety(state, passed=samples.twist(passed), speed_mps=measured)
    assert shown["speed"]["status"] == status


def test_a_session_state_this_page_does_not_know_is_unknown() -> None:
    assert build(picture(session=Seen(samples.session("STATE 77"), NOW_NS)))["line"]["status"] == "unknown"


def test_what_is_wrong_comes_first_and_bad_levels_are_unknown() -> None:
    levels = {"a": "ok", "b": "error", "c": "strange"}
    health = {name: Seen({"level": level, "message": "", "remedy": ""}, NOW_NS) for name, level in levels.items()}
    tiles = build(picture(health=health))["health"]
    assert [(tile["name"], tile["status"]) for tile in tiles] == [("b", "abnormal"), ("c", "unknown"), ("a", "ok")]


def test_events_newest_first() -> None:
    board = Board()
    board.take_event(samples.event(1, stamp_ms=10.0))
    board.take_event(samples.event(1, source="session", stamp_ms=5.0))
    assert [each["stamp_ms"] for each in build(board.picture())["events"]] == [10.0, 5.0]


def test_every_state_of_the_gate_has_words() -> None:
    assert all(
        status in {"ok", "abnormal", "stop", "unknown"} and text for status, text in words.SAFETY_STATES.values()
    )


def test_radius_is_checked() -> None:
    with pytest.raises(ValueError, match="robot_radius_m"):
        page.Frame("demo", robot_radius_m=0.0)
