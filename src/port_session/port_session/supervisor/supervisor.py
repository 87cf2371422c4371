"""Runs the processes of one session: in stages, watched, started again within bounds, ended in order, none left.

    async with Supervisor(resolve("demo")) as session:
        code = await session.wait()

Knows nothing of ROS topics. A process that lives but does not answer is ended, as if it had ended by itself; a required
process's end ends the session. What happened to whom is told, and kept in processes.jsonl.
"""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from msgspec import Struct, structs

from port_ros.parameter_file import parameter_file
from port_ros.process_signals import STOP_ROBOT_SIGNAL
from port_session.description.process import Process
from port_session.description.resolve import Resolved
from port_session.supervisor import guardian, linux
from port_session.supervisor.child import Child
from port_session.supervisor.command_line import child_environment, command_line, find_executable
from port_session.supervisor.ending import BAD_CONFIGURATION, Ending
from port_session.supervisor.errors import StartError
from port_session.supervisor.liveness import LOOK_S, Liveness
from port_session.supervisor.runtime import Runtime, write_text

#: Beside the evidence: what happened to the session's processes, a line of JSON each.
PROCESSES = "processes.jsonl"

#: What a process that does not answer gets from SIGTERM to SIGKILL.
_TERM_S = 2.0


class Event(Struct, frozen=True):
    """Something that happened to a process (or to the session, name ""). text: one line for people."""

    kind: Literal[
        "started", "silent", "exited", "respawn", "gave_up", "ending", "waiting", "killed", "orphans", "catalogue"
    ]
    name: str
    text: str


