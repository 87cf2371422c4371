"""A session as its operator lives it, by the command line and by plain ROS services: from failures at admission to a
sealed bag that names every byte that was changed.
"""

import json
import random
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.whole_session import MOVING, PATIENCE_S, WholeSession, run_port
from tests.waiting import wait_until

TRIAL = {
    "trial.runs": 2, "trial.version": "1", "trial.require": {"stopping_distance": {"at_most": 2.0}},
    "robot.serial": "SW-0042", "session.people": {"operator": "王芳", "safety_officer": "陈伟"},
    "robot.limits.speed_mps": 0.5,
}  # fmt: skip


@pytest.fixture
def session(tmp_path: Path) -> Iterator[WholeSession]:
    with WholeSession(tmp_path, "story", TRIAL) as session:
        yield session


def step(session: WholeSession, *words: str, refused: str = "") -> str:
    """A step by the command line; what it said."""
    done = session.port("session", *words, "--by", "王芳")
    said = done.stdout + done.stderr
    assert (done.returncode == 0) == (not refused), said
    assert refused in said, said
    return said


def drives_on(session: WholeSession) -> None:
    start_m = session.sight.x or 0.0
    session.until(lambda: abs((session.sight.x or 0.0) - start_m) > 0.3, lambda: "the robot drives")


def stopped_and_reset(session: WholeSession) -> None:
    session.until(lambda: session.sight.session == "HALTED", lambda: "the session is halted")
    session.healthy()
    session.reset()
    assert session.sight.safety not in MOVING


@pytest.mark.long_session
def test_from_three_failures_at_admission_to_a_sealed_bag(session: WholeSession, tmp_path: Path) -> None:
    admission_is_mended_line_by_line(session)
    first_run_is_stopped_by_the_e_stop_and_void(session)
    second_run_outlives_its_session_node(session)
    third_run_reaches_the_goal(session)
    assert session.end() == 0
    bag = reviewed_and_sealed(session, tmp_path)
    every_changed_byte_is_named(session, bag, tmp_path)


def admission_is_mended_line_by_line(session: WholeSession) -> None:
    session.healthy()
    session.port("sim", "estop", "press")
    session.port("sim", "unplug", "left_plate")
    session.port("sim", "knock", "overhead", "0.3", "0", "0", "0", "0", "0")
    wrong = {"estop station_1": "release", "force_plate left": "plug", "camera overhead": ""}
    said: list[str] = []

    def all_named() -> bool:
        said[:] = [session.port("session", "admit").stderr]
        return all(name in said[0] for name in wrong)

    wait_until(all_named, PATIENCE_S, f"admission names all three: {said}")
    session.port("sim", "estop", "release")
    session.port("sim", "replug", "left_plate")
    session.port("sim", "knock", "overhead", "0", "0", "0", "0", "0", "0")
    if session.sight.safety != "STANDBY":
        session.reset()

    def admitted() -> bool:
        said[:] = [session.port("session", "admit", "--by", "王芳").stderr]
        return not said[0]

    wait_until(admitted, PATIENCE_S, "the robot is admitted")


def first_run_is_stopped_by_the_e_stop_and_void(session: WholeSession) -> None:
    step(session, "resume", refused="resume is not possible while admitted: next is: arm")
    step(session, "arm")
    step(session, "start")
    drives_on(session)
    session.port("sim", "estop", "press")
    session.until_state("STOPPED")
    session.port("sim", "estop", "release")
    stopped_and_reset(session)
    step(session, "resume")
    drives_on(session)
    step(session, "end_run")
    step(session, "void_run", refused="why is run 1 void? say it by --note")
    step(session, "void_run", "--note", "the button was pressed by mistake")
    assert "0 of 2 runs done" in session.port("session", "state").stdout


