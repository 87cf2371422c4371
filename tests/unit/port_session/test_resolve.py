"""The resolved session: which processes, in which order, with exactly which parameters."""

import copy
import json
from pathlib import Path

import msgspec
import pytest
import yaml

from port_ros.parameter_file import parameter_file
from port_ros.yaml_file import parse_yaml
from port_safety.commands.registry import command_type_of
from port_safety.ros.parameters import make_gate, split
from port_session.description.errors import DescriptionError
from port_session.description.resolve import Resolved, resolve
from port_session.supervisor.command_line import command_line
from port_session.supervisor.runtime import Runtime, running_sessions
from tests.codecs import codec_named
from tests.commands import ARM, MESSAGES

CONFIG = Path(__file__).parents[3] / "config"


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Resolved:
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/x")
    return resolve(str(CONFIG / "sessions" / "demo.yaml"), out=tmp_path / "out")


def variant(tmp_path: Path, **changes: object) -> Path:
    """A demo session with other values at its top."""
    (tmp_path / "sessions").mkdir(exist_ok=True)
    for kind in ("grounds", "robots", "trials"):
        if not (tmp_path / kind).exists():
            (tmp_path / kind).symlink_to(CONFIG / kind)
    tree = yaml.safe_load((CONFIG / "sessions" / "demo.yaml").read_text())
    path = tmp_path / "sessions" / "demo.yaml"
    path.write_text(yaml.safe_dump({**tree, **changes}))
    return path


def test_stages_and_fates(demo: Resolved) -> None:
    assert [(p.stage, p.name) for p in demo.processes] == [
        (0, "ground"), (0, "broker"),
        (1, "robot"),
        (2, "ingest"),
        (3, "recorder"), (3, "telemetry"), (3, "dashboard"),
        (4, "session"),
        (5, "force_plates"), (5, "estop"), (5, "cameras"),
        (6, "gate"), (6, "driver"),
    ]  # fmt: skip
    assert {p.name for p in demo.processes if p.required} == {"ground", "gate", "session"}
    assert {p.name for p in demo.processes if p.required == p.respawn} == {"session"}, "both: it takes its log up again"
    assert all(p.namespace == ("/demo" if p.ros else "") for p in demo.processes)
    assert all(p.critical for p in demo.processes)


def test_nothing_stands_in_for_a_team_that_brings_its_stack(demo: Resolved, tmp_path: Path) -> None:
    own = resolve(str(variant(tmp_path, stack="own")))
    names = [process.name for process in demo.processes]
    assert [process.name for process in own.processes] == [name for name in names if name != "driver"]


@pytest.mark.parametrize(("session", "driver", "own"), [
    ("demo", "waveshare_8ch", "poll_hz"), ("annex", "estop_link", "station_id"),
])  # fmt: skip
def test_the_estop_node_gets_its_kind_of_station(tmp_path: Path, session: str, driver: str, own: str) -> None:
    resolved = resolve(str(CONFIG / "sessions" / f"{session}.yaml"), out=tmp_path / "out")
    parameters = resolved.process("estop").parameters
    assert (parameters["driver"], parameters["device_id"]) == (driver, "station_1")
    assert own in parameters
    assert resolved.ground["estop"]["station_1"]["driver"] == driver


def publishers(resolved: Resolved) -> dict[str, list[str]]:
    """Who alone may publish on which topic of the ground, as the gate is told."""
    return {topic: names for topic, *names in map(str.split, resolved.process("gate").parameters["publishers"])}


@pytest.mark.parametrize("session", ["demo", "annex", "arm", "humanoid", "quadruped", "light"])
def test_who_may_publish_on_the_grounds_topics_is_started_by_the_session(tmp_path: Path, session: str) -> None:
    resolved = resolve(str(CONFIG / "sessions" / f"{session}.yaml"), out=tmp_path / "out")
    found = publishers(resolved)
    assert {name for names in found.values() for name in names} <= {each.name for each in resolved.processes}
    assert found["estop/state"] == ["estop"] and found["safety/enable"] == ["gate"]
    assert found["ground/robot_pose"] == ["cameras"] and found["session/state"] == ["session"]