class Supervisor:
    """An asynchronous context: entering starts the session's processes, leaving ends them.

    exit_codes: by name, of the last end of each process. orphans: how many processes were left over after all had
    ended, and had to be ended by us; None until then. domain: the session's ROS domain.
    """

    def __init__(
        self,
        resolved: Resolved,
        *,
        out: Path | str | None = None,
        domain: int | None = None,
        on_event: Callable[[Event], None] = lambda event: None,
        on_line: Callable[[str, str], None] = lambda name, line: None,
    ) -> None:
        self.resolved = resolved
        #: Of every process of the session, once they have been started.
        self.environment: dict[str, str] = {}
        self.exit_codes: dict[str, int] = {}
        self.orphans: int | None = None
        self._log = Path(out or resolved.out) / "log"
        self._wanted_domain = domain
        self._on_event, self._on_line = on_event, on_line
        self._liveness = Liveness()
        self._children: dict[str, Child] = {}
        self._sessions: set[int] = set()  # ids of the kernel's sessions that our children lead
        self._mark = f"{os.getpid()}-{time.monotonic_ns()}"
        self._mark_entry = f"{guardian.MARK}={self._mark}".encode()
        self._respawns: dict[str, int] = {}
        self._timers: list[asyncio.TimerHandle] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = False
        self._hurry = asyncio.Event()
        self._over = asyncio.Event()
        self._code = 0

    async def __aenter__(self) -> "Supervisor":
        """Claim the session and start everything. Raises StartError before any process runs."""
        self._executables = {process.name: find_executable(process) for process in self.resolved.processes}
        self._runtime = Runtime(self.resolved, self._wanted_domain)
        self.domain = self._runtime.domain
        self._log.mkdir(parents=True, exist_ok=True)
        if problem := self._runtime.catalogue_problem:
            self._say("catalogue", "", problem)
        try:
            self.environment = {
                **child_environment(self.domain, self._runtime.out, self._runtime.run),
                guardian.MARK: self._mark,
            }
            linux.adopt_orphans()
            self._guardian = self._start_guardian()
            for process in self.resolved.processes:
                self._start(process)
                await asyncio.sleep(0)
            self._tasks = [asyncio.create_task(self._keep_house()), asyncio.create_task(self._watch())]
        except BaseException:
            await self._end_all()
            raise
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self._end_all()

    async def wait(self) -> int:
        """Until a required process has ended (its exit code; 128 + n for signal n) or a stop is requested (0)."""
        await self._over.wait()
        return self._code

    def request_stop(self) -> None:
        """End the session; asked again changes nothing."""
        self._over.set()

    def hurry(self) -> None:
        """Whoever waits for the end waits no longer: all but the robot's stop is cut short."""
        self._over.set()
        self._hurry.set()

    def pid(self, name: str) -> int | None:
        """The process id of `name`; None while it does not run."""
        child = self._children.get(name)
        return child.pid if child is not None and child.alive else None

    def _start_guardian(self) -> "subprocess.Popen[bytes]":
        """It holds the session's name and domain too: they are not free before the last process has ended."""
        words = [guardian.__file__, self._mark, str(self.resolved.longest_end_s), self.resolved.run]
        return subprocess.Popen(
            [sys.executable, "-I", "-S", *words], stdin=subprocess.PIPE, start_new_session=True,
            pass_fds=self._runtime.lease_descriptors,
        )  # fmt: skip

    def _start(self, process: Process) -> None:
        if self._stopping:
            return
        params = Path(self.resolved.run) / "params" / f"{process.name}.yaml"
        if process.ros:
            write_text(params, parameter_file(process.parameters))
        for name, text in process.files.items():
            write_text(Path(self.resolved.run) / name, text)
        argv = command_line(process, self._executables[process.name], params)
        try:
            child = Child(
                process.name, argv, self.environment | process.environment, self._log / f"{process.name}.log",
                self._on_line,
                lambda ended: self._exited(process, ended),
            )  # fmt: skip
        except OSError as error:
            raise StartError(f"{process.name} cannot be started: {error.strerror}", f"see {argv[0]}") from None
        self._children[process.name] = child
        self._liveness.watch(child, process.ros)
        self._sessions.add(child.pid)
        self._record()
        self._say("started", process.name, f"{process.name} started, pid {child.pid}")

    def _exited(self, process: Process, child: Child) -> None:
        code = child.exited.result()
        self.exit_codes[process.name] = code
        if self._stopping:
            return
        if process.answers_for_robot:
            self._have_the_robot_stopped()
        self._say("exited", process.name, f"{process.name} ended with {_spoken(code)}: {process.critical}")
        child.send(signal.SIGTERM)  # what it started and left in its group
        child.close()
        self._record()
        if process.respawn and (code or not process.required):
            self._respawn(process, code)
        else:
            self._end_if_required(process)

    def _have_the_robot_stopped(self) -> None:
        for process in self.resolved.processes:
            child = self._children.get(process.name)
            if process.stops_robot and child is not None and child.alive:
                child.send(STOP_ROBOT_SIGNAL)

    def _end_if_required(self, process: Process) -> None:
        if process.required:
            self._say("ending", "", f"the session ends because {process.name} did")
            self._code = self.exit_codes[process.name]
            self._over.set()

    async def _watch(self) -> None:
        """End whoever does not answer. While the session ends, its end does; it is only looked, then."""
        ended: set[Child] = set()
        while True:
            await asyncio.sleep(LOOK_S)
            for child in self._liveness.look():
                if not self._stopping and child not in ended:
                    ended.add(child)
                    self._end_silent(child)

    def _end_silent(self, child: Child) -> None:
        critical = self.resolved.process(child.name).critical
        self._say("silent", child.name, f"{child.name} {self._liveness.of(child)}, and is ended: {critical}")
        child.send(signal.SIGTERM)
        self._timers.append(asyncio.get_running_loop().call_later(_TERM_S, self._kill, child))

    def _kill(self, child: Child) -> None:
        if child.alive:
            child.send(signal.SIGKILL)

    def _respawn(self, process: Process, code: int) -> None:
        count = self._respawns.get(process.name, 0)
        if code == BAD_CONFIGURATION:
            self._give_up(process, f"{process.name} is not started again: its configuration is wrong")
        elif count >= process.max_respawns:
            self._give_up(process, f"{process.name} is not started again: it ended {count + 1} times")
        else:
            self._respawns[process.name] = count + 1
            when = f"in {process.respawn_delay_s:g} s ({count + 1} of {process.max_respawns})"
            self._say("respawn", process.name, f"{process.name} starts again {when}")
            loop = asyncio.get_running_loop()
            self._timers.append(loop.call_later(process.respawn_delay_s, self._restart, process))

    def _give_up(self, process: Process, why: str) -> None:
        self._say("gave_up", process.name, why)
        self._end_if_required(process)

    def _restart(self, process: Process) -> None:
        try:
            self._start(process)
        except StartError as error:
            self._give_up(process, str(error))

    async def _keep_house(self) -> None:
        """Collect adopted orphans that ended, so that no zombies pile up over a long session."""
        while True:
            await asyncio.sleep(2.0)
            linux.reap(self._sessions, self._mark_entry)

    async def _end_all(self) -> None:
        self._stopping = True
        for timer in self._timers:
            timer.cancel()
        ending = Ending(self._hurry, self._say, self._liveness)
        started = [process for process in self.resolved.processes if process.name in self._children]
        await ending.by_stage([(process, self._children[process.name]) for process in started])
        for task in self._tasks:
            task.cancel()
        self.orphans = await ending.leftovers(self._sessions, self._mark_entry)
        if self.orphans:
            self._say("orphans", "", f"{self.orphans} processes were left over and have been ended")
        for child in self._children.values():
            child.close()
        self._dismiss_guardian()
        linux.adopt_orphans(False)
        self._runtime.release()

    def _dismiss_guardian(self) -> None:
        if hasattr(self, "_guardian"):
            self._guardian.communicate(guardian.GOODBYE)

    def _record(self) -> None:
        pids = {name: child.pid for name, child in self._children.items() if child.alive}
        self._runtime.write_record(pids, self._mark)

    def _say(self, kind: str, name: str, text: str) -> None:
        event = Event(kind, name, text)  # type: ignore[arg-type]
        line = {"stamp_ns": time.time_ns(), **structs.asdict(event)}
        with contextlib.suppress(OSError), (self._log.parent / PROCESSES).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")  # a full disk must not end the session
        self._on_event(event)


def _spoken(code: int) -> str:
    return f"signal {signal.Signals(code - 128).name}" if 128 < code < 128 + signal.NSIG else f"exit code {code}"
