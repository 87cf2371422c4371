"""The Sparkplug door: a connection of its own, with a will of its own, that shows a SCADA host the ground.

It shows what is true now and keeps nothing: the durable way to the facility neither waits for it nor shares a socket,
a queue or a lock with it. Nothing comes in here but the wish to be told everything anew.
"""

import contextlib
import random
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from port_telemetry.core.sparkplug.edge_node import DeviceKind, EdgeNode
from port_telemetry.core.sparkplug.payload import Value
from port_telemetry.mqtt.client import retry_delay_s
from port_telemetry.mqtt.node_link import NodeLink
from port_telemetry.mqtt.target import Target

_STEP_S = 0.05
#: The least time between two births: a host that asks without end does not get the processor.
_REBIRTH_S = 1.0
#: What callbacks have handed over and the thread has not taken yet; the oldest goes when it is full.
_MAX_UPDATES = 4096
_OWN = ""
#: Longer than a TCP connect and the last words, which nothing interrupts.
_JOIN_S = 5.0


@dataclass(frozen=True)
class ProjectionStatus:
    """born: the host has been told everything. refused: commands that came in and were ignored."""

    born: bool
    failure: str
    births: int
    refused: int


@dataclass(frozen=True, slots=True)
class _Update:
    device: str
    kind: DeviceKind | None
    values: Mapping[str, Value] | None
    stamp_ms: int
    heard_s: float


class Projection:
    """Shows `node` at `target`, from birth until `close`. primary_host: says nothing unless this one is online.

    bd_seq_file: keeps the number of the last connection over restarts.
    """

    def __init__(self, target: Target, node: EdgeNode, bd_seq_file: Path, primary_host: str = "") -> None:
        self._target, self._node, self._primary_host = target, node, primary_host
        self._bd_seq_file, node.bd_seq = bd_seq_file, _next_bd_seq(bd_seq_file)
        self._updates: deque[_Update] = deque(maxlen=_MAX_UPDATES)
        self._born, self._failure, self._births, self._refused = False, "", 0, 0
        self._born_s = -_REBIRTH_S
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sparkplug", daemon=True)
        self._thread.start()

    def update(self, device: str, kind: DeviceKind, values: Mapping[str, Value], stamp_ms: int) -> None:
        """New values of a device; never waits."""
        self._updates.append(_Update(device, kind, values, stamp_ms, time.monotonic()))

    def update_own(self, values: Mapping[str, Value], stamp_ms: int) -> None:
        """New values of the node itself; never waits."""
        self._updates.append(_Update(_OWN, None, values, stamp_ms, 0.0))

    def lose(self, device: str) -> None:
        """A device is not there any more; never waits."""
        self._updates.append(_Update(device, None, None, 0, 0.0))

    def status(self) -> ProjectionStatus:
        """How it stands."""
        return ProjectionStatus(self._born, self._failure, self._births, self._refused)

    def close(self) -> None:
        """Say the node's death and end the thread; waits for both a moment only."""
        self._closed.set()
        self._thread.join(_JOIN_S)

    def _run(self) -> None:
        failures = attempt = 0
        while not self._closed.is_set():
            endpoint = self._target.endpoints[attempt % len(self._target.endpoints)]
            link = NodeLink(self._target, endpoint, self._node, self._primary_host)
            was_ready = False
            if self._connect(link):
                was_ready = self._serve(link)
                link.close()
                self._node.bd_seq = (self._node.bd_seq + 1) % 256
            self._born, self._failure = False, link.failure
            # A broker whose host is away leads on to the next, as one that does not answer.
            attempt += not was_ready or link.host_left
            failures = 1 if was_ready else failures + 1
            self._closed.wait(retry_delay_s(failures, random.random()))

    def _connect(self, link: NodeLink) -> bool:
        if not link.open():
            return False
        # Without a disk to keep it the count goes on in memory, and from the start after a restart.
        with contextlib.suppress(OSError):
            self._bd_seq_file.write_text(f"{self._node.bd_seq}\n")
        return True

    def _serve(self, link: NodeLink) -> bool:
        """Show what changes until the connection ends or we do; says whether it ever stood."""
        refused = self._refused
        born = False
        while not self._closed.is_set() and not link.failure:
            link.step(_STEP_S)
            self._take_updates()
            self._refused = refused + link.refused
            if not link.ready or link.blocked:
                continue
            now_s, now_ms = time.monotonic(), time.time_ns() // 1_000_000
            if born and not link.rebirth_wanted:
                link.publish(self._node.changes(now_ms, now_s))
            elif now_s - self._born_s >= _REBIRTH_S:
                link.rebirth_wanted, born = False, True
                link.publish(self._node.births(now_ms, now_s))
                self._born, self._born_s, self._births = True, now_s, self._births + 1
        return link.connected

    def _take_updates(self) -> None:
        while self._updates:
            update = self._updates.popleft()
            if update.values is None:
                self._node.lose(update.device)
            elif update.kind is None:
                self._node.update_own(update.values, update.stamp_ms)
            else:
                self._node.update(update.device, update.kind, update.values, update.stamp_ms, update.heard_s)


def _next_bd_seq(file: Path) -> int:
    """The number of the connection after the one that `file` tells of."""
    try:
        return (int(file.read_text()) + 1) % 256
    except (OSError, ValueError):
        return 0
