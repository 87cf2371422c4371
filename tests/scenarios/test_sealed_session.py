"""A whole session whose recording is sealed as it is written: read by its keys alone, also where its recorder died."""

import json
from pathlib import Path

import pytest

from port_session.recorder.clock import Clock
from port_session.recorder.read import Recording, in_time, recordings
from tests.recorder_keys import key_pair
from tests.scenarios.whole_session import SLOW, WholeSession, run_port


def topics_of(found: list[Recording]) -> set[str]:
    for one in found:
        list(one.messages(lambda topic, kind: False))
    return {topic for one in found for topic, count in one.counts.items() if count}


@pytest.mark.long_session
def test_ground_and_team_each_read_their_own_and_nobody_else_anything(tmp_path: Path) -> None:
    ground, team, other = (key_pair(tmp_path / "keys", name) for name in ("ground", "team", "other"))
    seal = {"ground_key": str(ground.public), "team_key": str(team.public), "team_streams": "team_only"}
    with WholeSession(tmp_path, "sealed", {**SLOW, "session.recording": {"seal": seal}}) as session:
        session.drive()
        old = session.kill("recorder")
        session.respawned("recorder", old)
        session.healthy()
        session.drive()
        assert session.end() == 0
    out = session.out
    names = sorted(path.name for path in recordings(out))
    assert names == ["session.mcap.age", "session_1.mcap.age", "session_team.mcap.age", "session_team_1.mcap.age"]
    for path in recordings(out):
        data = path.read_bytes()
        assert data.startswith(b"age-encryption.org/v1\n") and b"MCAP" not in data and b"safety/state" not in data
    read = {
        name: topics_of(in_time(recordings(out), Clock(), [pair.key]))
        for name, pair in (("ground", ground), ("team", team), ("other", other))
    }
    assert {"/sealed/safety/state", "/sealed/estop/state", "/sealed/force_plates/left/samples"} <= read["ground"]
    assert read["team"] == {"/sealed/odom", "/sealed/cmd_vel", "/sealed/cmd_vel_request"}
    assert not read["ground"] & read["team"] and not read["other"]
    the_report_says_what_it_could_not_read(session, out, str(ground.private), str(team.private))


def the_report_says_what_it_could_not_read(session: WholeSession, out: Path, ground: str, team: str) -> None:
    env = session.environment()
    closed = run_port("report", str(out), env=env)
    assert "session.mcap.age is sealed" in closed.stdout, closed.stdout + closed.stderr
    told = run_port("report", str(out), "--key", ground, "--key", team, env=env)
    assert "is sealed" not in told.stdout, told.stdout
    summary = json.loads((out / "summary.json").read_text())
    assert summary["devices"]["left"]["received"] > 0
    info = run_port("recording", "info", str(out / "session.mcap.age"), "--key", ground, env=env)
    assert "/sealed/safety/state" in info.stdout and "sealed to" in info.stdout, info.stdout + info.stderr
    recovered = out.parent / "recovered.mcap"
    done = run_port(
        "recording", "recover", str(out / "session.mcap.age"), "--key", ground, "--to", str(recovered), env=env
    )
    assert done.returncode in (0, 1) and recovered.is_file(), done.stdout + done.stderr
    assert "/sealed/safety/state" in topics_of([Recording(recovered)])
