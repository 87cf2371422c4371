"""The supervisor with real, small processes: bounded respawn, the order of the end, and that nothing is ever left."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from msgspec import json as msgjson

from port_session.supervisor.errors import StartError
from port_session.supervisor.runtime import running_sessions
from port_session.supervisor.supervisor import Event, Supervisor
from tests.scenarios.small_session import PATIENT, Bench, alive
from tests.waiting import PATIENCE_S, quickest_s, wait_until


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(tmp_path, monkeypatch)


async def until(condition, timeout_s: float = PATIENCE_S) -> None:
    deadline_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline_s, "not in time"
        await asyncio.sleep(0.01)


def test_starts_in_stages_and_ends_backwards(bench: Bench) -> None:
    session = bench.session(*(bench.program(f"p{stage}", PATIENT, stage=stage) for stage in range(3)))
    ended: list[str] = []

    async def run() -> Supervisor:
        lines: list[str] = []
        async with Supervisor(session, on_line=lambda name, line: lines.append(f"{name} {line}")) as supervisor:
            supervisor._exited, original = (
                (  # type: ignore[method-assign]
                    lambda process, child: (ended.append(process.name), original(process, child))
                ),
                supervisor._exited,
            )
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


def test_deaf_processes_in_every_stage_are_gone_within_five_seconds(bench: Bench) -> None:
    # One stage after the other, each with the time it asks for, would take 22 s; what looking on adds is less than 3 s.
    assert quickest_s(lambda: _end_of_the_deaf_s(bench), 5.5, tries=2) < 8.0


def test_a_second_request_hurries(bench: Bench) -> None:
    assert quickest_s(lambda: _end_of_the_deaf_s(bench, requests=2), 3.0, tries=3) < 3.0


def _end_of_the_deaf_s(bench: Bench, requests: int = 1) -> float:
    """Start five stages of programs that heed no signal, and end them; how long the end took."""
    code = DEAF.format(signals="signal.SIGINT, signal.SIGTERM")
    stages = [bench.program(f"deaf{stage}", code, stage=stage, stop_s=2.2) for stage in range(5)]
    _, supervisor, took_s = asyncio.run(_start_and_stop(bench, *stages, requests=requests))
    assert set(supervisor.exit_codes.values()) == {137}
    return took_s


STOPS_A_ROBOT = """
import signal, sys, time
def stop(number, frame):
    time.sleep(1.5)
    sys.exit(0)
signal.signal(signal.SIGINT, stop)
print("up", flush=True)
while True: time.sleep(1)
"""


@pytest.mark.parametrize("requests", [1, 2])
def test_whoever_stops_the_robot_has_its_time_though_others_are_deaf_and_somebody_hurries(
    bench: Bench, requests: int
) -> None:
    deaf = DEAF.format(signals="signal.SIGINT, signal.SIGTERM")
    others = [bench.program(f"deaf{stage}", deaf, stage=stage, stop_s=2.2) for stage in (0, 1, 2, 4)]
    gate = bench.program("gate", STOPS_A_ROBOT, stage=3, stop_s=30.0, stops_robot=True)
    _, supervisor, _ = asyncio.run(_start_and_stop(bench, gate, *others, requests=requests))
    assert supervisor.exit_codes == {"gate": 0} | {f"deaf{stage}": 137 for stage in (0, 1, 2, 4)}


async def _start_and_stop(bench: Bench, *processes, requests: int = 1) -> tuple[int, Supervisor, float]:
    up: set[str] = set()
    async with Supervisor(bench.session(*processes), on_line=lambda name, line: up.add(name)) as supervisor:
        await until(lambda: len(up) == len(processes))
        for _ in range(requests):
            supervisor.request_stop()
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


def test_a_killed_supervisor_leaves_nothing(bench: Bench, tmp_path: Path) -> None:
    deaf = bench.program("deaf", DEAF.format(signals="signal.SIGINT, signal.SIGTERM"))
    session = bench.session(bench.program("family", FAMILY), bench.program("patient", PATIENT), deaf)
    (tmp_path / "session.json").write_bytes(msgjson.encode(session))
    runner = subprocess.Popen(
        [sys.executable, "-c", RUNNER, str(tmp_path / "session.json")], stdout=subprocess.PIPE, text=True
    )
    assert runner.stdout is not None
    pids: list[int] = []
    for line in runner.stdout:
        pids += [int(word) for word in line.split() if word.isdigit()]
        if len(pids) == 5:
            break
    assert all(alive(pid) for pid in pids)
    assert [record["session"] for record in running_sessions()] == ["small"]
    runner.kill()
    runner.wait()
    runner.stdout.close()
    wait_until(lambda: not any(alive(pid) for pid in pids), what="all descendants gone")
    assert running_sessions() == []

    async def again() -> int | None:  # its runtime folder is in nobody's way
        async with Supervisor(bench.session(bench.program("patient", PATIENT))) as supervisor:
            return supervisor.pid("patient")

    assert asyncio.run(again())


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
