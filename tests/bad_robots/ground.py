"""A whole session on a simulated ground whose robot is a process of ours: right, wrong, mended, one after the other."""

import contextlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self

from tests.bad_robots.ways import COMMAND, DRIVING, JOINTS, ODOM, REQUEST, STOPPED, STOPS, Way
from tests.scenarios.whole_session import PATIENCE_S, PORT, WholeSession
from tests.waiting import wait_until

_ROOT = Path(__file__).parents[2]
#: How often somebody presses on while the check looks at a robot that the gate may stop again.
_STEP_S = 0.3


class Ground:
    """The session; a context that starts it and ends it. of: whose files it is made of, "light" or "arm"."""

    def __init__(self, folder: Path, of: str = "light") -> None:
        changes: dict[str, Any] = {
            "session.stack": "own", "robot.simulated": False, "trial.timeout_s": 3600.0,
        }  # fmt: skip
        self.session = WholeSession(folder, "bad_robots", changes, of=of)
        self._folder = folder

    def __enter__(self) -> Self:
        self.session.__enter__()
        return self

    def __exit__(self, *failure: object) -> None:
        self.session.__exit__(*failure)

    @contextlib.contextmanager
    def robot(self, way: Way, mended: bool = False) -> Iterator[None]:
        """A robot that is wrong in this way, or was and is mended, while the context lasts."""
        words = ["--way", way.name, *(["--mended"] if mended else [])]
        place = ["--session", self.session.name, "--domain", str(self.session.record()["domain"])]
        command = [
            sys.executable,
            "-m",
            "tests.bad_robots",
            *words,
            *place,
            "--socket",
            str(self.session.run / "sim.sock"),
        ]
        with (self._folder / "robot.log").open("ab") as log:
            process = subprocess.Popen(
                command, cwd=_ROOT, env=self.session.environment(), stdout=subprocess.PIPE, stderr=log, text=True
            )
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "up\n", (self._folder / "robot.log").read_text()
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE_S)
            assert process.stdout is not None
            process.stdout.close()

    # --- looking ------------------------------------------------------------------------------------------------------

    def look(self, way: Way, mended: bool = False) -> tuple[list[dict[str, Any]], float]:
        """What `port check` says of the robot that is there, and how long it took from its start."""
        if mended or way.when in (DRIVING, STOPPED):
            self.ready()
        if way.when == STOPPED:
            self._stop_in_motion()
            if mended:
                self.ready()
        if way.when == DRIVING:
            self._drive()
        began_s = time.monotonic()
        environment = self.session.environment()
        process = subprocess.Popen(
            [str(PORT), "check", "--json"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        # Whoever tries a robot presses on; without it the gate's stop would leave nothing to see.
        while way.when == DRIVING and process.poll() is None:
            self.press_on()
            time.sleep(_STEP_S)
        output, complaint = process.communicate(timeout=PATIENCE_S)
        took_s = time.monotonic() - began_s
        assert output, complaint
        return json.loads(output), took_s

    def press_on(self) -> bool:
        """Have the robot drive, as people would: reset, arm, start. Whether it may drive."""
        sight = self.session.sight
        self.session.next_step(sight)
        return sight.session == "RUNNING" and sight.safety in ("RUN", "REDUCED")

    def _drive(self) -> None:
        self.session.until(self.press_on, lambda: f"the robot may drive ({self.session.answer})")

    def ready(self) -> None:
        """The gate has nothing against the robot that is there, after a reset if it needs one."""

        def step() -> bool:
            if self.session.sight.safety == "RESET_READY":
                self.session.sim(do="reset", seconds=0.3)
                time.sleep(_STEP_S)
            return self.session.sight.safety in ("STANDBY", "RUN", "REDUCED")

        self.session.until(step, lambda: "the gate is ready")

    def _stop_in_motion(self) -> None:
        """Drive, then have the session halted, and wait until the gate's log tells of it."""
        self._drive()
        stops = self._stops()
        self.session.until(lambda: self.press_on() and self.session.sight.speed_mps > 0.5, lambda: "it drives fast")
        time.sleep(1.0)
        self.session.console.ask("halt")
        wait_until(lambda: self._stops() > stops, PATIENCE_S, "a record of the stop")

    def _stops(self) -> int:
        with contextlib.suppress(OSError):
            return (self.session.out / "stops.jsonl").read_text().count('"kind":"stop"')
        return 0


def found(findings: list[dict[str, Any]], way: Way) -> Mapping[str, Any] | None:
    """The finding that names this way, with its remedy."""
    words, mend = way.gate_says
    for each in findings:
        if words and each["name"] == "safety" and words in each["problem"] and mend in each["remedy"]:
            return each
        said = each["problem"] or each["detail"]
        named = way.words in said or (way.else_words and way.else_words in said)
        if each["name"] == way.topic and named and way.remedy in each["remedy"] and each["ok"] is way.odd:
            return each
    return None


def wrong(findings: list[dict[str, Any]]) -> list[str]:
    """What is not ok of a robot, in words: its topics, its stops, and what the gate says of it."""
    own = ("robot.domain", ODOM, REQUEST, COMMAND, JOINTS, STOPS, "joint_trajectory_request", "safety")
    return [
        f"{each['name']}: {each['problem']} -> {each['remedy']}"
        for each in findings
        if not each["ok"] and each["name"].rpartition("/")[2] in (*own, "joint_trajectory")
    ]


def told(findings: list[dict[str, Any]], topic: str) -> list[str]:
    """Everything that was said of it."""
    said = [each for each in findings if each["name"] == topic]
    return [f"{each['name']}: {each['problem'] or each['detail']} -> {each['remedy']}" for each in said]
