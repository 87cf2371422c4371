"""The supervisor with real, small processes: bounded respawn, the order of the end, and that nothing is ever left."""

import asyncio
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec import json as msgjson

from port_session.description.process import Process
from port_session.description.resolve import Resolved
from port_session.supervisor.child import Child
from port_session.supervisor.errors import StartError
from port_session.supervisor.interrupts import end_with_parent
from port_session.supervisor.leases import held, session_lease_name
from port_session.supervisor.liveness import PATIENCE
from port_session.supervisor.runtime import Runtime, running_sessions
from port_session.supervisor.supervisor import Event, Supervisor
from tests.scenarios.small_session import PATIENT, Bench, alive
from tests.waiting import PATIENCE_S, wait_until


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(tmp_path, monkeypatch)


async def until(condition: Callable[[], bool], timeout_s: float = PATIENCE_S) -> None:
    deadline_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline_s, "not in time"
        await asyncio.sleep(0.01)


def test_starts_in_stages_and_ends_backwards(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    session = bench.session(*(bench.program(f"p{stage}", PATIENT, stage=stage) for stage in range(3)))
    ended: list[str] = []

    async def run() -> Supervisor:
        lines: list[str] = []
        async with Supervisor(session, on_line=lambda name, line: lines.append(f"{name} {line}")) as supervisor:
            original = supervisor._exited

            def exited(process: Process, child: Child) -> None:
                ended.append(process.name)
                original(process, child)

            monkeypatch.setattr(supervisor, "_exited", exited)
            await until(lambda: sum(" up " in line for line in lines) == 3)
            assert all(alive(supervisor.pid(f"p{stage}") or 0) for stage in range(3))
        return supervisor

    supervisor = asyncio.run(run())
    assert ended == ["p2", "p1", "p0"]
    assert supervisor.exit_codes == {"p0": 0, "p1": 0, "p2": 0}
    assert supervisor.orphans == 0
    assert "[p1] up" in (bench.out / "small" / "log" / "p1.log").read_text()
    assert not Path(session.run).exists()


def test_respawn_is_bounded(bench: Bench) -> None:
    session = bench.session(bench.program("flaky", "raise SystemExit(3)", respawn=True, max_respawns=2))
    events: list[Event] = []

    async def run() -> None:
        async with Supervisor(session, on_event=events.append):
            await until(lambda: any(event.kind == "gave_up" for event in events))
            await asyncio.sleep(0.2)

    asyncio.run(run())
    assert [event.kind for event in events].count("started") == 3
    assert [event.kind for event in events].count("respawn") == 2


def test_bad_configuration_is_never_started_again(bench: Bench) -> None:
    session = bench.session(bench.program("bad", "raise SystemExit(2)", respawn=True))
    events: list[Event] = []

    async def run() -> None:
        async with Supervisor(session, on_event=events.append):
            await until(lambda: any(event.kind == "gave_up" for event in events))

    asyncio.run(run())
    assert [event.kind for event in events] == ["started", "exited", "gave_up"]


@pytest.mark.parametrize(
    ("code", "expected"),
    [("raise SystemExit(7)", 7), ("import os; os.kill(os.getpid(), 9)", 137), ("raise SystemExit(0)", 0)],
)
def test_end_of_a_required_process_ends_the_session(bench: Bench, code: str, expected: int) -> None:
    session = bench.session(bench.program("gate", code, required=True, stage=1), bench.program("other", PATIENT))

    async def run() -> tuple[int, Supervisor]:
        async with Supervisor(session) as supervisor:
            return await asyncio.wait_for(supervisor.wait(), PATIENCE_S), supervisor

    result, supervisor = asyncio.run(run())
    assert result == expected
    assert supervisor.exit_codes["gate"] == expected


@pytest.mark.parametrize(
    ("code", "starts", "expected"),
    [("raise SystemExit(7)", 3, 7), ("raise SystemExit(0)", 1, 0), ("raise SystemExit(2)", 1, 2)],
)
def test_a_required_process_that_may_be_started_again_ends_the_session_once_it_is_not(
    bench: Bench, code: str, starts: int, expected: int
) -> None:
    """One that crashes is; one that ended as it was asked to, or whose configuration is wrong, is not."""
    session = bench.session(
        bench.program("session", code, required=True, respawn=True, max_respawns=2), bench.program("other", PATIENT)
    )
    events: list[Event] = []

    async def run() -> int:
        async with Supervisor(session, on_event=events.append) as supervisor:
            return await asyncio.wait_for(supervisor.wait(), PATIENCE_S)

    assert asyncio.run(run()) == expected
    assert [event.name for event in events if event.kind == "started"].count("session") == starts
    assert [event.kind for event in events].count("ending") == 1


TOLD = """
import signal, time
signal.signal(signal.SIGURG, lambda *_: print("told to stop the robot", flush=True))
print("up", flush=True)
while True: time.sleep(0.05)
"""


def test_who_stops_the_robot_is_told_at_once_when_who_answers_for_it_dies_and_goes_on(bench: Bench) -> None:
    """All others are told nothing: to a process that knows no such signal it does nothing."""
    dies = "import time; time.sleep(1.0); raise SystemExit(7)"
    session = bench.session(
        bench.program("gate", TOLD, required=True, stops_robot=True), bench.program("other", PATIENT),
        bench.program("robot", PATIENT, stops_robot=True),
        bench.program("session", dies, stage=1, required=True, respawn=True, answers_for_robot=True, max_respawns=1),
    )  # fmt: skip
    lines: list[str] = []

    async def run() -> int:
        async with Supervisor(session, on_line=lambda name, line: lines.append(f"{name} {line}")) as supervisor:
            return await asyncio.wait_for(supervisor.wait(), PATIENCE_S)

    assert asyncio.run(run()) == 7
    assert lines.count("gate told to stop the robot") == 2, "at each of its deaths"


DEAF = """
import os, signal, time
for number in ({signals}): signal.signal(number, signal.SIG_IGN)
print("up", os.getpid(), flush=True)
while True: time.sleep(1)
"""


@pytest.mark.parametrize(
    ("signals", "expected"), [("signal.SIGINT,", 128 + 15), ("signal.SIGINT, signal.SIGTERM", 128 + 9)]
)
def test_int_then_term_then_kill(bench: Bench, signals: str, expected: int) -> None:
    deaf = bench.program("deaf", DEAF.format(signals=signals), stop_s=0.3)
    code, supervisor, _ = asyncio.run(_start_and_stop(bench, deaf))
    assert code == 0
    assert supervisor.exit_codes["deaf"] == expected


def test_each_deaf_process_has_its_own_time_and_is_killed_then(bench: Bench) -> None:
    code = DEAF.format(signals="signal.SIGINT, signal.SIGTERM")
    stages = [bench.program(f"deaf{stage}", code, stage=stage, stop_s=0.3) for stage in range(5)]
    _, supervisor, took_s = asyncio.run(_start_and_stop(bench, *stages))
    assert set(supervisor.exit_codes.values()) == {137} and len(supervisor.exit_codes) == 5
    assert took_s >= 5 * 0.3


def test_who_hurries_waits_for_nobody(bench: Bench) -> None:
    """Each of these would be waited for longer than this test may take."""
    code = DEAF.format(signals="signal.SIGINT, signal.SIGTERM")
    stages = [bench.program(f"deaf{stage}", code, stage=stage, stop_s=3600.0) for stage in range(5)]
    _, supervisor, _ = asyncio.run(_start_and_stop(bench, *stages, hurry=True))
    assert set(supervisor.exit_codes.values()) == {137}


WRITES = """
import signal, sys, time
def write(number, frame):
    for left in range(12, 0, -2):
        print(f"writing, {left} MB left", flush=True)
        time.sleep(1.0)
    sys.exit(0)
signal.signal(signal.SIGINT, write)
print("up", flush=True)
while True: time.sleep(1)
"""


def test_the_end_takes_as_long_as_writing_needs_and_says_so(bench: Bench) -> None:
    events: list[Event] = []
    recorder = bench.program("recorder", WRITES, stop_s=60.0)
    _, supervisor, _ = asyncio.run(_start_and_stop(bench, recorder, on_event=events.append))
    assert supervisor.exit_codes == {"recorder": 0}
    told = [event.text for event in events if event.kind == "waiting"]
    assert any(text.startswith("waiting for recorder: writing, ") for text in told), told
    assert all("s at most; Ctrl-C again does not wait" in text for text in told)


STOPS_A_ROBOT = """
import signal, sys, time
def stop(number, frame):
    time.sleep(1.5)
    sys.exit(0)
signal.signal(signal.SIGINT, stop)
print("up", flush=True)
while True: time.sleep(1)
"""


@pytest.mark.parametrize("hurry", [False, True])
def test_whoever_stops_the_robot_has_its_time_though_others_are_deaf_and_somebody_hurries(
    bench: Bench, hurry: bool
) -> None:
    deaf = DEAF.format(signals="signal.SIGINT, signal.SIGTERM")
    others = [bench.program(f"deaf{stage}", deaf, stage=stage, stop_s=0.3) for stage in (0, 1, 2, 4)]
    gate = bench.program("gate", STOPS_A_ROBOT, stage=3, stop_s=30.0, stops_robot=True)
    _, supervisor, _ = asyncio.run(_start_and_stop(bench, gate, *others, hurry=hurry))
    assert supervisor.exit_codes == {"gate": 0} | {f"deaf{stage}": 137 for stage in (0, 1, 2, 4)}


@pytest.mark.parametrize(("code", "watches"), [("os.kill(os.getpid(), 9)", True), ("sys.exit(2)", False)])
def test_when_the_gate_dies_all_others_watch_while_the_relay_stops_the_robot(
    bench: Bench, code: str, watches: bool
) -> None:
    dies = f"import os, sys\nprint('up', flush=True)\n{code}"
    gate = bench.program("gate", dies, stage=2, required=True, stops_robot=True, stop_s=1.5)
    recorder = bench.program("recorder", PATIENT, stage=1)
    events: list[Event] = []
    ended_s: dict[str, float] = {}

    async def run() -> None:
        async with Supervisor(bench.session(gate, recorder), on_event=events.append) as supervisor:
            await asyncio.wait_for(supervisor.wait(), PATIENCE_S)
        ended_s.update({name: child.ended_s for name, child in supervisor._children.items()})

    asyncio.run(run())
    assert any("gate did not stop the robot, its relay does" in event.text for event in events) == watches
    if watches:
        assert ended_s["recorder"] - ended_s["gate"] >= 1.5


async def _start_and_stop(
    bench: Bench, *processes: Process, hurry: bool = False, on_event: Callable[[Event], None] = lambda event: None
) -> tuple[int, Supervisor, float]:
    up: set[str] = set()
    session = bench.session(*processes)
    async with Supervisor(session, on_event=on_event, on_line=lambda name, line: up.add(name)) as supervisor:
        await until(lambda: len(up) == len(processes))
        supervisor.request_stop()
        supervisor.request_stop()  # told twice is not asked twice
        if hurry:
            supervisor.hurry()
        code = await supervisor.wait()
        began_s = time.monotonic()
    return code, supervisor, time.monotonic() - began_s


FAMILY = """
import os, signal, subprocess, sys, time
code = "import time\\nwhile True: time.sleep(1)"
near = subprocess.Popen([sys.executable, "-ISc", code])
far = subprocess.Popen([sys.executable, "-ISc", "import signal; signal.signal(15, signal.SIG_IGN)\\n" + code],
                       start_new_session=True)
print("pids", os.getpid(), near.pid, far.pid, flush=True)
while True: time.sleep(1)
"""


def test_grandchildren_are_counted_and_ended(bench: Bench) -> None:
    pids: list[int] = []

    async def run() -> Supervisor:
        def look(name: str, line: str) -> None:
            pids.extend(map(int, line.split()[1:]))

        async with Supervisor(bench.session(bench.program("family", FAMILY)), on_line=look) as supervisor:
            await until(lambda: len(pids) == 3)
        return supervisor

    bystander = subprocess.Popen([sys.executable, "-ISc", "import time; time.sleep(60)"])
    try:
        supervisor = asyncio.run(run())
        assert supervisor.orphans == 1  # the one in a session of its own; the near one heard SIGINT
        assert not any(alive(pid) for pid in pids)
        assert bystander.poll() is None, "a process of somebody else was ended"
    finally:
        bystander.kill()
        bystander.wait()


RUNNER = """
import asyncio, sys
from msgspec import json
from port_session.description.resolve import Resolved
from port_session.supervisor.supervisor import Supervisor

async def main():
    resolved = json.decode(open(sys.argv[1], "rb").read(), type=Resolved)
    async with Supervisor(resolved, on_line=lambda name, line: print(line, flush=True)) as supervisor:
        await supervisor.wait()

asyncio.run(main())
"""


class Runner:
    """A process with a supervisor in it, and the process ids that the session's programs have printed."""

    def __init__(self, session: Resolved, folder: Path, prints: int, code: str = RUNNER) -> None:
        self.run = session.run
        file = folder / "resolved.json"
        file.write_bytes(msgjson.encode(session))
        self.process = subprocess.Popen([sys.executable, "-c", code, str(file)], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.pids: list[int] = []
        for line in self.process.stdout:
            self.pids += [int(word) for word in line.split() if word.isdigit()]
            if len(self.pids) == prints:
                break
        assert all(alive(pid) for pid in self.pids)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def gone(self) -> None:
        """Wait until nothing of it is left."""
        wait_until(lambda: not any(alive(pid) for pid in self.pids), what="all descendants gone")
        wait_until(lambda: not held(session_lease_name(self.run)), what="its name is free")
        assert running_sessions() == []


def test_a_killed_supervisor_leaves_nothing(bench: Bench, tmp_path: Path) -> None:
    deaf = bench.program("deaf", DEAF.format(signals="signal.SIGINT, signal.SIGTERM"), stop_s=0.5)
    others = [bench.program("family", FAMILY, stop_s=0.5), bench.program("patient", PATIENT, stop_s=0.5)]
    session = bench.session(*others, deaf)
    runner = Runner(session, tmp_path, prints=5)
    assert [record["session"] for record in running_sessions()] == ["small"]
    runner.kill()
    runner.gone()
    assert not Path(session.run).exists()

    async def again() -> int | None:
        async with Supervisor(bench.session(bench.program("patient", PATIENT))) as supervisor:
            return supervisor.pid("patient")

    assert asyncio.run(again())


#: Asked to end, it says so in a file, waits for its turn, and says that it has ended.
IN_ORDER = """
import os, signal, sys, threading, time
from port_ros.end_order import wait_for_turn
asked = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: asked.set())
signal.signal(signal.SIGINT, lambda *_: asked.set())
print("up", os.getpid(), flush=True)
while not asked.wait(0.05): pass
wait_for_turn()
time.sleep({takes_s})
with open({file!r}, "a") as file: file.write("{name} ")
"""


@pytest.mark.parametrize("way", ["SIGKILL of the supervisor", "SIGTERM to all", "SIGINT to all"])
def test_whoever_asks_all_at_once_the_gate_ends_first_and_the_ground_last(
    bench: Bench, tmp_path: Path, way: str
) -> None:
    file = tmp_path / "ended.txt"
    names = ("ground", "recorder", "estop", "gate")
    takes_s = dict.fromkeys(names, 0.0) | {"gate": 2.5}  # longer than a watchdog's patience
    session = bench.session(*(
        bench.program(
            name, IN_ORDER.format(takes_s=takes_s[name], file=str(file), name=name), isolated=False, stage=stage,
            stop_s=60.0,
        )
        for stage, name in enumerate(names)
    ))  # fmt: skip
    runner = Runner(session, tmp_path, prints=4)
    if way == "SIGKILL of the supervisor":
        runner.kill()
        assert [record["session"] for record in running_sessions()] == ["small"], "it ends, and is found"
        with pytest.raises(StartError, match=r"session small is still ending, its supervisor was killed: .*gate \d+"):
            Runtime(session)
    else:
        number = signal.SIGTERM if "SIGTERM" in way else signal.SIGINT
        for pid in runner.pids:
            os.kill(pid, number)
        wait_until(lambda: not any(alive(pid) for pid in runner.pids), what="all have ended")
        runner.kill()
    runner.gone()
    assert file.read_text().split() == ["gate", "estop", "recorder", "ground"]


PARENT = """
import os, subprocess, sys, time
words = [sys.executable, "-c", sys.argv[1], sys.argv[2], str(os.getpid())]
child = subprocess.Popen(words, start_new_session=True)
while True: time.sleep(1)
"""


def test_a_session_ends_in_order_when_who_started_it_was_killed(bench: Bench, tmp_path: Path) -> None:
    """`ros2 launch` that is killed, or that leaves at SIGTERM, leaves `port up` alone."""
    code = RUNNER.replace(
        "        await supervisor.wait()",
        "        from port_session.supervisor.interrupts import end_with_parent\n"
        "        end_with_parent(supervisor, int(sys.argv[2]))\n"
        "        await supervisor.wait()",
    )
    file = tmp_path / "resolved.json"
    file.write_bytes(msgjson.encode(bench.session(bench.program("patient", PATIENT))))
    parent = subprocess.Popen([sys.executable, "-c", PARENT, code, str(file)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline().split()[1])
    parent.kill()
    parent.wait()
    wait_until(lambda: not alive(pid) and running_sessions() == [], what="the session ends")
    assert "got 2" in (bench.out / "small" / "log" / "patient.log").read_text(), "asked by SIGINT, in order"
    parent.stdout.close()


def test_who_is_not_the_parent_cannot_be_waited_for(bench: Bench) -> None:
    other = subprocess.Popen([sys.executable, "-ISc", "import time; time.sleep(600)"])

    async def run(pid: int) -> None:
        with pytest.raises(StartError, match=f"process {pid} has not started this one, or has ended since"):
            end_with_parent(Supervisor(bench.session()), pid)

    asyncio.run(run(other.pid))
    other.kill()
    other.wait()
    asyncio.run(run(other.pid))


STOPS_ITSELF = "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)"
DEADLOCKED = """
import threading, time
from port_ros.life import Stop
stop = Stop()
stop.install()
for _ in range(20):
    stop.heartbeat.beat()
    time.sleep(0.1)
lock = threading.Lock()
lock.acquire()
lock.acquire()
"""


@pytest.mark.parametrize(("code", "why"), [(STOPS_ITSELF, ": it is stopped (SIGSTOP)"), (DEADLOCKED, "")])
def test_who_lives_and_does_not_answer_is_told_and_started_again(bench: Bench, code: str, why: str) -> None:
    """Once; then it works. What observes nothing of it, another program, stays as it is."""
    once = bench.folder / "once"
    again = f"import pathlib\nonce = pathlib.Path({str(once)!r})\nif once.exists():\n    exec({PATIENT!r})"
    hangs = bench.program("recorder", f"{again}\nonce.touch()\n{code}", isolated=False, respawn=True)
    events: list[Event] = []

    async def run() -> None:
        async with Supervisor(bench.session(hangs, bench.program("other", PATIENT)), on_event=events.append):
            await until(lambda: [event.kind for event in events].count("started") == 3)

    asyncio.run(run())
    told = [event for event in events if event.name == "recorder"]
    assert [event.kind for event in told] == ["started", "silent", "exited", "respawn", "started"]
    assert re.fullmatch(rf"recorder does not answer for \d+ s{re.escape(why)}, and is ended: nothing", told[1].text)
    kept = [json.loads(line) for line in (bench.out / "small" / "processes.jsonl").read_text().splitlines()]
    assert [(line["kind"], line["text"]) for line in kept] == [(event.kind, event.text) for event in events]


def test_the_session_ends_with_a_required_process_that_does_not_answer(bench: Bench) -> None:
    gate = bench.program("gate", DEADLOCKED, isolated=False, required=True)

    async def run() -> int:
        async with Supervisor(bench.session(gate)) as supervisor:
            return await asyncio.wait_for(supervisor.wait(), PATIENCE_S)

    assert asyncio.run(run()) == 137


def _state(pid: int) -> str:
    """Of a process, one letter as in proc(5); T: stopped."""
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]


@pytest.mark.parametrize("code", [STOPS_ITSELF, DEADLOCKED], ids=["stopped", "deadlocked"])
def test_nobody_waits_for_a_process_that_does_not_answer(bench: Bench, code: str) -> None:
    """It may take an hour to write what it has, and does not even begin."""
    hangs = bench.folder / "hangs"
    *before, last = code.strip().splitlines()
    told = "\n".join([*before, f"__import__('pathlib').Path({str(hangs)!r}).touch()", last])
    recorder = bench.program("recorder", told, isolated=False, stop_s=3600.0)
    events: list[Event] = []

    async def run() -> Supervisor:
        async with Supervisor(bench.session(recorder), on_event=events.append) as supervisor:
            await until(hangs.exists)
            if code == STOPS_ITSELF:
                await until(lambda: _state(supervisor.pid("recorder") or 0) == "T")
            # It says nothing more by now, and nobody has noticed yet.
        return supervisor

    assert asyncio.run(run()).exit_codes == {"recorder": 137}
    waiting = [event.text for event in events if event.kind == "waiting"]
    assert waiting and all("3600" not in text for text in waiting[1:])
    assert any(text.startswith("waiting for recorder, which does not answer for") for text in waiting)


def test_a_long_end_of_one_that_works_is_waited_for(bench: Bench) -> None:
    """Longer than silence is borne: it has said that it closes, and is silent then."""
    code = """
import time
from port_ros.life import Stop
stop = Stop()
stop.install()
while not stop.requested:
    stop.heartbeat.beat()
    time.sleep(0.05)
stop.heartbeat.close()
time.sleep(13.0)
"""
    recorder = bench.program("recorder", code, isolated=False, stop_s=3600.0)

    async def run() -> Supervisor:
        async with Supervisor(bench.session(recorder)) as supervisor:
            child = supervisor._children["recorder"]
            await until(lambda: supervisor._liveness.of(child)._patience == PATIENCE)  # it has begun
        return supervisor

    assert asyncio.run(run()).exit_codes == {"recorder": 0}


def test_one_name_one_domain_one_session(bench: Bench) -> None:
    async def run() -> None:
        async with Supervisor(bench.session(bench.program("p", PATIENT))) as first:
            record = json.loads((Path(first.resolved.run) / "session.json").read_text())
            assert record["pids"] == {"p": first.pid("p")} and record["domain"] == first.domain
            with pytest.raises(StartError, match="runs already"):
                async with Supervisor(bench.session(bench.program("p", PATIENT))):
                    pass
            with pytest.raises(StartError, match=f"ROS domain {first.domain} is used"):
                async with Supervisor(bench.session(bench.program("p", PATIENT), name="b", domain=first.domain)):
                    pass
            async with Supervisor(bench.session(bench.program("p", PATIENT), name="c")) as third:
                assert third.domain != first.domain

    asyncio.run(run())


def test_evidence_of_an_earlier_session_is_kept(bench: Bench) -> None:
    async def run() -> None:
        async with Supervisor(bench.session(bench.program("p", PATIENT))):
            pass

    asyncio.run(run())
    (bench.out / "small" / "session.mcap").write_text("evidence")
    asyncio.run(run())
    assert [path.read_text() for path in bench.out.glob("small.*/session.mcap")] == ["evidence"]


def test_a_missing_executable_starts_nothing(bench: Bench) -> None:
    bench.program("there", PATIENT)
    gone = bench.program("gone", PATIENT)
    (bench.folder / "prefix" / "lib" / "small" / "gone").unlink()

    async def run() -> None:
        async with Supervisor(bench.session(gone)):
            pass

    with pytest.raises(StartError, match="no executable gone of package small"):
        asyncio.run(run())
    assert running_sessions() == []


def test_environment_keeps_bootstrap_mark_and_library_path_together(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_ROS_WHEELS_BOOTSTRAP_COMPLETE", "1")
    monkeypatch.delenv("LD_LIBRARY_PATH", raising=False)
    show = "import os; print(*(k + '=' + v for k, v in sorted(os.environ.items())), sep='\\n', flush=True)"
    lines: list[str] = []

    async def run() -> int:
        async with Supervisor(
            bench.session(bench.program("show", show)), on_line=lambda name, line: lines.append(line)
        ) as supervisor:
            await until(lambda: "show" in supervisor.exit_codes)
            return supervisor.domain

    domain = asyncio.run(run())
    assert f"ROS_DOMAIN_ID={domain}" in lines
    assert {"PYTHONUNBUFFERED=1", "RCUTILS_COLORIZED_OUTPUT=0"} <= set(lines)
    assert not any(line.startswith("_ROS_WHEELS_BOOTSTRAP_COMPLETE") for line in lines)


def test_interrupting_port_up_ends_it_cleanly(bench: Bench) -> None:
    """The signal handlers of `port up`, with the supervisor behind them."""
    code = RUNNER.replace(
        "        await supervisor.wait()",
        "        import signal\n"
        "        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, supervisor.request_stop)\n"
        "        sys.exit(await supervisor.wait())",
    )
    session = bench.session(bench.program("patient", PATIENT))
    file = bench.folder / "session.json"
    file.write_bytes(msgjson.encode(session))
    runner = subprocess.Popen([sys.executable, "-c", code, str(file)], stdout=subprocess.PIPE, text=True)
    assert runner.stdout is not None
    pid = int(runner.stdout.readline().split()[1])
    runner.send_signal(signal.SIGINT)
    assert runner.wait(PATIENCE_S) == 0
    assert not alive(pid)
    with contextlib.suppress(OSError):
        os.kill(pid, 0)
    runner.stdout.close()


def test_a_log_on_a_full_disk_keeps_nobody_from_the_end() -> None:
    """Its last line cannot be written when it is closed."""

    async def run() -> int:
        ended = asyncio.Event()
        child = Child(
            "talker", ["/bin/sh", "-c", "echo nobody will read this"], dict(os.environ), Path("/dev/full"),
            lambda name, line: None, lambda child: ended.set(),
        )  # fmt: skip
        await ended.wait()
        child.close()
        return await child.exited

    assert asyncio.run(run()) == 0


def test_a_process_that_repeats_itself_does_not_fill_its_log(tmp_path: Path) -> None:
    heard: list[str] = []

    async def run() -> None:
        ended = asyncio.Event()
        child = Child(
            "talker", ["/bin/sh", "-c", "for i in $(seq 500); do echo picture $i is corrupt; done; echo done"],
            dict(os.environ), tmp_path / "talker.log", lambda name, line: heard.append(line), lambda child: ended.set(),
        )  # fmt: skip
        await ended.wait()
        child.close()

    asyncio.run(run())
    lines = (tmp_path / "talker.log").read_text().splitlines()
    assert len(heard) == 501 and len(lines) == 22
    assert lines[-2].endswith("(480 more lines like that)") and lines[-1].endswith("done")
