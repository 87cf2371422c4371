"""`recording.seal` of a session file: who reads which stream, and what cannot be is refused before anything starts."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from port_ros.parameter_file import typed
from port_ros.parameters import ParameterError
from port_session.cli import main
from port_session.description.recorded import recorded_topics
from port_session.description.resolve import read_parts, resolve
from port_session.recorder import settings
from port_telemetry import key_files, keys
from tests.unit.port_session.test_description import FILES, TREES, Desk

TEAMS = ["odom", "cmd_vel_request", "cmd_vel"]


@pytest.fixture
def desk(tmp_path: Path, runtime_root: Path) -> Desk:
    """With the keys of a ground and of a team beside its session."""
    desk = Desk(tmp_path)
    folder = desk.folder / "sessions" / "keys"
    folder.mkdir()
    for name in ("ground", "team"):
        keys.new(folder / f"{name}.key")
        (folder / f"{name}.txt").write_text(keys.as_age(folder / f"{name}.pub"))
    return desk


def sealed(desk: Desk, **seal: str) -> Path:
    tree = copy.deepcopy(TREES["session"])
    tree["recording"] = {"seal": seal}
    return desk.write("session", tree)


def recorder(path: Path) -> dict[str, Any]:
    return resolve(str(path)).process("recorder").parameters


def test_without_seal_it_is_one_open_file_of_everything(desk: Desk) -> None:
    path = desk.folder / FILES["session"]
    tree, parts = recorder(path), read_parts(path)
    assert tree == {"path": f"{parts.out}/session.mcap", "topics": recorded_topics(parts)}
    assert tree["topics"] == [
        "estop/state", "safety/state", "safety/event", "session/state", "session/event", "force_plates/left/samples",
        "force_plates/right/samples", "cameras/overhead/markers", "ground/robot_pose", "ground/occupancy", *TEAMS,
        "/diagnostics",
    ]  # fmt: skip


def test_the_grounds_key_alone_seals_everything_to_it(desk: Desk) -> None:
    path = sealed(desk, ground_key="keys/ground.pub")
    tree, parts = recorder(path), read_parts(path)
    assert tree["path"].endswith("/session.mcap.age") and tree["readers"] == ["ground"] and "team" not in tree
    assert tree["topics"] == recorded_topics(parts)
    assert tree["keys"] == {"ground": str(path.parent / "keys" / "ground.pub")}


@pytest.mark.parametrize(("streams", "readers"), [("shared", ["team", "ground"]), ("team_only", ["team"])])
def test_the_teams_streams_are_a_file_of_their_own(desk: Desk, streams: str, readers: list[str]) -> None:
    path = sealed(desk, ground_key="keys/ground.pub", team_key="keys/team.txt", team_streams=streams)
    tree, parts = recorder(path), read_parts(path)
    assert tree["path"].endswith("/session.mcap.age") and tree["readers"] == ["ground"]
    assert tree["team"]["path"].endswith("/session_team.mcap.age") and tree["team"]["readers"] == readers
    assert tree["team"]["topics"] == TEAMS
    assert sorted([*tree["topics"], *TEAMS]) == sorted(recorded_topics(parts)), "each topic in one of them"
    ours = {"estop/state", "safety/state", "safety/event", "session/state", "session/event"}
    assert ours <= set(tree["topics"]), "the ground's evidence"


def test_a_team_alone_may_have_its_streams_sealed(desk: Desk) -> None:
    tree = recorder(sealed(desk, team_key="keys/team.pub", team_streams="team_only"))
    assert tree["path"].endswith("/session.mcap") and "readers" not in tree
    assert tree["team"]["path"].endswith("/session_team.mcap.age") and tree["team"]["readers"] == ["team"]


def test_the_node_is_told_who_reads_what(desk: Desk) -> None:
    path = sealed(desk, ground_key="keys/ground.txt", team_key="keys/team.pub")
    ours, theirs = settings.read(typed(recorder(path))).files(lambda topic: f"/demo/{topic}")
    ground, team = (key_files.public_key(path.parent / "keys" / f"{name}.pub") for name in ("ground", "team"))
    assert ours.recipients == (ground,) and theirs.recipients == (team, ground)
    assert "/demo/estop/state" in ours.topics and theirs.topics == tuple(f"/demo/{name}" for name in TEAMS)


def other_kind(folder: Path) -> None:
    public = Ed25519PrivateKey.generate().public_key()
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    (folder / "signing.pub").write_bytes(public.public_bytes(serialization.Encoding.PEM, spki))
    (folder / "two.txt").write_text((folder / "team.txt").read_text() * 2)
    (folder / "torn.txt").write_text((folder / "team.txt").read_text()[:-4])
    (folder / "hybrid.txt").write_text("age1pq1qqqqqqqq\n")


#: situation: what is under seal, key, what is wrong, what mends it
SITUATIONS: dict[str, tuple[dict[str, str], str, str, str]] = {
    "nothing": ({"team_streams": "shared"}, "ground_key", "nothing is sealed", "port keys new"),
    "a team's own without its key": (
        {"ground_key": "keys/ground.pub", "team_streams": "team_only"}, "team_key", "missing", "port keys new"),
    "shared with a ground without a key": (
        {"team_key": "keys/team.pub"}, "ground_key", "the ground has no key", "team_streams: team_only"),
    "a key that is not there": ({"ground_key": "keys/gone.pub"}, "ground_key", "no such file", "relative"),
    "a folder": ({"ground_key": "keys"}, "ground_key", "is a folder", "relative"),
    "a private key": ({"ground_key": "keys/ground.key"}, "ground_key", "but a private one", "name a public key"),
    "a private key of age's": ({"ground_key": "keys/secret.txt"}, "ground_key", "but a private one", "public key"),
    "a key to sign with": ({"ground_key": "keys/signing.pub"}, "ground_key", "no X25519 key", "port keys new"),
    "a key of another age": ({"ground_key": "keys/hybrid.txt"}, "ground_key", "a hybrid one", "port keys new"),
    "two keys": ({"ground_key": "keys/two.txt"}, "ground_key", "2 keys", "name a file with one"),
    "a key that was torn": ({"ground_key": "keys/torn.txt"}, "ground_key", "too short", "port keys new"),
    "a text": ({"ground_key": "demo.yaml"}, "ground_key", "no public key", "port keys new"),
    "one key for both": (
        {"ground_key": "keys/ground.pub", "team_key": "keys/ground.txt"}, "team_key", "the key of ground, too",
        "a key of its own"),
}  # fmt: skip


@pytest.mark.parametrize("situation", SITUATIONS)
def test_refused_with_file_key_and_remedy(desk: Desk, capsys: pytest.CaptureFixture[str], situation: str) -> None:
    seal, key, problem, remedy = SITUATIONS[situation]
    path = sealed(desk, **seal)
    (path.parent / "keys" / "secret.txt").write_text(keys.as_age(path.parent / "keys" / "team.key"))
    other_kind(path.parent / "keys")
    assert main(["check", str(path), "--json"]) in (1, 2)
    printed = capsys.readouterr().out
    [found] = [finding for finding in json.loads(printed) if not finding["ok"]]
    assert (found["file"], found["key"]) == (str(path), f"recording.seal.{key}")
    assert problem in found["problem"] and remedy in f"{found['problem']} {found['remedy']}" and found["remedy"]
    assert "AGE-SECRET-KEY-1" not in printed and "AGE-SECRET-KEY-1" not in capsys.readouterr().err
    assert main(["up", str(path)]) == 2
    assert f"recording.seal.{key}: " in capsys.readouterr().err


@pytest.mark.parametrize(("tree", "key"), [
    ({"path": "a.mcap", "topics": ["a"], "readers": ["ground"]}, "readers"),
    ({"path": "a.mcap", "topics": ["a"], "team": {"path": "b", "topics": ["b"], "readers": ["team"]}}, "team.readers"),
    ({"path": "a.mcap", "topics": ["a"], "keys": {"ground": "/nonexistent/a.pub"}}, "keys.ground"),
])  # fmt: skip
def test_the_node_refuses_a_reader_without_a_key(tree: dict[str, Any], key: str) -> None:
    with pytest.raises(ParameterError) as refused:
        settings.read(tree)
    assert refused.value.key == key
