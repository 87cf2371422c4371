"""A session of small programs instead of nodes, for tests of the supervisor."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from port_session.description.process import Process
from port_session.description.resolve import Resolved

#: Prints its process id, then waits; SIGINT and SIGTERM end it with 0. A handler must not print: the signal may come
#: while the program itself prints.
PATIENT = """
import os, signal, sys
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda *_: (os.write(1, b"got %d\\n" % _[0]), sys.exit(0)))
print("up", os.getpid(), flush=True)
while True: signal.pause()
"""


class Bench:
    """Makes executables in an install prefix of their own, and sessions of them."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.out = folder / "out"
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder / "r"))
        monkeypatch.setenv("AMENT_PREFIX_PATH", str(folder / "prefix"))

    def program(self, name: str, code: str, isolated: bool = True, **how: Any) -> Process:
        """A process that runs `code` in Python; not `isolated`, it can import what is installed."""
        path = self.folder / "prefix" / "lib" / "small" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!{sys.executable}{' -IS' if isolated else ''}\n{code}\n")
        path.chmod(0o755)
        given: dict[str, Any] = {"stage": 0, "respawn_delay_s": 0.05, **how}
        return Process(package="small", executable=name, name=name, ros=False, critical="nothing", **given)

    def session(self, *processes: Process, name: str = "small", domain: int | None = None) -> Resolved:
        """A session of `processes`."""
        run = self.folder / "r" / "port" / name
        return Resolved(
            session=name, namespace=f"/{name}", domain=domain, run=str(run), out=str(self.out / name),
            processes=processes, addresses=(), streams=(), required_diagnostics=(), ground_file=f"{run}/ground.json",
            ground={}, description={}, needs_broker=False, dashboard_url="", files={},
        )  # fmt: skip


def alive(pid: int) -> bool:
    """Whether `pid` runs (a zombie does not)."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z" and os.path.exists(f"/proc/{pid}")  # noqa: PTH110