def second_run_outlives_its_session_node(session: WholeSession) -> None:
    """By plain ROS services."""
    asked(session, "arm", "ARMED")
    asked(session, "start", "RUNNING")
    drives_on(session)
    old = session.kill("session")
    session.respawned("session", old)
    session.until(lambda: session.sight.session == "HALTED", lambda: "the session is there again, halted")
    session.healthy()
    asked(session, "resume", "RUNNING")
    drives_on(session)
    asked(session, "end_run", "ADMITTED")


def asked(session: WholeSession, command: str, state: str) -> None:
    """Ask again until it is done, and press reset where a stop can be reset: a busy machine stops a robot, too."""

    def done() -> bool:
        if session.sight.safety == "RESET_READY":
            session.sim(do="reset", seconds=0.3)
        return session.sight.session == state or session.console.ask(command)[0]

    wait_until(done, PATIENCE_S, f"{command} ({session.sight})")
    session.until(lambda: session.sight.session == state, lambda: state)


def third_run_reaches_the_goal(session: WholeSession) -> None:
    asked(session, "arm", "ARMED")  # the robot was moving when its run was ended: the gate stopped it
    step(session, "start")
    session.until(lambda: (session.sight.x or 0.0) > 9.8 and session.sight.speed_mps < 0.05, lambda: "it is there")
    step(session, "finish")
    step(session, "arm", refused="arm is not possible while completed: the session is over")


def reviewed_and_sealed(session: WholeSession, tmp_path: Path) -> Path:
    out, key = session.out, tmp_path / "officer"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    report = session.port("report", str(out))
    assert "2 of 2 runs done; void: 1 (the button was pressed by mistake)" in report.stdout, report.stdout
    seal = ("session", "seal", str(out), "--by", "chen.wei", "--key", str(key))
    assert "seal is not possible while completed: " in session.port(*seal).stdout
    step(session, "review", str(out), "--note", "seen all of it")
    sealed = session.port(*seal)
    assert sealed.returncode == 0, sealed.stdout + sealed.stderr
    told = session.port("session", "show", str(out)).stdout
    assert told.startswith("story: SEALED\n") and "operator 王芳, safety officer 陈伟" in told
    assert "run 2: " in told and "goal reached" in told and "void: the button was pressed by mistake" in told
    summary = json.loads((out / "summary.json").read_text())
    distance = next(one for one in summary["indicators"] if one["name"] == "stopping_distance")
    assert distance["runs"]["1"] and distance["decision"] == "passed", distance
    assert "SW-0042" in (out / "report.html").read_text()
    (tmp_path / "signers").write_text(f'chen.wei namespaces="port-bag" {key.with_suffix(".pub").read_text()}')
    return out.with_name(f"{out.name}.bag")


def every_changed_byte_is_named(session: WholeSession, bag: Path, tmp_path: Path) -> None:
    verify = ("bag", "verify", str(bag), "--signers", str(tmp_path / "signers"))
    whole = run_port(*verify, env=session.environment())
    assert whole.returncode == 0, whole.stdout + whole.stderr
    chosen = random.Random(4)
    files = sorted(path for path in bag.rglob("*") if path.is_file() and path.stat().st_size)
    for path in [*files[:4], *(chosen.choice(files) for _ in range(16))]:
        data = path.read_bytes()
        place = chosen.randrange(len(data))
        flipped = data[:place] + bytes([data[place] ^ (1 << chosen.randrange(8))]) + data[place + 1 :]
        replaced(path, flipped)
        told = run_port(*verify, env=session.environment())
        assert told.returncode != 0, f"byte {place} of {path}"
        assert path.name in told.stdout + told.stderr, f"byte {place} of {path}: {told.stdout + told.stderr}"
        replaced(path, data)
    assert run_port(*verify, env=session.environment()).returncode == 0


def replaced(path: Path, data: bytes) -> None:
    """Another file in its place: a recording in the bag may be the same file as in the session's folder."""
    new = path.with_name(path.name + ".new")
    new.write_bytes(data)
    shutil.copymode(path, new)
    path.parent.chmod(0o755)
    new.replace(path)