def test_each_of_two_stations_may_speak_of_itself(tmp_path: Path) -> None:
    (tmp_path / "grounds").mkdir()
    (tmp_path / "grounds" / "cameras").symlink_to(CONFIG / "grounds" / "cameras")
    tree = yaml.safe_load((CONFIG / "grounds" / "hall_lane.yaml").read_text())
    tree["estop"]["station_2"] = {**tree["estop"]["station_1"], "port": "{run}/dev/station_2"}
    (tmp_path / "grounds" / "hall_lane.yaml").write_text(yaml.safe_dump(tree))
    resolved = resolve(str(variant(tmp_path)), out=tmp_path / "out")
    assert publishers(resolved)["estop/state"] == ["estop_station_1", "estop_station_2"]
    assert {"estop_station_1", "estop_station_2"} <= {each.name for each in resolved.processes}


def test_gate_gets_one_rule_a_zone(demo: Resolved) -> None:
    gate = demo.process("gate").parameters
    assert gate["rules"][:5] == ["input_timeout", "lane", "operator_desk", "crossing", "speed_robot"]
    assert gate["lane"] == {
        "type": "keep_in",
        "margin_m": 0.05,
        "polygon_m": [-1.0, -1.5, 11.0, -1.5, 11.0, 1.5, -1.0, 1.5],
    }
    assert gate["crossing"]["limit_mps"] == 0.5 and gate["crossing"]["occupied_limit_mps"] == 0.0
    assert gate["speed_robot"] == {"type": "speed", "limit_mps": 1.5}
    assert gate["input_timeout"] == {
        "type": "input_timeout", "estop_s": 0.4, "odometry_s": 0.3, "ground_pose_s": 1.0, "force_plate_s": 0.5,
        "command_s": 0.3,
    }  # fmt: skip
    assert gate["robot"]["ramp_s"] == 1.5 and gate["estops"] == ["station_1"] and gate["plates"] == ["left", "right"]


def test_the_rules_for_every_robot_are_in_force(demo: Resolved) -> None:
    gate = demo.process("gate").parameters
    assert gate["rules"][5:] == [
        "separation", "pose_agreement", "stop_response", "bypass", "ground_publishers", "clock", "stuck_input",
        "command_following", "acceleration",
    ]  # fmt: skip
    assert all(gate[name]["type"] == name for name in gate["rules"][5:])
    assert gate["acceleration"]["acceleration_mps2"] == 1.0 and gate["separation"]["walk_mps"] == 1.6
    settings, blocks = split(copy.deepcopy(gate))
    made = make_gate(settings, blocks).envelope
    assert {*made.rules, *made.last_rules} == {"estop", *gate["rules"]}


def test_a_ground_without_people_has_no_separation_rule(tmp_path: Path) -> None:
    (tmp_path / "grounds").mkdir()
    tree = yaml.safe_load((CONFIG / "grounds" / "hall_lane.yaml").read_text())
    del tree["people"]
    (tmp_path / "grounds" / "hall_lane.yaml").write_text(yaml.safe_dump(tree))
    (tmp_path / "grounds" / "cameras").symlink_to(CONFIG / "grounds" / "cameras")
    gate = resolve(str(variant(tmp_path))).process("gate").parameters
    assert "separation" not in gate["rules"] and "separation" not in gate


def test_run_folder_is_filled_in_everywhere(demo: Resolved) -> None:
    assert demo.run == "/run/x/port/demo"
    plate = demo.process("force_plates").parameters["left"]
    assert plate["port"] == "/run/x/port/demo/dev/left_plate"
    assert plate["origin_m"] == [-0.2, -0.1, 0.0] and "signs" not in plate
    assert demo.process("estop").parameters["port"] == "/run/x/port/demo/dev/station_1"
    assert "{run}" not in msgspec.json.encode(demo.processes).decode()
    assert Path(demo.process("cameras").parameters["overhead"]["calibration"]).is_absolute()


