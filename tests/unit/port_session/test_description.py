"""Bad descriptions: the message names the file, the key path and what was expected, and nothing ends in a traceback."""

import copy
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from port_session.admission.host import before_start
from port_session.admission.settings import settings
from port_session.description.errors import DescriptionError
from port_session.description.load import find_session
from port_session.description.resolve import resolve

CONFIG = Path(__file__).parents[3] / "config"
FILES = {
    "session": "sessions/demo.yaml", "ground": "grounds/hall_lane.yaml", "robot": "robots/sim_wheeled.yaml",
    "trial": "trials/lane_drive.yaml",
}  # fmt: skip
TREES = {key: yaml.safe_load((CONFIG / name).read_text()) for key, name in FILES.items()}


class Desk:
    """A copy of the configuration to spoil."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "config"
        shutil.copytree(CONFIG, self.folder)

    def write(self, file: str, tree: Any) -> Path:
        path = self.folder / FILES[file]
        path.write_text(tree if isinstance(tree, str) else yaml.safe_dump(tree, sort_keys=False))
        return path

    def error(self) -> DescriptionError:
        with pytest.raises(DescriptionError) as caught:
            resolve(str(self.folder / FILES["session"]))
        assert "\n" not in str(caught.value)
        return caught.value


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def at(tree: Any, path: str) -> tuple[Any, Any]:
    *way, last = [int(word) if word.isdigit() else word for word in path.replace("[", ".").replace("]", "").split(".")]
    for step in way:
        tree = tree[step]
    return tree, last


def put(path: str, value: Any) -> Callable[[Any], None]:
    def change(tree: Any) -> None:
        branch, last = at(tree, path)
        branch[last] = value

    return change


def rename(path: str, name: str) -> Callable[[Any], None]:
    def change(tree: Any) -> None:
        branch, last = at(tree, path)
        branch[name] = branch.pop(last)

    return change


def drop(path: str) -> Callable[[Any], None]:
    def change(tree: Any) -> None:
        branch, last = at(tree, path)
        del branch[last]

    return change


BAD: list[tuple[str, Callable[[Any], None], str, str]] = [
    # file, what is done to it, key path, part of the expectation
    ("session", rename("robot", "robbot"), "robbot", "unknown key; did you mean 'robot'?"),
    ("session", drop("team"), "team", "missing: expected text"),
    ("session", put("dashboard.port", "8080"), "dashboard.port", "expected a whole number, got text '8080'"),
    ("session", put("dashboard.port", 70000), "dashboard.port", "expected a whole number <= 65535, got 70000"),
    ("session", put("mqtt.broker", "embeded"), "mqtt.broker", "expected one of embedded, external"),
    ("session", put("mqtt.user", "edge"), "mqtt.user", "belongs to an external broker"),
    ("session", put("mqtt.topics", {"imu": {"topic": "imu", "hz": 5}}), "mqtt.topics.imu.hz", ""),
    ("session", put("mqtt.sparkplug", {"group": "a/b"}), "mqtt.sparkplug.group", ""),
    ("session", put("mqtt.host", "mqtt://broker"), "mqtt.host", "'mqtt://broker'"),
    ("session", put("mqtt.port", 8080), "mqtt.port", "TCP port 8080 is used by dashboard.port too"),
    ("session", put("gate.tick_hz", 5), "gate.tick_hz", "expected a number >= 50"),
    ("session", put("gate.tick_hz", "fast"), "gate.tick_hz", "expected a number (in Hz), got text 'fast'"),
    ("session", put("gate.input_timeout", {"estop_ms": 150}), "gate.input_timeout.estop_ms", "did you mean 'estop_s'?"),
    ("session", put("gate.pose_agreement", {"window": 2.0}), "gate.pose_agreement.window", "'window_s'"),
    ("session", put("gate.clock", {"readings": 0}), "gate.clock.readings", "expected a whole number >= 1"),
    ("session", put("gate.stuck_input", {"after_s": 0.0}), "gate.stuck_input.after_s", "(in seconds), got 0.0"),
    ("session", put("gate.bypass", {"stale_s": 0.01}), "gate.bypass.stale_s", ">= 0.3"),
    ("session", put("gate.stop_response", {"rest_mps": -1.0}), "gate.stop_response.rest_mps", "(in m/s)"),
    ("session", put("session", "Demo 1"), "session", "'Demo 1'"),
    ("session", put("team", True), "team", "expected text, got true"),
    ("session", put("ground", "hall_lame"), "ground", "did you mean 'hall_lane'?"),
    ("session", put("trial", "nothing_like_it"), "trial", "there are: arm_reach, lane_drive"),
    ("session", put("domain", 300), "domain", "<= 101"),
    ("session", put("dashboard", [1]), "dashboard", "expected keys and values, got a list"),
    ("ground", put("zones.lane.polygon_m[2]", [1.0]), "zones.lane.polygon_m[2]", "of length 2"),
    ("ground", put("zones.lane.polygon_m[2][0]", "a"), "zones.lane.polygon_m[2][0]", "got text 'a'"),
    ("ground", put("zones.lane.polygon_m[1][1]", float("nan")), "zones.lane.polygon_m[1][1]", "finite number"),
    ("ground", drop("zones.crossing.limit_mps"), "zones.crossing.limit_mps", "needs its limit (in m/s)"),
    ("ground", put("zones.lane.limit_mps", 1.0), "zones.lane.limit_mps", "belongs to zones of kind speed"),
    ("ground", put("zones.crossing.limit_mps", -1), "zones.crossing.limit_mps", "expected a number >= 0"),
    ("ground", rename("zones.crossing", "Crossing"), "zones.Crossing", "small letters"),
    ("ground", rename("zones.crossing", "robot"), "zones.robot", "choose another"),
    ("ground", rename("zones.crossing.limit_mps", "limit_kmh"), "zones.crossing.limit_kmh", "'limit_mps'"),
    ("ground", drop("zones.lane"), "zones", "at least one zone of kind keep_in"),
    ("ground", put("people.walk_mps", 160), "people.walk_mps", "expected a number <= 5"),
    ("ground", rename("people.walk_mps", "walk_kmh"), "people.walk_kmh", "'walk_mps'"),
    ("ground", drop("zones.crossing.occupied_limit_mps"), "people", "no camera looks for people"),
    ("ground", rename("zones.crossing", "separation"), "zones.separation", "choose another"),
    ("ground", put("estop", {}), "estop", "at least one e-stop station"),
    ("ground", put("estop.station_1.poll_hz", 10), "estop.station_1.poll_hz", "expected a number >= 50"),
    ("ground", drop("estop.station_1.driver"), "estop.station_1.driver", "expected one of waveshare_8ch, estop_link"),
    ("ground", put("estop.station_1.driver", "modbus"), "estop.station_1.driver", "one of waveshare_8ch, estop_link"),
    ("ground", put("estop.station_1.driver", "estop_link"), "estop.station_1.unit_id", "known keys: answer_s, baud"),
    ("ground", put("estop.station_1.station_id", 1), "estop.station_1.station_id", "unknown key"),
    ("ground", put("estop.station_1", []), "estop.station_1", "expected keys and values"),
    ("ground", put("cameras.overhead.pose", [1, 2, 3]), "cameras.overhead.pose", "of length 6"),
    ("ground", put("force_plates.right.port", "{run}/dev/left_plate"), "force_plates.right.port", "left.port already"),
    ("ground", put("force_plates.left.rate_hz", 0), "force_plates.left.rate_hz", "expected a number > 0"),
    ("ground", put("name", "other"), "name", "expected 'hall_lane'"),
    ("ground", put("simulated", False), "robot", "is simulated, the ground hall_lane is not"),
    ("robot", put("limits.speed_mps", "1.5 m/s"), "limits.speed_mps", "(in m/s), got text '1.5 m/s'"),
    ("robot", put("limits.speed_mps", 1500), "limits.speed_mps", "expected a number <= 20"),
    ("robot", put("limits.latency_s", 80), "limits.latency_s", "(in seconds), got 80"),
    ("robot", put("limits.speed_mps", float("inf")), "limits.speed_mps", "finite"),
    ("robot", put("limits.yaw_acceleration_radps2", 0), "limits.yaw_acceleration_radps2", "(in rad/s²), got 0"),
    ("robot", put("stop.measured_stop_mps", [1.0]), "stop.measured_stop_m", "each of the 1 speeds, got 0"),
    ("robot", put("kind", "weeled"), "kind", "got text 'weeled'; did you mean 'wheeled'?"),
    ("robot", put("topics.command_type", "Twist"), "topics.command_type", "expected one of geometry_msgs/msg/Twist, "),
    ("robot", put("topics.command_type", "trajectory_msgs/msg/JointTrajectory"), "joints", "is about them"),
    ("robot", put("kind", "arm"), "joints", "an arm is measured by them"),
    ("robot", put("kind", "humanoid"), "stop.settle_s", "a robot of kind humanoid is stopped by it"),
    ("robot", put("marker_sinks_m", 0.7), "marker_sinks_m", "no more than marker_height_m 0.6"),
    ("robot", put("stop.settle_s", 1.0), "stop.settle_s", "means nothing to a robot of kind wheeled"),
    ("robot", put("stop.ramp_s", 0.0), "stop.ramp_s", "expected a number > 0"),
    ("trial", put("start_pose", [0.0, 0.0]), "start_pose", "of length 3"),
    ("trial", put("timeout_s", -1), "timeout_s", "expected a number > 0"),
    ("trial", drop("goal_m"), "goal_m", "of an arm goal_rad, a number for each joint"),
    ("trial", put("goal_rad", [0.5]), "goal_rad", "a trial has one goal"),
]


@pytest.mark.parametrize(("file", "change", "key", "expected"), BAD, ids=[f"{row[0]}:{row[2]}" for row in BAD])
def test_message_names_file_key_and_expectation(
    desk: Desk, file: str, change: Callable[[Any], None], key: str, expected: str
) -> None:
    tree = copy.deepcopy(TREES[file])
    change(tree)
    path = desk.write(file, tree)
    error = desk.error()
    assert error.key == key
    assert expected in error.problem
    if not (file == "ground" and key == "robot"):  # said of the session that names both
        assert error.file == path
        assert str(error).startswith(f"{path}: {key}: ")


def test_syntax_error_names_the_line(desk: Desk) -> None:
    desk.write("robot", "name: sim_wheeled\nlimits: {speed_mps: 1.5\nkind: wheeled\n")
    error = desk.error()
    assert error.key.startswith("line 3") and "not YAML" in error.problem


def test_key_that_stands_twice_is_refused(desk: Desk) -> None:
    desk.write("trial", (CONFIG / FILES["trial"]).read_text() + "timeout_s: 5.0\n")
    assert "'timeout_s' stands twice" in desk.error().problem


@pytest.mark.parametrize("text", ["", "[]", "5", "\x00", "&a [*a]", "{" * 1100, "a: !!python/object:os.system x"])
def test_files_that_are_no_description(desk: Desk, text: str) -> None:
    path = desk.write("session", text)
    assert desk.error().file == path


def test_missing_files(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DescriptionError, match="no such session file"):
        resolve(str(tmp_path / "none.yaml"))
    monkeypatch.chdir(desk.folder.parent)
    assert resolve("demo").session == "demo"
    with pytest.raises(DescriptionError, match="did you mean 'demo'"):
        resolve("demoo")
    (desk.folder / FILES["robot"]).unlink()
    with pytest.raises(DescriptionError, match="no robot 'sim_wheeled'"):
        resolve("demo")


@pytest.mark.parametrize(
    ("folder", "words"),
    [
        (".", "demo"), (".", "config/sessions/demo.yaml"), (".", "./config/sessions/demo.yaml"),
        ("config", "sessions/demo.yaml"), ("config/sessions", "demo.yaml"), ("config/sessions", "./demo.yaml"),
        ("config/sessions", "demo"), ("config/sessions", "../sessions/demo.yaml"),
        ("config/grounds", "../sessions/demo.yaml"),
        ("config/sessions/inner", "../demo.yaml"),
    ],
)  # fmt: skip
def test_a_session_is_the_same_from_every_folder(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, folder: str, words: str
) -> None:
    (desk.folder / "sessions" / "inner").mkdir()
    out = desk.folder.parent / "out"
    whole = resolve(str(desk.folder / "sessions" / "demo.yaml"), out=out)
    monkeypatch.chdir(desk.folder.parent / folder)
    assert resolve(words, out=out) == whole


def test_paths_in_files_are_beside_the_file(desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tree = copy.deepcopy(TREES["session"])
    tree["mqtt"] = {"broker": "external", "password_file": "keys/password", "signing_key_file": "keys/sign.key"}
    desk.write("session", tree)
    (desk.folder / "sessions" / "keys").mkdir()
    (desk.folder / "sessions" / "keys" / "password").write_text("secret")
    monkeypatch.chdir(tmp_path)
    telemetry = resolve(str(desk.folder / FILES["session"])).process("telemetry").parameters
    assert telemetry["password_file"] == str(desk.folder / "sessions/keys/password")
    assert telemetry["signing_key_file"] == str(desk.folder / "sessions/keys/sign.key"), "made at the first start"


LEFT_OUT = {
    "cameras": ("", "cameras:\n", "cameras: {}\n"), "force_plates": ("", "force_plates:\n", "force_plates: {}\n"),
}  # fmt: skip


@pytest.mark.parametrize(("group", "text"), [(group, text) for group, texts in LEFT_OUT.items() for text in texts])
def test_a_ground_without_cameras_or_plates_is_legal(desk: Desk, group: str, text: str) -> None:
    tree = copy.deepcopy(TREES["ground"])
    del tree[group]
    if group == "cameras":
        del tree["robot_marker"], tree["floor_tags"], tree["people"], tree["zones"]["crossing"]["occupied_limit_mps"]
    path = desk.write("ground", tree)
    path.write_text(path.read_text() + text)
    resolved = resolve(str(desk.folder / FILES["session"]))
    assert group not in [process.name for process in resolved.processes]
    assert [finding.ok for finding in settings(resolved)] == [True]
    pose = {stream.topic: stream for stream in resolved.streams}["ground/robot_pose"]
    assert ("no camera" in pose.remedy) == (group == "cameras") and pose.min_hz > 0


def test_groups_that_are_missing_are_asked_for_as_groups(desk: Desk) -> None:
    tree = copy.deepcopy(TREES["ground"])
    del tree["zones"]
    desk.write("ground", tree)
    assert desk.error().problem == "missing: expected keys and values"


def keys(tree: Any, path: str = "") -> Iterator[str]:
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for name, value in items:
        inner = f"{path}.{name}" if path else str(name)
        yield inner
        yield from keys(value, inner)


PLACES = [(file, path) for file, tree in TREES.items() for path in keys(tree)]
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.just([]), st.just({}),
    st.dates(), st.binary(max_size=4), st.lists(st.integers(), max_size=3), st.dictionaries(st.integers(), st.none()),
)  # fmt: skip


@pytest.mark.slow
@examples(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.sampled_from(PLACES), value=VALUES, name=st.one_of(st.none(), st.text(max_size=12), st.integers()))
def test_any_change_is_accepted_or_explained(
    tmp_path_factory: Any, place: tuple[str, str], value: Any, name: Any
) -> None:
    file, path = place
    tree = copy.deepcopy(TREES[file])
    branch, last = at(tree, path)
    if name is not None and isinstance(branch, dict):
        branch[name] = branch.pop(last)
    else:
        branch[last] = value
    desk = Desk(tmp_path_factory.mktemp("desk"))
    desk.write(file, tree)
    try:
        found = before_start(resolve(str(desk.folder / FILES["session"])))
        assert all(finding.ok or finding.remedy for finding in found)
    except DescriptionError as error:
        assert "\n" not in str(error) and error.problem


@pytest.mark.parametrize("kind", ["a symbolic link to nothing", "a folder"])
def test_a_name_that_is_there_and_no_file_does_not_mean_another_one(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "config" / "sessions" / "demo.yaml"
    place.parent.mkdir(parents=True)
    place.mkdir() if kind == "a folder" else place.symlink_to("nothing")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DescriptionError, match=kind) as refused:
        find_session("demo")
    assert str(place) in str(refused.value)


def test_a_folder_of_sessions_that_is_none_is_not_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "sessions").symlink_to("nothing")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DescriptionError, match="sessions are looked for there, and it is no folder"):
        find_session("demo")


@pytest.mark.parametrize("kind", ["a named pipe", "a folder", "a symbolic link to nothing"])
@pytest.mark.parametrize("what", ["ground", "robot", "trial"])
def test_a_file_that_a_session_names_and_that_is_none(desk: Desk, what: str, kind: str) -> None:
    path = desk.folder / FILES[what]
    path.unlink()
    match kind:
        case "a named pipe":
            os.mkfifo(path)
        case "a folder":
            path.mkdir()
        case _:
            path.symlink_to("nothing")
    error = desk.error()
    assert error.key == what and str(path) in error.problem and kind in error.problem
    assert "did you mean" not in error.problem
