"""The device side of an e-stop station with a microcontroller: samples its contacts, pushes them, holds its relay.

A frame leaves at a fixed rate and on every edge; what heartbeats do to the relay is in heartbeat_watch.
"""

import secrets
import threading
import time
from pathlib import Path
from typing import Any

from port_sensors.protocol.estop_link import Heartbeat, Parser, State
from port_sim.devices.heartbeat_watch import HeartbeatWatch
from port_sim.devices.on_line import OnLine
from port_sim.devices.pty_line import PtyLine
from port_sim.frame_faults import FrameFaults
from port_sim.world import World

_SAMPLE_S, _PUSH_S = 0.002, 0.01
_SEQUENCES = 1 << 32


class EstopController(OnLine):
    """One station; `config` is its block of the ground's file."""

    def __init__(self, name: str, config: dict[str, Any], ground: dict[str, Any], world: World) -> None:
        self.name = name
        self.faults = FrameFaults()
        self._line: PtyLine = PtyLine(Path(config["port"]))
        self._station = int(config["station_id"])
        self._hold_s = float(config["watchdog_s"])
        self._world = world
        self._parser = Parser()
        self._session = 1 + secrets.randbelow(_SEQUENCES - 1)
        self._watch = HeartbeatWatch(self._station, self._session, self._hold_s)
        self._sequence = self._sent = 0
        self._next_s = 0.0
        self._contacts = (False, False, False, False)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"sim {name}", daemon=True)

    def counts(self) -> dict[str, Any]:
        """sent: frames since the start, whether the line took them or not. ignored: heartbeats that were none."""
        return {"sent": self._sent, "ignored": self._watch.ignored, "faults": self.faults.count}

    def _run(self) -> None:
        while not self._stop.is_set():
            self._line.wait(_SAMPLE_S)
            self.turn()

    def turn(self) -> None:
        """Hear, sample, and push what changed or is due."""
        now_s = time.monotonic()
        data = self._line.read()
        self._line.write(self.faults.echo(data, now_s))
        for frame in self._parser.feed(data):
            if isinstance(frame, Heartbeat):
                self._watch.take(frame, now_s)
        due = now_s >= self._next_s
        if self._sample(now_s) or due:
            self._push(now_s)
        if due:
            self._next_s = now_s + _PUSH_S

    def _sample(self, now_s: float) -> bool:
        """Look at the contacts and drive the relay; whether anything changed."""
        held = self._watch.held(now_s)
        with self._world.lock:
            world = self._world
            world.relay_closed = held
            contacts = (world.channel_closed("a"), world.channel_closed("b"), world.reset_pressed, held)
        changed, self._contacts = contacts != self._contacts, contacts
        return changed

    def _push(self, now_s: float) -> None:
        self._sequence = (self._sequence + 1) % _SEQUENCES
        self._sent += 1
        watch = self._watch
        watch.sent(self._sequence, now_s)
        state = State(
            self._station, self._session, self._sequence, watch.host, watch.echo, watch.echo_age_s(now_s), 0.0,
            *self._contacts, watch.why(now_s), self._hold_s,
        )  # fmt: skip
        self._line.write(self.faults.send(state, now_s))
