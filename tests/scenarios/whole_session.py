"""A whole simulated session, brought up by the real `port up`, with a name, TCP ports and folders of its own.

    with WholeSession(tmp_path, "kill") as session:
        session.drive()
        session.kill("cameras")

Nothing of it is shared with another session on this machine; leaving it proves that nothing of it is left.
"""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Self

import yaml
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from port_interfaces.msg import Cause, SafetyEvent, SafetyState
from rclpy.node import Node

from port_session.supervisor.middleware import joining
from port_sim.control_client import request
from port_sim.ros.operator import Operator, Sight
from tests.loopback import loopback
from tests.scenarios.small_session import alive
from tests.waiting import wait_until

PORT = Path(sys.prefix) / "bin" / "port"
CONFIG = Path(__file__).parents[2] / "config"

MOVING = ("RUN", "REDUCED")
STOPPED = (SafetyState.STOPPING, SafetyState.STOPPED, SafetyState.RESET_READY)

#: What the session is asked for next, by the state it is in.
NEXT_STEP = {"BOOKED": "admit", "ADMITTED": "arm", "HALTED": "arm", "ARMED": "start"}

#: The lane lasts for many stops.
SLOW = {"robot.limits.speed_mps": 0.25, "trial.timeout_s": 3600.0}

#: Beyond this there is too little lane left for a test, m.
END_OF_LANE_M = 7.5

#: How long anything may take on a busy machine before it counts as not happening.
PATIENCE_S = 90.0


def free_ports(count: int) -> list[int]:
    """TCP ports that nobody listens on, all different."""
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


class Config:
    """A copy of config/ below `folder`, with a session `name` like `of` on ports of its own.

    changes: values by file and key, like {"robot.limits.speed_mps": 0.4}; None takes the key out.
    file: the session's; files: all four.
    """

    def __init__(self, folder: Path, name: str, changes: Mapping[str, Any] | None = None, of: str = "demo") -> None:
        root = folder / "config"
        shutil.copytree(CONFIG, root)
        self.file = root / "sessions" / f"{name}.yaml"
        (root / "sessions" / f"{of}.yaml").rename(self.file)
        names = yaml.safe_load(self.file.read_text())
        self.files = {"session": self.file}
        self.files |= {kind: root / f"{kind}s" / f"{names[kind]}.yaml" for kind in ("ground", "robot", "trial")}
        dashboard, mqtt, camera = free_ports(3)
        self.dashboard_port, self.mqtt_port = dashboard, mqtt
        own = {
            "session.session": name,
            "session.dashboard.port": dashboard,
            "session.mqtt.port": mqtt,
            "ground.cameras.overhead.address": f"http://127.0.0.1:{camera}/overhead.mjpg",
        }
        for path, value in {**own, **(changes or {})}.items():
            self.set(path, value)

    def set(self, path: str, value: Any) -> None:
        """Write `value` at `path`, whose first word is the file."""
        kind, *keys, last = path.split(".")
        tree = yaml.safe_load(self.files[kind].read_text())
        block = tree
        for key in keys:
            block = block.setdefault(key, {})
        block[last] = value
        if value is None:
            del block[last]
        self.files[kind].write_text(yaml.safe_dump(tree, sort_keys=False))


class Console(Operator):
    """An operator who remembers every state of the gate and the newest diagnosis of everything."""

    def __init__(self, namespace: str, domain: int) -> None:
        self.states: list[SafetyState] = []
        self.diagnoses: dict[str, DiagnosticStatus] = {}
        super().__init__(namespace, domain)
        self._node.create_subscription(DiagnosticArray, "/diagnostics", self._on_diagnostics, 50)

    @property
    def node(self) -> Node:
        return self._node

    def _on_safety(self, message: SafetyState) -> None:
        self.states.append(message)
        super()._on_safety(message)

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        self.diagnoses.update({status.name: status for status in message.status})

    def figure(self, name: str, key: str) -> int:
        """A count among the values of the diagnosis `name`; 0 if it is not there."""
        status = self.diagnoses.get(name)
        values = {item.key: item.value for item in status.values} if status else {}
        return int(values.get(key, 0))


