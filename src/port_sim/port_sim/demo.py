"""`port demo`: a whole session on the simulated ground, from admission to the report, with one command."""

import argparse
import asyncio
import math
import sys
import time
import webbrowser
from pathlib import Path
from typing import Any

from port_ros.command_line import refuse
from port_ros.machine_load import LoadWatch
from port_ros.network_address import host_port
from port_session.admission.host import refuse_if_not_ready
from port_session.description.errors import DescriptionError
from port_session.description.resolve import Resolved, resolve
from port_session.supervisor.errors import StartError
from port_session.supervisor.interrupts import heed
from port_session.supervisor.middleware import joining
from port_session.supervisor.runtime import refuse_if_running
from port_session.supervisor.supervisor import Event, Supervisor
from port_sim.patience import explain
from port_sim.play import HELD, STANDSTILL_MPS, Play
from port_sim.scenario import Script, ScriptFailed, ask, until
from port_sim.way import way_of

#: The demonstrations that come with port, and what each shows.
SESSIONS = {
    "demo": "a robot on wheels",
    "humanoid": "a robot on two legs, which kneels before its power is cut",
    "quadruped": "a robot on four legs, which sits before its power is cut",
    "arm": "an arm that reaches into the crossing",
    "annex": "another kind of e-stop station, one that pushes",
    "light": "the same as demo, with slower devices, for a machine with little time",
}
#: Kinds of robots that fall without power, unless they are down.
LEGGED = ("quadruped", "humanoid")

#: The scripted session, start and end included, takes about this long on two cores; one that walks is longer.
SCRIPT_S = 45.0

#: Of it, the end.
_END_S = 6.0

#: With less time left than this after the script, nobody plays.
_PLAY_LEAST_S = 20.0

#: How long the session's last steps may take, and what they are by its state.
_LAST_STEPS_S = 30.0
_LAST_STEPS = {"ARMED": "halt", "RUNNING": "halt", "HALTED": "finish"}


def arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="port demo",
        description="Runs a whole session on the simulated ground: admit, arm, drive, limit, e-stop, reset, report.",
        epilog="sessions:\n"
        + "".join(f"  {name:<10} {what}\n" for name, what in SESSIONS.items())
        + "\nWithout --duration it stays up after the script, and the robot drives to and fro for you to play with:\n"
        "try `port sim estop press`. Ctrl-C ends it.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--duration",
        type=float,
        metavar="S",
        help=f"end after S seconds, {SCRIPT_S:g} or more; a busy machine takes longer",
    )
    parser.add_argument("--headless", action="store_true", help="do not open the dashboard in a browser")
    parser.add_argument("--out", type=Path, default=Path("out/demo"), metavar="DIR", help="where the evidence goes")
    parser.add_argument("--session", default="demo", metavar="NAME", help=f"{', '.join(SESSIONS)}, or a file")
    parser.add_argument("--verbose", action="store_true", help="print what the nodes log")
    chosen = parser.parse_args(argv)
    if chosen.duration is not None and chosen.duration < SCRIPT_S:
        parser.error(f"--duration: the scripted session needs about {SCRIPT_S:g} s, {chosen.duration:g} is too short")
    return chosen


def main(argv: list[str] | None = None) -> int:
    """0 if the session went as scripted and its evidence is in order, 1 if not, 2 if it could not start."""
    chosen = arguments(argv)
    try:
        resolved = resolve(chosen.session, out=chosen.out)
        refuse_if_running(resolved)
        refuse_if_not_ready(resolved)
        return asyncio.run(Demo(resolved, chosen).run())
    except (DescriptionError, StartError) as error:
        return refuse(error)