def test_floats_stay_floats_and_empty_lists_are_left_out(demo: Resolved) -> None:
    text = parameter_file({"a": 1.0, "b": [0.0, 2.0], "c": {"d": 1e-7, "e": []}, "f": 3, "g": "1"})
    values = parse_yaml(text)["/**"]["ros__parameters"]
    assert values == {"a": 1.0, "b": [0.0, 2.0], "c": {"d": 1e-7}, "f": 3, "g": "1"}
    assert [type(v) for v in (values["a"], values["b"][0], values["c"]["d"], values["f"], values["g"])] == [
        float, float, float, int, str
    ]  # fmt: skip
    for process in demo.processes:
        assert bool(parse_yaml(parameter_file(process.parameters))) is process.ros


def test_call_is_the_one_of_launch_ros(demo: Resolved) -> None:
    gate = demo.process("gate")
    assert command_line(gate, Path("/p/gate_node"), Path("/r/gate.yaml")) == [
        "/p/gate_node", "--ros-args", "-r", "__node:=gate", "-r", "__ns:=/demo", "--params-file", "/r/gate.yaml"
    ]  # fmt: skip
    ground = demo.process("ground")
    assert command_line(ground, Path("/p/ground")) == ["/p/ground", *ground.arguments]


def test_telemetry_waits_beside_the_evidence_and_believes_its_own_facility(demo: Resolved) -> None:
    telemetry, ingest = demo.process("telemetry").parameters, demo.process("ingest").arguments
    assert telemetry["spool"] == f"{demo.out}/spool"
    key = ingest[ingest.index("--key") + 1]
    assert telemetry["facility_key_file"] == key.removesuffix(".key") + ".pub"


def test_external_broker_starts_none(tmp_path: Path) -> None:
    (tmp_path / "sessions").mkdir()
    (tmp_path / "sessions" / "password").write_text("secret")
    mqtt = {"host": "mqtt.example.org", "port": 8883, "broker": "external", "user": "edge-1",
            "password_file": "password"}  # fmt: skip
    resolved = resolve(str(variant(tmp_path, mqtt=mqtt)))
    assert not {"broker", "ingest"} & {p.name for p in resolved.processes}
    assert resolved.process("telemetry").parameters["user"] == "edge-1"
    assert resolved.process("telemetry").parameters["password_file"] == f"{tmp_path}/sessions/password"
    assert resolved.process("telemetry").parameters["facility_key_file"] == ""
    assert not resolved.needs_broker
    assert "mqtt.port" not in [address.key for address in resolved.addresses]


def test_a_real_ground_and_robot_start_no_simulation(tmp_path: Path) -> None:
    for kind, name in (("grounds", "hall_lane"), ("robots", "sim_wheeled")):
        tree = yaml.safe_load((CONFIG / kind / f"{name}.yaml").read_text())
        tree["simulated"] = False
        (tmp_path / kind).mkdir()
        (tmp_path / kind / f"{name}.yaml").write_text(yaml.safe_dump(tree))
    (tmp_path / "grounds" / "cameras").symlink_to(CONFIG / "grounds" / "cameras")
    resolved = resolve(str(variant(tmp_path)))
    assert not [p.name for p in resolved.processes if p.package == "port_sim"]
    assert "robot" not in resolved.required_diagnostics
    assert [address.key for address in resolved.addresses] == ["dashboard.port", "mqtt.port"]


def with_cameras(tmp_path: Path, **changes: object) -> Path:
    """A demo session whose camera's block has other values."""
    tree = yaml.safe_load((CONFIG / "grounds" / "hall_lane.yaml").read_text())
    tree["cameras"]["overhead"] |= changes
    (tmp_path / "grounds").mkdir()
    (tmp_path / "grounds" / "cameras").symlink_to(CONFIG / "grounds" / "cameras")
    (tmp_path / "grounds" / "hall_lane.yaml").write_text(yaml.safe_dump(tree))
    return variant(tmp_path)


def test_a_cameras_password_file_lies_beside_the_grounds_file(tmp_path: Path) -> None:
    resolved = resolve(str(with_cameras(tmp_path, **{"user": "port", "password_file": "overhead.password"})))
    camera = resolved.process("cameras").parameters["overhead"]
    assert camera["user"] == "port"
    assert camera["password_file"] == str(tmp_path / "grounds" / "overhead.password")


