"""What a person should look at before a session: e-stop tests of the day, floor tags, rights, disk and clock."""

import json
from pathlib import Path

import pytest

from port_session.admission import estop_tests, machine
from port_session.admission.estop_tests import PressWatch, keep, presses, untested
from port_session.admission.ground_claims import ground_claims

NOON_NS = 1_796_040_000_000_000_000
DAY_NS = 86_400_000_000_000


def ends_a_press(*contacts: tuple[bool, bool]) -> bool:
    watch = PressWatch()
    return [watch.look("station_1", *each) for each in contacts][-1]


def test_a_press_is_both_channels_opened_and_closed_again() -> None:
    assert ends_a_press((True, True), (False, False), (True, True))
    assert ends_a_press((True, True), (False, True), (False, False), (True, False), (True, True))
    assert not ends_a_press((True, True), (True, True)), "nobody touched it"
    assert not ends_a_press((True, True), (False, False)), "it is still pressed"
    assert not ends_a_press((True, True), (False, True), (True, True)), "one channel alone is no test of the other"
    assert not ends_a_press((True, True), (False, False), (True, True), (True, True)), "told once"
    assert not ends_a_press((False, True), (True, True), (True, False), (True, True)), "two halves are no whole"


def test_presses_are_kept_by_site_and_station(tmp_path: Path) -> None:
    file = tmp_path / "state" / "estop_tests.json"
    assert presses("hall", file) == {}
    for site, station in (("hall", "one"), ("hall", "two"), ("yard", "one")):
        keep(site, station, NOON_NS, file)
    assert presses("hall", file) == {"one": NOON_NS, "two": NOON_NS} and presses("yard", file) == {"one": NOON_NS}


@pytest.mark.parametrize("content", ["", "[1]", "7", '{"hall": 4}', '{"hall": {"one": "x"}}', "{"])
def test_a_damaged_file_of_presses_means_never_pressed_and_is_written_anew(tmp_path: Path, content: str) -> None:
    file = tmp_path / "estop_tests.json"
    file.write_text(content)
    assert presses("hall", file) == {}
    keep("hall", "two", NOON_NS, file)
    assert json.loads(file.read_text())["hall"]["two"] == NOON_NS


def test_a_station_that_was_not_pressed_today_is_told_with_when_it_was() -> None:
    pressed = {"one": NOON_NS, "two": NOON_NS - 2 * DAY_NS}
    one, two, three = untested(("one", "two", "three"), pressed, NOON_NS)
    assert one.ok and not one.unlikely and "pressed and released today" in one.detail
    assert two.unlikely and "not pressed today (last 20" in two.detail and "press its button" in two.remedy
    assert three.unlikely and three.detail == "not pressed today (never here)"
    assert [each.name for each in (one, three)] == ["estop one tested", "estop three tested"]


def test_where_presses_are_kept_follows_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert estop_tests.state_file() == tmp_path / "port" / "estop_tests.json"


GROUND = {"floor_tags": {"places": []}, "cameras": {"north": {}, "south": {}}}


def test_a_camera_that_sees_no_floor_tag_is_told_because_nobody_would_notice_a_knock() -> None:
    values = {"camera north": {"floor_tags": "4 seen, 0.2 px off"}, "camera south": {"floor_tags": "none seen"}}
    north, south = ground_claims(GROUND, values, ())
    assert not north.unlikely and north.detail == "4 seen, 0.2 px off"
    assert south.unlikely and "clear and light" in south.remedy
    assert ground_claims(GROUND, {}, ())[0].unlikely, "one that says nothing sees none"
    assert ground_claims({**GROUND, "floor_tags": None}, {}, ()) == []


def test_rights_that_the_gate_lacks_are_told() -> None:
    lacking = ground_claims({"floor_tags": None}, {}, ("SCHED_FIFO degraded: not permitted", "mlockall granted"))[0]
    assert lacking.unlikely and lacking.detail.startswith("SCHED_FIFO degraded") and "rtprio" in lacking.remedy
    assert not ground_claims({"floor_tags": None}, {}, ("SCHED_FIFO granted",))[0].unlikely


def test_a_disk_that_is_full_keeps_a_session_from_starting(tmp_path: Path) -> None:
    for free_bytes, ok, odd in ((100_000_000, False, False), (1_000_000_000, True, True), (10**12, True, False)):
        found = machine.disk_finding(tmp_path, free_bytes)
        assert (found.ok, found.unlikely) == (ok, odd) and bool(found.remedy) is (odd or not ok)
    assert " GB free for " in machine.disk(tmp_path / "not" / "there" / "yet").detail


def test_a_clock_that_nobody_keeps_is_told() -> None:
    assert machine.clock_finding(True, 0).unlikely and "chrony" in machine.clock_finding(True, 0).remedy
    assert machine.clock_finding(False, 400_000).unlikely
    assert not machine.clock_finding(False, 900).unlikely
    assert all(found.name == "system clock" for found in machine.system_clock()), "as the kernel of this machine says"
