"""What a node would refuse, or take for something else, is refused by `port check` and `port up` before any process
starts: with the file, the key that people wrote, and what mends it."""

import contextlib
import copy
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from port_ros.parameter_file import typed
from port_session.admission.finding import table
from port_session.admission.layout import layout
from port_session.admission.origin import origin
from port_session.admission.settings import READERS, settings
from port_session.cli import main
from port_session.commands import up
from port_session.description.resolve import resolve
from tests.unit.port_session.test_description import CONFIG, FILES, TREES, Desk, at, drop, keys, put, rename

Change = Callable[[Any], None]


@pytest.fixture
def desk(tmp_path: Path, runtime_root: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(up, "_run", _must_not_start)
    return Desk(tmp_path)


def _must_not_start(*args: object) -> None:
    raise AssertionError("a session that cannot be was started")


def both(*changes: Change) -> Change:
    def change(tree: Any) -> None:
        for one in changes:
            one(tree)

    return change


def copy_of(path: str, name: str) -> Change:
    def change(tree: Any) -> None:
        branch, last = at(tree, path)
        branch[name] = copy.deepcopy(branch[last])

    return change


LEFT, STATION = "force_plates.left", "estop.station_1"
BOW = [[0.0, 0.0], [2.0, 1.0], [2.0, 0.0], [0.0, 1.5]]
A, B, C, D = [8.0, -2.6, 0.0], [8.0, -3.0, 0.0], [8.6, -3.0, 0.0], [8.6, -2.6, 0.0]


def driver(name: str, **more: object) -> Change:
    return both(put(f"{LEFT}.driver", name), *(put(f"{LEFT}.{key}", value) for key, value in more.items()))


#: situation: file, what is done to it, key, what is wrong, what mends it
SITUATIONS: dict[str, tuple[str, Change, str, str, str]] = {
    "a plate's driver that nobody knows": (
        "ground", driver("sri_m8129"), f"{LEFT}.driver", "'sri_m8129'", "did you mean 'sri_m8128'?"),
    "a camera's driver that nobody knows": (
        "ground", put("cameras.overhead.driver", "mjpeg"), "cameras.overhead.driver", "'mjpeg'", "'mjpeg_http'?"),
    "a sensor that sends counts, without them": (
        "ground", driver("ati_rdt", port="udp://10.0.0.9:49152"), f"{LEFT}.counts_per_unit", "missing", "netftapi2"),
    "a network sensor on a serial port": (
        "ground", driver("ati_rdt", counts_per_unit=[1e6] * 6), f"{LEFT}.port", "no network address", "write udp://"),
    "a serial sensor at a network address": (
        "ground", driver("sri_m8128", port="udp://10.0.0.9:49152"), f"{LEFT}.port", "no serial port", "by-id"),
    "more samples than the line carries": (
        "ground", put(f"{LEFT}.baud", 115200), f"{LEFT}.baud", "need 620000 baud, the line has 115200",
        "set 921600 here and in the device, or rate_hz of at most 371"),
    "more samples than any serial line carries": (
        "ground", put(f"{LEFT}.rate_hz", 20000.0), f"{LEFT}.baud", "need 6200000 baud", "rate_hz of at most 2972"),
    "a baud that the driver overrides": (
        "ground", driver("bota_rokubi", rate_hz=512.0), f"{LEFT}.baud", "sends at 460800 baud, not 921600", "460800"),
    "a rate that the sensor does not have": (
        "ground", driver("bota_rokubi", rate_hz=5000.0, baud=460800), f"{LEFT}.rate_hz", "51200 / n", ""),
    "an input that the module does not have": (
        "ground", put(f"{STATION}.inputs.channel_a", 8), f"{STATION}.inputs.channel_a", "8", "0…7"),
    "an output that the module does not have": (
        "ground", put(f"{STATION}.watchdog_output", 8), f"{STATION}.watchdog_output", "8", "0…7"),
    "a watchdog time between the module's steps": (
        "ground", put(f"{STATION}.watchdog_s", 0.25), f"{STATION}.watchdog_s", "0.25", "write 0.2 or 0.3"),
    "more polls than the line carries": (
        "ground", put(f"{STATION}.baud", 9600), f"{STATION}.baud", "9600", "poll_hz of at most 68"),
    "a marker that its dictionary does not have": (
        "ground", put("robot_marker.id", 77), "robot_marker.id", "DICT_4X4_50 has no 77", "0…49"),
    "a dictionary that OpenCV does not have": (
        "ground", put("robot_marker.dictionary", "DICT_4X4_60"), "robot_marker.dictionary", "none of OpenCV's",
        "did you mean 'DICT_4X4_50'?"),
    "a robot's marker that is a floor tag": (
        "ground", put("robot_marker.id", 20), "robot_marker.id", "is a floor tag", "an id of its own"),
    "a floor tag at two places": (
        "ground", put("floor_tags.places[1][0]", 20), "floor_tags.places", "tag 20", "an id of its own"),
    "a floor tag that its dictionary does not have": (
        "ground", put("floor_tags.places[1][0]", 99), "floor_tags.places", "has no 99", "0…49"),
    "plate corners that cross": (
        "ground", put(f"{LEFT}.corners_m", [A, C, B, D]), f"{LEFT}.corners_m", "rectangle", "first, then"),
    "plate corners that run the other way: 700 N would be -700 N": (
        "ground", put(f"{LEFT}.corners_m", [A, D, C, B]), f"{LEFT}.corners_m", "z points down", "first, then"),
    "a plate's corner that was measured wrongly": (
        "ground", put(f"{LEFT}.corners_m", [A, B, C, [8.6, -2.6, 0.1]]), f"{LEFT}.corners_m", "off the rectangle",
        "measure"),
    "signs that are neither 1 nor -1": (
        "ground", put(f"{LEFT}.signs", [1, 1, 1, 1, 1, 0]), f"{LEFT}.signs", "1 or -1", ""),
    "a calibration matrix that loses an axis": (
        "ground", put(f"{LEFT}.calibration", [0.0] * 36), f"{LEFT}.calibration", "no inverse", ""),
    "a zone whose edges cross": (
        "ground", put("zones.operator_desk.polygon_m", BOW), "zones.operator_desk.polygon_m", "cross", "in the order"),
    "a zone without an area": (
        "ground", put("zones.operator_desk.polygon_m", [[4, 1], [6, 1], [5, 1]]), "zones.operator_desk.polygon_m",
        "one line", ""),
    "a zone that names its first corner again at the end": (
        "ground", put("zones.crossing.polygon_m", [[3.5, -1.5], [6.5, -1.5], [6.5, 1.5], [3.5, -1.5]]),
        "zones.crossing.polygon_m", "stands twice", "leave one out"),
    "a guarded area whose edges cross": (
        "ground", put("people.guarded", {"booth": BOW}), "people.guarded.booth", "cross", "in the order"),
    "a zone that no camera sees whole": (
        "ground", put("zones.crossing.polygon_m", [[3.5, -9.0], [6.5, -9.0], [6.5, 1.5], [3.5, 1.5]]),
        "zones.crossing.polygon_m", "no camera sees all", "move a camera"),
    "a telemetry topic that goes out already": (
        "session", put("mqtt.topics", {"mine": {"topic": "safety/state"}}), "mqtt.topics.mine.topic", "already",
        "leave it out"),
    "a name that is too long for MQTT": ("session", put("edge", "e" * 65), "edge", "", ""),
    "the name that MQTT keeps for the teams": ("session", put("edge", "t"), "edge", "teams' topics", "another name"),
    "a name with a line end": ("session", put("team", "blue\n"), "team", "'blue\\n'", ""),
    "a truth value in the words of YAML 1.1": (
        "ground", put("simulated", "yes"), "simulated", "true or false, got text 'yes'", "write true or false"),
    "a simulated device beside the simulated ones": (
        "ground", put(f"{LEFT}.port", "/dev/ttyUSB0"), f"{LEFT}.port", "simulated", "{run}/dev/"),
    "a plate and a camera of one name, simulated": (
        "ground", rename("cameras.overhead", "left"), "cameras.left", "force_plates.left is called so", "of their own"),
    "two cameras at one address": (
        "ground", both(rename("cameras.overhead", "north"), copy_of("cameras.north", "south")), "cameras.south.address",
        "is the device of cameras.north.address already", ""),
    "two entries on one port": (
        "ground", put("force_plates.right.port", "{run}/dev/left_plate"), "force_plates.right.port",
        "is the device of force_plates.left.port already", ""),
    "two contacts on one input": (
        "ground", put(f"{STATION}.inputs.reset", 0), f"{STATION}.inputs.reset", "input 0 is channel_a already", "own"),
    "silence that is shorter than a poll": (
        "ground", put(f"{STATION}.lost_after_s", 0.005), f"{STATION}.lost_after_s", "less than a poll", "poll faster"),
    "blocks that come too seldom for the gate": (
        "ground", both(put(f"{LEFT}.block_samples", 256), put(f"{LEFT}.rate_hz", 500.0)), f"{LEFT}.block_samples",
        "a block takes 0.512 s, the gate waits 0.5 s", "at most 125"),
    "pictures that come too seldom for the gate": (
        "ground", put("cameras.overhead.rate_hz", 1.0), "cameras.overhead.rate_hz", "a picture takes 1 s",
        "at least 2"),
    "a zone that lies where no robot may be": (
        "ground", put("zones.operator_desk.polygon_m", [[40, 1], [60, 1], [60, 2], [40, 2]]),
        "zones.operator_desk.polygon_m", "would never matter", "leave it out"),
    "a zone to watch that no camera watches": (
        "ground", put("cameras.overhead.watches_people", False), "zones.crossing.occupied_limit_mps",
        "no camera watches", "add one, or leave this out"),
    "a limit for an occupied zone that is above its limit": (
        "ground", put("zones.crossing.occupied_limit_mps", 2.0), "zones.crossing.occupied_limit_mps", "2.0", ""),
    "a zone without corners": (
        "ground", put("zones.lane.polygon_m", []), "zones.lane.polygon_m", "three or more", ""),
    "a guarded area without corners": (
        "ground", put("people.guarded", {"booth": []}), "people.guarded.booth", "three or more", ""),
    "floor tags at no place": ("ground", put("floor_tags.places", []), "floor_tags.places", "one tag", "leave"),
    "a zone of two corners": (
        "ground", put("zones.crossing.polygon_m", [[0, 0], [1, 1]]), "zones.crossing.polygon_m", "three or more", ""),
    "cameras without the marker that they look for": ("ground", drop("robot_marker"), "robot_marker", "missing", "id"),
    "an origin of one number": ("ground", put(f"{LEFT}.origin_m", [0]), f"{LEFT}.origin_m", "1 numbers, not 3", ""),
    "a command that goes back into the gate": (
        "robot", put("topics.command_in", "cmd_vel"), "topics.command_out", "/demo/cmd_vel is topics.command_in",
        "own"),
    "the same topic by its whole name": (
        "robot", put("topics.command_in", "/demo/cmd_vel"), "topics.command_out", "is topics.command_in", "own"),
    "a robot's topic that is the ground's": (
        "robot", put("topics.odometry", "safety/state"), "topics.odometry", "the ground's own", "another name"),
    "a robot that cannot stand in the time it has": (
        "robot", put("stop.ramp_s", 0.5), "stop.ramp_s", "stands after 1.33 s", "write more"),
    "measured stops in a file that is not there": (
        "robot", put("stop.measured_file", "gone.yaml"), "stop.measured_file", "no such file", "--feed"),
    "a robot larger than the ground": (
        "robot", put("footprint_radius_m", 2.0), "start_pose", "of radius 2 m", "move it"),
    "a goal outside of the ground": ("trial", put("goal_m", [20.0, 0.0]), "goal_m", "edge of zone lane", "move it"),
    "a goal inside of a zone to keep out of": (
        "trial", put("goal_m", [5.0, 0.9]), "goal_m", "edge of zone operator_desk", "move it"),
    "a goal so near to an edge that the robot is held before it": (
        "trial", both(put("goal_m", [10.58, 0.0]), put("tolerance_m", 0.01)), "goal_m",
        "expected its margin_m of 0.05 or more", "move"),
    "a trial that ends before the robot can": (
        "trial", put("timeout_s", 5.0), "timeout_s", "needs 7 s for the way", "write more"),
    "a stream to seal that is called otherwise": (
        "session", put("mqtt", {"team_key_file": __file__, "sealed": ["force_plates/left/sample"]}), "mqtt.sealed[0]",
        "no stream is called", "did you mean 'force_plates/left/samples'?"),
    "safety to be sealed": (
        "session", put("mqtt", {"team_key_file": __file__, "sealed": ["safety/event"]}), "mqtt.sealed[0]",
        "readable by everyone", ""),
    "a team's key that is none": (
        "session", put("mqtt", {"team_key_file": __file__, "sealed": ["estop/state"]}), "mqtt.team_key_file", "key",
        ""),
    "a stream to seal without a key": (
        "session", put("mqtt.sealed", ["estop/state"]), "mqtt.team_key_file", "missing", "port keys new"),
    "a password file that is not there": (
        "session", put("mqtt", {"broker": "external", "user": "edge-1", "password_file": "gone"}), "mqtt.password_file",
        "no such file", "relative to the session's file"),
    "a certificate without who vouches for the broker": (
        "session", put("mqtt", {"broker": "external", "cert_file": __file__}), "mqtt.ca_file", "nothing is encrypted",
        "who vouches"),
    "a further broker without a port": (
        "session", put("mqtt", {"broker": "external", "others": ["b.example"]}), "mqtt.others[0]", "'b.example'",
        "write host:port"),
    "a guarded area in which the robot drives: nobody in the lane would count": (
        "ground", put("people.guarded", {"hall": [[-9.0, -9.0], [20.0, -9.0], [20.0, 9.0], [-9.0, 9.0]]}),
        "people.guarded.hall", "the robot may be in there", "keep_out"),
    "a guarded area that reaches into the lane": (
        "ground", put("people.guarded", {"side": [[7.0, 1.0], [9.0, 1.0], [9.0, 3.0], [7.0, 3.0]]}),
        "people.guarded.side", "the robot may be in there", "correct its corners"),
    "a zone whose edge nothing is kept from": (
        "ground", put("zones.lane.margin_m", 0.0), "zones.lane.margin_m", "0.02 or more, got 0", "0.02 or more"),
    "people without a body": (
        "ground", put("people.intrusion_m", 0.0), "people.intrusion_m", "half a person", "write 0.25"),
    "people placed without error": (
        "ground", put("people.person_uncertainty_m", 0.0), "people.person_uncertainty_m", "without error", "3 sigma"),
    "a robot placed without error": (
        "ground", put("people.robot_uncertainty_m", 0.0), "people.robot_uncertainty_m", "without error", "3 sigma"),
    "sensing that takes no time": (
        "ground", put("people.reaction_s", 0.0), "people.reaction_s", "take some time", "measured"),
    "a robot that answers at once": (
        "robot", put("limits.latency_s", 0.0), "limits.latency_s", "no robot answers at once", "measured"),
    "a robot without a size": (
        "robot", put("footprint_radius_m", 1e-9), "footprint_radius_m", "whole robot", "measure"),
    "a camera's place in mm": (
        "ground", put("cameras.overhead.pose", [5000.0, 0.0, 6000.0, 3.14159, 0.0, 0.0]), "cameras.overhead.pose[2]",
        "got 6000", "divide mm by 1000"),
    "a camera's turn in degrees": (
        "ground", put("cameras.overhead.pose[3]", 180.0), "cameras.overhead.pose[3]", "in rad", "0.01745"),
    "a camera far away from the ground": (
        "ground", put("cameras", {"overhead": TREES["ground"]["cameras"]["overhead"], "gate": {
            **TREES["ground"]["cameras"]["overhead"], "address": "http://127.0.0.1:8089/a",
            "pose": [500.0, 0.0, 6.0, 3.14159, 0.0, 0.0]}}), "cameras.gate.pose", "489 m away", "divide mm"),
    "a film at a rate that no network camera has": (
        "ground", put("cameras.overhead.rate_hz", 150.0), "cameras.overhead.rate_hz", "120 Hz or less", "is set to"),
    "a plate's corners in mm": (
        "ground", put(f"{LEFT}.corners_m", [[1000.0 * x, 1000.0 * y, z] for x, y, z in (A, B, C, D)]),
        f"{LEFT}.corners_m", "away from where robots may be", "divide mm by 1000"),
    "a plate below the roof": (
        "ground", put(f"{LEFT}.corners_m", [[x, y, 30.0] for x, y, _ in (A, B, C, D)]), f"{LEFT}.corners_m[0][2]",
        "plates lie on the floor", "m"),
    "two plates at one place": (
        "ground", put("force_plates.right.corners_m", [A, B, C, D]), "force_plates.right.corners_m",
        "lies on force_plates.left", "measure"),
    "a plate's origin in mm": (
        "ground", put(f"{LEFT}.origin_m", [-200.0, -100.0, 0.0]), f"{LEFT}.origin_m[0]", "got -200", "divide mm"),
    "a plate's full scale in kN": (
        "ground", put(f"{LEFT}.full_scale_n", 5.0), f"{LEFT}.full_scale_n", "so little", "in N"),
    "a floor tag on another ground": (
        "ground", put("floor_tags.places[0]", [20, 500.0, 2.6, 0.0]), "floor_tags.places[0]", "489 m away", "mm"),
    "a marker of 5 mm": ("ground", put("robot_marker.size_m", 0.005), "robot_marker.size_m", "got 0.005", "black"),
    "a start's turn in degrees": (
        "trial", put("start_pose", [0.0, 0.0, 180.0]), "start_pose[2]", "in rad", "0.01745"),
    "a start at the goal": (
        "trial", put("start_pose", [9.9, 0.0, 0.0]), "goal_m", "over before it begins", "move one of them"),
    "a topic with a name that is too long for ROS": (
        "robot", put("topics.odometry", "o" * 300), "topics.odometry", "306 characters, ROS 2 takes 247", "shorten"),
    "a further broker with scheme and login": (
        "session", put("mqtt", {"broker": "external", "others": ["mqtts://me:s3cret@b.example:8883"]}),
        "mqtt.others[0]", "'mqtts://b.example:8883' is no host:port", "write host:port"),
    "a plate with the address of a camera": (
        "ground", driver("sri_m8128", port="http://me:s3cret@10.0.0.9/x"), f"{LEFT}.port",
        "'http://10.0.0.9/x' is no serial port", "by-id"),
    "a further broker that is the first": (
        "session", put("mqtt", {"broker": "external", "host": "b.example", "port": 8883, "others": ["b.example:8883"]}),
        "mqtt.others[0]", "named already", "leave it out"),
    "a key to sign with that is none": (
        "session", put("mqtt", {"broker": "external", "signing_key_file": __file__}), "mqtt.signing_key_file",
        "no private key", "not there yet"),
    "a facility's key that is none": (
        "session", put("mqtt", {"broker": "external", "facility_key_file": __file__}), "mqtt.facility_key_file",
        "no public key", "port ingest"),
    "an authority's certificate that is none": (
        "session", put("mqtt", {"broker": "external", "ca_file": __file__}), "mqtt.ca_file", "no certificate", "right"),
    "a simulated ground with a device that nobody simulates": (
        "ground", both(put("cameras.overhead.driver", "rtsp"), put("cameras.overhead.address", "rtsp://127.0.0.1/a")),
        "cameras.overhead.driver", "cannot be simulated", "mjpeg_http"),
}  # fmt: skip


@pytest.mark.parametrize("situation", SITUATIONS)
def test_refused_with_file_key_and_remedy(desk: Desk, capsys: pytest.CaptureFixture[str], situation: str) -> None:
    file, change, key, problem, remedy = SITUATIONS[situation]
    tree = copy.deepcopy(TREES[file])
    change(tree)
    desk.write(file, tree)
    blamed = "trial" if key.partition("[")[0] in ("start_pose", "goal_m") else file
    refused(desk, capsys, desk.folder / FILES[blamed], key, problem, remedy)


def refused(
    desk: Desk, capsys: pytest.CaptureFixture[str], path: Path, key: str, problem: str, remedy: str
) -> dict[str, Any]:
    session = str(desk.folder / FILES["session"])
    assert main(["check", session, "--json"]) in (1, 2), "found by a node's own code, or while the files were read"
    wrong = [finding for finding in json.loads(capsys.readouterr().out) if not finding["ok"]]
    found: dict[str, Any] = wrong[0]
    assert (found["file"], found["key"]) == (str(path), key)
    assert {finding["file"] for finding in wrong} == {str(path)}
    assert problem in found["problem"] and remedy in found["remedy"] and found["remedy"]
    assert main(["up", session]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"port: {path}: {key}: ") and error.count("\n") == len(wrong)
    assert problem in error and remedy in error
    return found


#: situation: file, what is done to it, key, what is said, what to do
UNLIKELY: dict[str, tuple[str, Change, str, str, str]] = {
    "people who walk slowly": ("ground", put("people.walk_mps", 1.0), "people.walk_mps", "1.6 m/s", "leave it out"),
    "people who are not slowed for": ("ground", put("people.margin_m", 0.0), "people.margin_m", "stopped", "0.4"),
    "a robot that answers very soon": (
        "robot", put("limits.latency_s", 0.002), "limits.latency_s", "hardly", "measure it"),
    "brakes that hold better than rubber": (
        "robot", put("limits.deceleration_mps2", 12.0), "limits.deceleration_mps2", "slip", "measure it"),
    "an e-stop whose cable is missed late": (
        "ground", put(f"{STATION}.lost_after_s", 0.9), f"{STATION}.lost_after_s", "cut cable", "write 0.1"),
    "an e-stop that may be silent for long": (
        "session", put("gate.input_timeout.estop_s", 0.9), "gate.input_timeout.estop_s", "silent e-stop",
        "leave it out"),
    "a camera 30 m above the floor": (
        "ground", put("cameras.overhead.pose[2]", 30.0), "cameras.overhead.pose[2]", "hardly", "measure it"),
    "a plate on a stage": (
        "ground", put(f"{LEFT}.corners_m", [[x, y, 1.5] for x, y, _ in (A, B, C, D)]), f"{LEFT}.corners_m[0][2]",
        "off the floor", "measure it"),
}  # fmt: skip


@pytest.mark.parametrize("situation", UNLIKELY)
def test_what_may_be_right_is_told_and_not_refused(
    desk: Desk, capsys: pytest.CaptureFixture[str], situation: str
) -> None:
    file, change, key, said, advice = UNLIKELY[situation]
    tree = copy.deepcopy(TREES[file])
    change(tree)
    path = desk.write(file, tree)
    resolved = resolve(str(desk.folder / FILES["session"]))
    findings = [finding for finding in [*settings(resolved), *layout(resolved)] if finding.file]
    assert all(finding.ok and finding.file == str(path) for finding in findings)
    found = next(finding for finding in findings if finding.key == key)
    assert said in found.detail and advice in found.remedy
    with contextlib.suppress(AssertionError):  # it goes on to the start
        main(["up", str(desk.folder / FILES["session"])])
    assert f"port: unlikely: {path}: {key}: {found.detail}; {found.remedy}" in capsys.readouterr().err
    text = table(findings)
    assert f"{key}  ?   {found.detail}" in text and text.endswith(f"{len(findings)} unlikely (?)")


#: A text that people write: in which file, instead of what, key, what is wrong, what mends it.
TEXTS = {
    "a number with a leading zero": (
        "robot", "speed_mps: 1.5", "speed_mps: 010", "limits.speed_mps", "got text '010'", "write 10"),
    "minutes and seconds": ("trial", "timeout_s: 1800.0", "timeout_s: 1:30", "timeout_s", "got text '1:30'", "digits"),
    "digits in groups": ("session", "port: 8080", "port: 8_080", "dashboard.port", "got text '8_080'", "digits"),
    "a decimal comma": ("robot", "speed_mps: 1.5", "speed_mps: 1,5", "limits.speed_mps", "got text '1,5'", "digits"),
    "a number in quotes": ("session", "port: 8080", "port: '8080'", "dashboard.port", "got text '8080'", "write 8080"),
    "yes for true": ("ground", "simulated: true", "simulated: yes", "simulated", "got text 'yes'", "true or false"),
    "on for true": ("robot", "simulated: true", "simulated: on", "simulated", "got text 'on'", "write true or false"),
    "a number for a name": ("session", "team: blue", "team: 8", "team", "expected text, got 8", "put it in quotes"),
    "true for a name": ("session", "team: blue", "team: true", "team", "expected text, got true", "put it in quotes"),
    "no value": ("session", "team: blue", "team:", "team", "left empty", "write one"),
    "a key that stands twice": (
        "trial", "tolerance_m: 0.3", "tolerance_m: 0.3\ntolerance_m: 0.5", "line 6, column 1", "stands twice", ""),
    "a tag of Python's": ("session", "team: blue", "team: !!python/name:os.system", "line 6, column 7", "the tag",
        "leave it out"),
}  # fmt: skip


@pytest.mark.parametrize("situation", TEXTS)
def test_a_text_that_readers_take_for_different_things(
    desk: Desk, capsys: pytest.CaptureFixture[str], situation: str
) -> None:
    file, instead, text, key, problem, remedy = TEXTS[situation]
    path = desk.folder / FILES[file]
    assert path.read_text().count(instead) == 1
    path.write_text(path.read_text().replace(instead, text))
    refused(desk, capsys, path, key, problem, remedy)


def test_a_calibration_that_is_no_yaml(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    calibration = desk.folder / "grounds" / "cameras" / "overhead.yaml"
    calibration.write_text("image_width: [1280\n")
    path, key = desk.folder / FILES["ground"], "cameras.overhead.calibration"
    found = refused(desk, capsys, path, key, "not YAML", "port calibrate")
    assert str(calibration) in found["problem"] and "line 2" in found["problem"]


@pytest.mark.parametrize("gone", [True, False], ids=["missing", "a folder"])
def test_a_calibration_that_is_no_file(desk: Desk, capsys: pytest.CaptureFixture[str], gone: bool) -> None:
    calibration = desk.folder / "grounds" / "cameras" / "overhead.yaml"
    calibration.unlink()
    if not gone:
        calibration.mkdir()
    words = "no such file" if gone else "is a folder"
    refused(desk, capsys, desk.folder / FILES["ground"], "cameras.overhead.calibration", words, "port calibrate")


def test_a_lens_that_makes_everything_a_point(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    calibration = desk.folder / "grounds" / "cameras" / "overhead.yaml"
    calibration.write_text(calibration.read_text().replace("data: [640.0,", "data: [1.0e-12,", 1))
    path = desk.folder / FILES["ground"]
    refused(desk, capsys, path, "cameras.overhead.pose", "px wide at most", "focal length in the calibration")


def test_everything_that_is_wrong_is_told_at_once(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    tree = copy.deepcopy(TREES["ground"])
    both(driver("sri_m8129"), put(f"{STATION}.watchdog_s", 0.25), put("robot_marker.id", 77))(tree)
    desk.write("ground", tree)
    assert main(["up", str(desk.folder / FILES["session"])]) == 2
    error = capsys.readouterr().err
    for key in (f"{LEFT}.driver", f"{STATION}.watchdog_s", "robot_marker.id"):
        assert error.count(f": {key}: ") == 1


@pytest.mark.parametrize("command", ["check", "up"])
def test_the_command_itself(desk: Desk, command: str) -> None:
    tree = copy.deepcopy(TREES["ground"])
    put(f"{LEFT}.baud", 115200)(tree)
    path = desk.write("ground", tree)
    words = [sys.executable, "-m", "port_session.cli", command, str(desk.folder / FILES["session"])]
    ended = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == {"check": 1, "up": 2}[command]
    said = ended.stdout + ended.stderr
    assert str(path) in said and f"{LEFT}.baud" in said and "set 921600 here" in said
    assert not (desk.folder.parent / "out").exists()


def test_the_table_for_people_has_file_key_and_remedy(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    tree = copy.deepcopy(TREES["ground"])
    put(f"{LEFT}.baud", 115200)(tree)
    path = desk.write("ground", tree)
    assert main(["check", str(desk.folder / FILES["session"])]) == 1
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    at_line = next(number for number, line in enumerate(lines) if line.startswith(f"{LEFT}.baud "))
    assert "need 620000 baud" in lines[at_line] and lines[at_line + 1] == f"in {path}"
    assert lines[at_line + 2].startswith("-> set 921600 here")


def test_the_check_needs_no_ros(desk: Desk) -> None:
    """It tells what is wrong also where ROS itself is what is missing."""
    code = (
        "import sys\n"
        "for name in ('rclpy', 'geometry_msgs', 'std_msgs', 'port_interfaces'): sys.modules[name] = None\n"
        "from port_session.admission.settings import settings\n"
        "from port_session.description.resolve import resolve\n"
        "print(*settings(resolve(sys.argv[1])))"
    )
    session = str(desk.folder / FILES["session"])
    ended = subprocess.run([sys.executable, "-c", code, session], capture_output=True, text=True, check=False)
    assert "11 processes accept theirs" in ended.stdout, ended.stderr


def test_every_node_that_is_configured_is_asked() -> None:
    for session in ("demo", "annex", "humanoid", "quadruped"):
        resolved = resolve(str(CONFIG / "sessions" / f"{session}.yaml"))
        asked = {process.name for process in resolved.processes if (process.package, process.executable) in READERS}
        assert {process.name for process in resolved.processes if process.ros} <= asked


#: Words in the paths of parameters that nobody writes: folders, lists of names, what a rule is, what is to be heard.
MADE = {
    "account_path", "cameras", "comes_to_rest_s", "device_id", "estops", "evidence_path", "expect", "ground_pose",
    "publishers", "occupancy", "out", "path", "plates", "required", "session_key_file", "socket",
    "speed_robot", "spool", "stop_log", "streams", "summary_path", "topics", "type", "zone_polygons", "zones_m",
}  # fmt: skip


def reaches(tree: Any, path: str) -> bool:
    for word in path.split("."):
        if not isinstance(tree, dict) or word not in tree:
            return False
        tree = tree[word]
    return True


def test_a_value_is_blamed_on_the_key_that_people_wrote() -> None:
    resolved = resolve(str(CONFIG / "sessions" / "humanoid.yaml"))
    kinds = {path: kind for kind, path in resolved.files.items()}
    for process in resolved.processes:
        for key in keys(typed(process.parameters)) if process.ros else ():
            words = key.split(".")
            if words[-1].isdecimal() or MADE.intersection(words):
                continue
            file, told = origin(resolved, process, key)
            assert reaches(resolved.description[kinds[file]], told), f"{process.name}: {key} -> {file}: {told}"