def test_a_login_in_an_address_reaches_the_camera_and_no_record(tmp_path: Path, runtime_root: Path) -> None:
    address = "http://admin:s3cret@127.0.0.1:18080/v.mjpg"
    resolved = resolve(str(with_cameras(tmp_path, address=address)), out=tmp_path / "out")
    assert resolved.process("cameras").parameters["overhead"]["address"] == address
    runtime = Runtime(resolved)
    try:
        told = [(tmp_path / "out" / "description.json").read_text(), *map(json.dumps, running_sessions())]
    finally:
        runtime.release()
    assert len(told) == 2
    for text in told:
        assert "s3cret" not in text and "http://127.0.0.1:18080/v.mjpg" in text


@pytest.mark.parametrize("address", ["http://cam:99999/x", "http://[::1/x", "http://a:b#c@cam/x"])
def test_an_address_that_can_be_none_is_left_to_its_drivers_check(tmp_path: Path, address: str) -> None:
    resolved = resolve(str(with_cameras(tmp_path, address=address)))
    assert "cameras.overhead.address" not in [one.key for one in resolved.addresses]


def test_the_pages_address_has_the_brackets_that_ipv6_needs(tmp_path: Path) -> None:
    resolved = resolve(str(variant(tmp_path, dashboard={"host": "::1", "port": 8080})))
    assert resolved.dashboard_url == "http://[::1]:8080"


def test_domain_and_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(variant(tmp_path, domain=7))
    monkeypatch.chdir(tmp_path)
    assert resolve(path).domain == 7 and resolve(path, domain=9).domain == 9
    assert resolve(path).out == str(tmp_path / "out" / "demo")


def test_a_runtime_folder_too_long_for_sockets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/1000")
    with pytest.raises(DescriptionError, match="too long"):
        resolve(str(variant(tmp_path, session="x" * 64)))


@pytest.mark.parametrize("robot", ["example_arm", "example_quadruped", "example_humanoid"])
def test_a_gate_can_be_made_for_each_kind_of_robot(tmp_path: Path, robot: str) -> None:
    changes: dict[str, object] = {"robot": robot}
    if robot == "example_arm":
        (tmp_path / "trials").mkdir()
        reach = {"name": "reach", "kind": "test", "timeout_s": 60.0, "goal_rad": [0.5] * 6}
        (tmp_path / "trials" / "reach.yaml").write_text(yaml.safe_dump(reach))
        changes["trial"] = "reach"
    process = resolve(str(variant(tmp_path, **changes)), out=tmp_path / "out").process("gate")
    tree = copy.deepcopy(process.parameters)
    parameters, blocks = split(tree)
    gate = make_gate(parameters, blocks)
    assert robot == f"example_{gate.robot.kind}"
    assert process.stop_s > gate.profile.deadline_s, "the supervisor waits until the profile is through"


@pytest.mark.parametrize(
    ("robot", "stop", "key", "words"),
    [
        ("example_quadruped", {"ramp_s": 2.0, "settle_s": 3.0, "settled_height_m": 0.1}, "settle_s", "4 s at most"),
        ("example_quadruped", {"ramp_s": 1.0, "settle_s": 2.0}, "settled_height_m", "missing"),
        ("example_humanoid", {"ramp_s": 1.0, "settle_s": 2.0, "settled_height_m": 0.5}, "damp_s", "missing"),
    ],
)
def test_a_stop_profile_lacks_nothing(tmp_path: Path, robot: str, stop: object, key: str, words: str) -> None:
    tree = yaml.safe_load((CONFIG / "robots" / f"{robot}.yaml").read_text())
    path = variant(tmp_path, robot="mine")
    (tmp_path / "robots").unlink()
    (tmp_path / "robots").mkdir()
    (tmp_path / "robots" / "mine.yaml").write_text(yaml.safe_dump({**tree, "name": "mine", "stop": stop}))
    with pytest.raises(DescriptionError, match=f"stop.{key}: .*{words}"):
        resolve(str(path), out=tmp_path / "out")


@pytest.mark.parametrize("message", MESSAGES)
def test_every_command_type_has_a_codec_for_its_message(message: str) -> None:
    codec = codec_named(message, ARM)
    package, _, name = message.split("/")
    assert (codec.message.__module__.partition(".")[0], codec.message.__name__) == (package, name)
    assert command_type_of(message).zero_command(ARM).near_zero


