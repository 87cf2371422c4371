"""Whose turn it is to end, where every process of a session is asked at once.

`docker stop`, systemd, a terminal's Ctrl-C and a dead supervisor signal all processes in the same moment. A robot that
needs its power to come down safely must keep it until it is down, and a recording must hold the stop. So whoever is
asked to end waits until every process of a later stage has ended, no longer than all of these may take: the same order
in which the supervisor ends a session, from the same record. Knows no ROS.
"""

import json
import os
import select
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from port_ros.runtime_folder import RECORD, RUN

#: On top of what a stage may take: the supervisor's SIGTERM and SIGKILL for whoever does not end by itself.
STAGE_MARGIN_S = 1.0


def earlier(record: Mapping[str, Any], pid: int) -> tuple[list[int], float]:
    """The ids of those that end before process `pid` of the session `record`, and how long these may take, in s.

    A process that the record does not know waits for nobody.
    """
    pids: Mapping[str, int] = record.get("pids", {})
    processes = {process["name"]: process for process in record.get("processes", ())}
    own = [processes[name]["stage"] for name, number in pids.items() if number == pid and name in processes]
    if not own:
        return [], 0.0
    longest_s: dict[int, float] = {}
    waited = [name for name in pids if name in processes and processes[name]["stage"] > own[0]]
    for name in waited:
        stage = processes[name]["stage"]
        longest_s[stage] = max(longest_s.get(stage, 0.0), processes[name]["stop_s"] + STAGE_MARGIN_S)
    return [pids[name] for name in waited], sum(longest_s.values())


class EndOrder:
    """Those that this process waits for from now on: `pids`, until they have ended or `longest_s` is over."""

    def __init__(self, pids: list[int], longest_s: float) -> None:
        self._until_s = time.monotonic() + longest_s
        self._running: dict[int, int] = {}
        for pid in pids:
            try:
                self._running[os.pidfd_open(pid)] = pid
            except OSError:  # it has ended
                continue

    def my_turn(self) -> bool:
        """Whether this process is to end now; looks, does not wait."""
        poll = select.poll()
        for descriptor in self._running:
            poll.register(descriptor, select.POLLIN)
        for descriptor, _ in poll.poll(0):
            del self._running[descriptor]
            os.close(descriptor)
        return not self._running or time.monotonic() >= self._until_s


def of_this_process() -> EndOrder:
    """As the record of its session has it; outside of a session nobody is waited for."""
    run = os.environ.get(RUN)
    try:
        record = json.loads((Path(run) / RECORD).read_text(encoding="utf-8")) if run else {}
    except (OSError, ValueError):
        record = {}
    return EndOrder(*earlier(record, os.getpid()))


def wait_for_turn(period_s: float = 0.02) -> None:
    """For programs without a loop of their own: return when it is their turn."""
    order = of_this_process()
    while not order.my_turn():
        time.sleep(period_s)