class Demo:
    """One demonstration."""

    def __init__(self, resolved: Resolved, chosen: argparse.Namespace) -> None:
        self.resolved = resolved
        self.chosen = chosen
        self.began_s = time.monotonic()
        self._way = way_of(resolved.description["trial"])
        self.failure = ""
        self._played = False  # the script, to its end
        self._load = LoadWatch()
        self._live = sys.stdout.isatty()
        self._status_length = 0

    async def run(self) -> int:
        try:
            return await self._run(Path(self.resolved.out))
        finally:
            self._load.close()

    async def _run(self, out: Path) -> int:
        clear_evidence(out)
        supervisor = Supervisor(self.resolved, out=out, on_event=self._on_event, on_line=self._on_line)
        heed(supervisor)
        async with supervisor:
            self._say_addresses()
            if (load := self._load.look()).busy:
                self.say(f"this machine is too busy ({load}): everything takes longer. {self._what_helps()}")
            await self._watch(supervisor)
            self.say("ending: the robot first, then who watches it")
        return self._report(out, supervisor)

    async def _watch(self, supervisor: Supervisor) -> None:
        """Play the script, show the state, until the time is over or something ends the session."""
        from port_sim.ros.operator import Operator  # ROS wakes up only once the processes do

        topics = self.resolved.description["robot"]["topics"]
        joint_states = (topics["joint_states"] or "") if self._way.reaches else ""
        with joining(supervisor.environment):
            operator = Operator(self.resolved.namespace, supervisor.domain, joint_states)
        ended = asyncio.create_task(supervisor.wait())
        script = asyncio.create_task(self._play(operator))
        try:
            while not ended.done() and not self._time_is_over():
                self._status(operator)
                await asyncio.sleep(0.2)
                if script.done():
                    script.result()
            script.cancel()
            if self._played and not (ended.done() and ended.result()):
                await self._complete(operator)
            if not self._played and not self.failure:
                self.failure = "ended before the script did"
        finally:
            script.cancel()
            ended.cancel()
            await asyncio.to_thread(operator.close)

    def _time_is_over(self) -> bool:
        return (self._played or bool(self.failure)) and self._left_s() <= 0.0

    def _left_s(self) -> float:
        """How long the session may still last; after a failure nobody waits for a time that was given."""
        if self.chosen.duration is None:
            return math.inf
        return 0.0 if self.failure else self.chosen.duration - _END_S - self.elapsed_s()

    async def _play(self, operator: Any) -> None:
        """The script, and what people do after it."""
        legged = self.resolved.description["robot"]["kind"] in LEGGED
        socket = Path(self.resolved.run) / "sim.sock"
        people = self.chosen.duration is None
        script = Script(operator, socket, self._way, legged, self._load.look, people)
        try:
            async for line in script.play():
                self.say(line)
            if self._left_s() < _PLAY_LEAST_S:
                await self._complete(operator)
            self._played = True
        except (ScriptFailed, OSError) as error:
            self.failure = self._why(str(error), operator.sight.reason)
            self.say(f"FAILED: {self.failure}")
        if self._left_s() >= _PLAY_LEAST_S:
            async for line in Play(operator, self._way).lines():
                self.say(line)

    async def _complete(self, operator: Any) -> None:
        """The session's last steps, as its operator would ask for them: a robot that drives is halted first."""
        try:
            async with asyncio.timeout(_LAST_STEPS_S):
                if operator.sight.session == "RUNNING" and operator.sight.speed_mps < STANDSTILL_MPS:
                    await self._step(operator, "finish")
                while step := _LAST_STEPS.get(operator.sight.session):
                    if step == "finish":
                        await until(operator, "the robot stands", lambda: operator.sight.safety in HELD)
                    await self._step(operator, step)
        except (ScriptFailed, TimeoutError) as error:
            self.say(f"the session is not completed: {error or f'it took more than {_LAST_STEPS_S:g} s'}")

    async def _step(self, operator: Any, step: str) -> None:
        before = operator.sight.session
        await ask(operator, step)
        await until(operator, f"the session tells of {step}", lambda: operator.sight.session != before)
        self.say(operator.sight.session.lower())

    def _why(self, error: str, reason: str) -> str:
        """What went wrong; on a machine that is too busy that comes first, with what helps."""
        load = self._load.look()
        return f"{explain(reason, load)}. {self._what_helps()} ({error})" if load.busy else error

    def _what_helps(self) -> str:
        lighter = "" if self.resolved.session == "light" else ", or try the lighter one: port demo --session light"
        return f"End other work on it{lighter}"

    # --- what people see ----------------------------------------------------------------------------------------------

    def elapsed_s(self) -> float:
        return time.monotonic() - self.began_s

    def say(self, text: str) -> None:
        print(f"{self._clean()}[{self.elapsed_s():6.2f} s] {text}", flush=True)

    def _clean(self) -> str:
        """What wipes the live status line, if there is one."""
        blank = "\r" + " " * self._status_length + "\r" if self._status_length else ""
        self._status_length = 0
        return blank

    def _status(self, operator: Any) -> None:
        sight = operator.sight
        if not self._live or not sight.safety:
            return
        place = "" if sight.x is None else f"  x {sight.x:5.2f} m  y {sight.y:5.2f} m"
        line = f"{sight.safety:<11} {sight.speed_mps:4.2f} m/s{place}  session {sight.session.lower()}  {sight.reason}"
        line = line[:118]
        print(f"{self._clean()}{line}", end="", flush=True)
        self._status_length = len(line)

    def _say_addresses(self) -> None:
        session, ground = self.resolved.description["session"], self.resolved.description["ground"]
        mqtt = session["mqtt"]
        topic = f"port/v1/{ground['site']}/{session['edge']}/#"
        self.say(f"session {self.resolved.session}: {len(self.resolved.processes)} processes started")
        self.say(f"dashboard  {self.resolved.dashboard_url}")
        self.say(
            f"MQTT       mqtt://{host_port(mqtt['host'], mqtt['port'])}   try:  "
            f"mosquitto_sub -V 5 -h {mqtt['host']} -p {mqtt['port']} -t '{topic}' -T '+/+/+/+/+/force_plates/#' -v"
        )
        self.say(f"evidence   {self.resolved.out}")
        if not self.chosen.headless:
            webbrowser.open(self.resolved.dashboard_url)

    def _on_event(self, event: Event) -> None:
        if event.kind != "started" or self.chosen.verbose:
            self.say(event.text)

    def _on_line(self, name: str, line: str) -> None:
        if self.chosen.verbose:
            self.say(f"{name}: {line}")

    # --- the end ------------------------------------------------------------------------------------------------------

    def _report(self, out: Path, supervisor: Supervisor) -> int:
        from port_session.report import build  # plots are imported only when they are drawn

        self.say("writing the report")
        extras = {"exit_codes": supervisor.exit_codes, "orphans": supervisor.orphans}
        summary = build(out, self.resolved.description["ground"], extras)
        for finding in summary.findings:
            self.say(finding.line)
        self.say(f"{'':<9} trial {summary.trial.decision.value}")
        for line in summary.measured:
            self.say(f"{'':<9} {line}")
        self.say(f"report     {out / 'report.html'}")
        if self.failure:
            self.say(f"the script failed: {self.failure}")
        return 0 if summary.ok and not self.failure else 1


EVIDENCE = ("*.mcap", "*.mcap.age", "*.jsonl", "*.json", "report.html", "devices/*.json", "log/*.log",
            "facility.sqlite*", "spool/*")  # fmt: skip


def clear_evidence(out: Path) -> None:
    """Remove what an earlier demonstration left in its folder, and nothing else."""
    for pattern in EVIDENCE:
        for file in out.glob(pattern):
            file.unlink()