@pytest.mark.parametrize(("session", "delay_s"), [("humanoid", 5.5), ("quadruped", 4.0)])
def test_a_simulated_robot_with_legs(session: str, delay_s: float, tmp_path: Path) -> None:
    """Its gate stops it in the stages of its kind, and the hard-wired chain waits for them."""
    resolved = resolve(str(CONFIG / "sessions" / f"{session}.yaml"), out=tmp_path)
    gate = make_gate(*split(copy.deepcopy(resolved.process("gate").parameters)))
    assert gate.robot.kind == resolved.process("robot").parameters["kind"] == session
    assert gate.profile.deadline_s <= resolved.ground["robot"]["delayed_contact_s"] == delay_s
    assert gate.profile.stages[1].name == {"humanoid": "settle", "quadruped": "sit"}[session]
    assert f"{tmp_path}/ground_truth.json" in resolved.process("ground").arguments
    robot = resolved.description["robot"]
    marker = resolved.process("cameras").parameters["marker"]
    for key in ("height_m", "height_sigma_m", "sinks_m"):
        assert marker[key] == robot[f"marker_{key}"]
    assert resolved.process("driver").parameters["get_up_s"] == robot["stop"]["settle_s"]


def test_a_simulated_arm_has_its_joints_its_place_and_its_goal(tmp_path: Path) -> None:
    resolved = resolve(str(CONFIG / "sessions" / "arm.yaml"), out=tmp_path)
    gate = make_gate(*split(copy.deepcopy(resolved.process("gate").parameters)))
    robot, driver, session = (resolved.process(name).parameters for name in ("robot", "driver", "session"))
    assert gate.robot.joints is not None and gate.robot.joints.names == tuple(robot["joints"])
    assert gate.robot.base is not None and [gate.robot.base.x, gate.robot.base.y] == robot["base_pose"][:2]
    assert driver["goal_rad"] == session["goal_rad"] == list(resolved.description["trial"]["goal_rad"])
    assert driver["command"] != robot["command"], "the gate stands between them"
    shown = resolved.process("dashboard").parameters["robot_radius_m"]
    assert shown == resolved.process("cameras").parameters["robot_radius_m"] == gate.robot.radius_m
    assert resolved.ground["robot"]["start_pose"] == robot["base_pose"]


@pytest.mark.parametrize(
    ("robot", "trial", "key", "words"),
    [
        ("sim_arm", "lane_drive", "goal_m", "an arm's goal is in its joints"),
        ("sim_wheeled", "arm_reach", "goal_m", "goes to a place"),
        ("example_arm", "arm_reach", "goal_rad", "expected 6 numbers"),
    ],
)
def test_a_goal_that_is_not_of_the_robots_kind(tmp_path: Path, robot: str, trial: str, key: str, words: str) -> None:
    with pytest.raises(DescriptionError, match=f"{trial}.yaml: {key}: .*{words}"):
        resolve(str(variant(tmp_path, robot=robot, trial=trial)), out=tmp_path / "out")


@pytest.mark.parametrize(
    ("changes", "key"),
    [({"base_pose": None}, "base_pose"), ({"topics.command_type": "std_msgs/msg/Float64MultiArray"}, "command_type")],
)
def test_a_simulated_arm_lacks_nothing(tmp_path: Path, changes: dict[str, object], key: str) -> None:
    tree = yaml.safe_load((CONFIG / "robots" / "sim_arm.yaml").read_text())
    for path, value in changes.items():
        *above, last = path.split(".")
        (tree[above[0]] if above else tree)[last] = value
    (tmp_path / "robots").mkdir()
    mine = {name: value for name, value in {**tree, "name": "mine"}.items() if value is not None}
    (tmp_path / "robots" / "mine.yaml").write_text(yaml.safe_dump(mine))
    with pytest.raises(DescriptionError, match=key):
        resolve(str(variant(tmp_path, robot="mine", trial="arm_reach")), out=tmp_path / "out")


def test_on_wheels_nothing_is_said_of_falling(demo: Resolved) -> None:
    assert "--truth" not in demo.process("ground").arguments
    assert "delayed_contact_s" not in demo.ground["robot"]
    assert "sinks_m" not in demo.process("cameras").parameters["marker"]
