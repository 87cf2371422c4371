"""A sealed recording whose recorder was killed at any moment: its readers have it up to the last second, nobody else.

4 kills by default; PORT_KILLS=100 makes more (scripts/test long), and then holds the recorder to one second: on a
machine that is busy with other things it gets no processor in time.
"""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from port_session.recorder.condition import problem, since_first
from port_session.recorder.read import Recording
from tests.packages import ROOT
from tests.recorder_child import TOPICS
from tests.recorder_keys import KeyPair, key_pair
from tests.waiting import PATIENCE_S

KILLS = int(os.environ.get("PORT_KILLS", "4"))
SEED = int(os.environ.get("PORT_SEED", "1"))
LOST_S = 1.0 if "PORT_KILLS" in os.environ else PATIENCE_S
MOMENTS_S = [random.Random(f"{SEED} {kill}").uniform(0.0, 3.0) for kill in range(KILLS)]


def killed(folder: Path, keys: list[KeyPair], moment_s: float) -> tuple[list[int], int]:
    """A recorder that was killed so long after something was on the disk: how much it said was there, and when."""
    command = [sys.executable, "-m", "tests.recorder_child", str(folder), *(str(pair.public) for pair in keys)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        lines = [process.stdout.readline()]
        time.sleep(moment_s)
        process.kill()
        killed_ns = time.time_ns()
        lines += [line for line in process.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
    finally:
        process.kill()
        process.wait()
    return [int(word) for word in lines[-1].split()], killed_ns


def numbers(path: Path, *keys: KeyPair) -> tuple[list[int], Recording]:
    recording = Recording(path, keys=[pair.key for pair in keys])
    return [int(one.message.data) for one in recording.messages()], recording


@pytest.mark.parametrize("moment_s", MOMENTS_S)
def test_killed_at_any_moment_its_readers_have_all_but_the_last_second(moment_s: float, tmp_path: Path) -> None:
    ground, team, stranger = (key_pair(tmp_path / "keys", name) for name in ("ground", "team", "stranger"))
    told, killed_ns = killed(tmp_path, [ground, team], moment_s)
    paths = [tmp_path / "session.mcap.age", tmp_path / "session_team.mcap.age"]
    for path, topic, saved, reader, other in zip(paths, TOPICS, told, (ground, team), (team, ground), strict=True):
        found, recording = numbers(path, reader)
        assert found == list(range(len(found))) and len(found) >= saved > 0, "what it said was on the disk is there"
        assert recording.counts == {topic: len(found)} and not recording.complete and not recording.damaged
        assert "was cut off" in problem(recording, since_first(recording))
        assert recording.last_ns is not None
        lost_s = (killed_ns - recording.last_ns) / 1e9
        print(f"{path.name}: killed after {moment_s:.3f} s, the last {lost_s:.3f} s are not there")
        assert lost_s <= LOST_S
        nothing, locked = numbers(path, other, stranger)
        assert nothing == [] and "sealed to" in locked.locked