class Watch:
    """What happened at the gate since it was made."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._event, self._state = len(console.events), len(console.states)

    @property
    def events(self) -> list[SafetyEvent]:
        return list(console_slice(self._console.events, self._event))

    @property
    def states(self) -> list[SafetyState]:
        return list(console_slice(self._console.states, self._state))

    def first(self, kind: int) -> SafetyEvent | None:
        """The first event of `kind`."""
        return next((event for event in self.events if event.kind == kind), None)

    def wait_for(self, kind: int, what: str, timeout_s: float = PATIENCE_S) -> SafetyEvent:
        """The first event of `kind`, once there is one."""
        return wait_until(lambda: self.first(kind), timeout_s, what)

    def cause(self, *rules: str) -> Cause:
        """The cause of one of `rules` in a stop, once there is one: a late reading of a busy machine may come first."""

        def found() -> Cause | None:
            stopped = [each for each in self.states if each.state in STOPPED]
            return next((cause for state in stopped for cause in state.causes if cause.rule in rules), None)

        return wait_until(found, what=f"a stop for {' or '.join(rules)}")


def console_slice(kept: Sequence[Any], start: int) -> Sequence[Any]:
    """What was kept from `start` on."""
    return kept[start:]


class WholeSession:
    """One session; a context that starts it and ends it. `folder` keeps its configuration, evidence and output."""

    def __init__(self, folder: Path, name: str, changes: Mapping[str, Any] | None = None, of: str = "demo") -> None:
        self.name = name
        self.config = Config(folder, name, changes, of)
        self.out = folder / "out"
        self.output_file = folder / "port_up.txt"
        # Sockets lie below it: their path must be shorter than pytest's own folders are.
        self.runtime_root = Path(tempfile.mkdtemp(prefix="port-", dir="/tmp"))
        self.run = self.runtime_root / "port" / name
        self.console: Console
        #: What the session said to what it was asked last.
        self.answer = ""

    def __enter__(self) -> Self:
        os.environ.setdefault("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
        with self.output_file.open("wb") as output:
            self.process = self.spawn(output)
        try:
            wait_until(lambda: self.process.poll() is not None or self.record(), what="the session starts")
            assert self.process.poll() is None, self.output()
            with joining(loopback()):
                self.console = Console(f"/{self.name}", self.record()["domain"])
        except BaseException:
            self._sweep()
            raise
        return self

    def __exit__(self, *failure: object) -> None:
        self.console.close()
        if failure[0] is not None:
            print(self.output())
        try:
            self.end()
        finally:
            self._sweep()

    def spawn(self, output: BinaryIO) -> "subprocess.Popen[bytes]":
        """Start it."""
        words: list[str | Path] = [PORT, "up", self.config.file, "--out", self.out]
        return subprocess.Popen(words, stdout=output, stderr=subprocess.STDOUT, env=self.environment())

    def environment(self) -> dict[str, str]:
        """Of every process of this session, and of `port` commands that mean it."""
        kept = {key: value for key, value in os.environ.items() if key != "ROS_DOMAIN_ID"}
        return {**kept, "XDG_RUNTIME_DIR": str(self.runtime_root)}

    def port(self, *words: str, timeout_s: float = PATIENCE_S) -> subprocess.CompletedProcess[str]:
        """Run a `port` command beside the session."""
        return run_port(*words, env=self.environment(), timeout_s=timeout_s)

    # --- the processes ------------------------------------------------------------------------------------------------

    def record(self) -> dict[str, Any]:
        """<run>/session.json; empty while there is none."""
        try:
            content: dict[str, Any] = json.loads((self.run / "session.json").read_text())
        except OSError:
            return {}
        return content if content.get("pids") else {}

    def pids(self) -> dict[str, int]:
        """Process ids by name."""
        return dict(self.record().get("pids", {}))

    def pid(self, name: str) -> int:
        """The id of the process `name`, once it runs."""
        return wait_until(lambda: self.pids().get(name, 0), PATIENCE_S, f"{name} runs")

    def kill(self, name: str) -> int:
        """SIGKILL; returns the id it had."""
        pid = self.pid(name)
        os.kill(pid, signal.SIGKILL)
        return pid

    def respawned(self, name: str, old: int) -> int:
        """The new id of the process that had `old`, once it is there."""
        return wait_until(
            lambda: next((pid for pid in (self.pids().get(name, old),) if pid != old and alive(pid)), 0),
            PATIENCE_S,
            f"{name} is started again",
        )

    @contextlib.contextmanager
    def frozen(self, *pids: int) -> Iterator[None]:
        """Inside of it these processes do not run (SIGSTOP)."""
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

    def processes(self) -> dict[int, str]:
        """Every process of this session that lives, by its environment: command by id."""
        return processes_with(f"XDG_RUNTIME_DIR={self.runtime_root}")

    # --- the ground ---------------------------------------------------------------------------------------------------

    def sim(self, **message: Any) -> dict[str, Any]:
        """Have the simulated ground do something; its answer."""
        answer = request(self.run / "sim.sock", message, timeout_s=PATIENCE_S)
        assert answer.pop("ok"), answer
        return answer

    def stands_without_power(self) -> bool:
        """Whether the relay is open and the robot really stands."""
        status = self.sim(do="status")
        return not status["relay_closed"] and not status["powered"] and abs(status["robot"]["v"]) < 1e-3

    # --- the session --------------------------------------------------------------------------------------------------

    @property
    def sight(self) -> Sight:
        return self.console.sight

    @property
    def epoch(self) -> int:
        return int(self.console.states[-1].epoch)

    def healthy(self, but: Sequence[str] = ()) -> None:
        """Wait until every required part, `but` some, says from now on that it is well."""
        self.console.diagnoses.clear()
        required = [name for name in self.record()["required_diagnostics"] if name not in but]
        self.until(lambda: not self._unwell(required), lambda: f"all well, but: {self._unwell(required)}")

    def _unwell(self, required: Sequence[str]) -> list[str]:
        found = {name: self.console.diagnoses.get(name) for name in required}
        return [
            f"{name}: {status.message if status else 'silent'}"
            for name, status in found.items()
            if status is None or status.level != DiagnosticStatus.OK
        ]

    def drive(self) -> None:
        """Have the robot drive; a stop in force that can be reset is reset first."""
        if (self.sight.x or 0.0) > END_OF_LANE_M:
            self.carry_back()
        began = [time.monotonic()]

        def step() -> bool:
            sight = self.sight
            if sight.session == "RUNNING" and sight.safety in MOVING:
                return sight.speed_mps > 0.1
            if time.monotonic() >= began[0]:
                began[0] = time.monotonic() + 0.3  # people do not ask a hundred times a second
                self.next_step(sight)
            return False

        self.until(step, lambda: f"the robot drives ({self.answer or 'nothing was asked'})")

    def carry_back(self) -> None:
        """Put the robot where it started, as people would: switched off and on again."""
        self.respawned("robot", self.kill("robot"))
        self.healthy()
        self.until(lambda: (self.sight.x or 0.0) < 1.0, lambda: "the robot is seen at the start")

    def next_step(self, sight: Sight) -> None:
        """What people would do next to have the robot drive."""
        if sight.safety == "RESET_READY":
            self.sim(do="reset", seconds=0.3)
        elif sight.safety in ("STANDBY", *MOVING) and sight.session in NEXT_STEP:
            self.answer = self.console.ask(NEXT_STEP[sight.session])[1]

    def reset(self) -> None:
        """Press the reset button once the stop in force can be reset, and see the gate in STANDBY."""
        self.until_state("RESET_READY")
        self.sim(do="reset", seconds=0.3)
        self.until_state("STANDBY")

    def until_state(self, *names: str) -> None:
        """Wait for a state of the gate."""
        self.until(lambda: self.sight.safety in names, lambda: f"gate in {' or '.join(names)}")

    def until(self, condition: Callable[[], Any], what: Callable[[], str], timeout_s: float = PATIENCE_S) -> None:
        """Wait for `condition`; a failure says what is seen instead."""
        try:
            wait_until(condition, timeout_s)
        except AssertionError:
            state = self.console.states[-1] if self.console.states else None
            seen = f"{self.sight}; {state.remedy if state else ''}"
            raise AssertionError(f"not within {timeout_s:g} s: {what()}; seen: {seen}") from None

    # --- the end ------------------------------------------------------------------------------------------------------

    def output(self) -> str:
        """What `port up` has printed."""
        return self.output_file.read_text(errors="replace")

    def wait(self) -> int:
        """The exit code of `port up`, which ends by itself; nothing of it may be left then."""
        code = self.process.wait(PATIENCE_S)
        assert not self.processes(), "left behind"
        assert not self.run.exists(), list(self.run.rglob("*"))
        assert "ended, 0 orphans" in self.output(), self.output()
        assert "; make its report: port report " in self.output() and (self.out / "exit_codes.json").exists()
        return code

    def end(self) -> int:
        """Ctrl-C, unless it has ended already; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.wait()

    def _sweep(self) -> None:
        """Whatever a failed test left: only processes that carry this session's own runtime folder."""
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(PATIENCE_S)
        shutil.rmtree(self.runtime_root, ignore_errors=True)


def run_port(*words: str, env: Mapping[str, str], timeout_s: float = PATIENCE_S) -> subprocess.CompletedProcess[str]:
    """A `port` command, to its end."""
    return subprocess.run(
        [str(PORT), *words], env=dict(env), capture_output=True, text=True, timeout=timeout_s, check=False
    )


def processes_with(entry: str) -> dict[int, str]:
    """Every living process with `entry` in its environment: command by id."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if entry.encode() in (folder / "environ").read_bytes().split(b"\0") and alive(int(folder.name)):
                found[int(folder.name)] = (folder / "comm").read_text().strip()
    return found
