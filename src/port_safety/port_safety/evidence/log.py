"""The gate's evidence as one thing to its node: hand over what happened, ask how it stands, close it at the end."""

from collections.abc import Sequence
from pathlib import Path

from port_safety.commands.registry import GROUP as COMMANDS
from port_safety.evidence.hash_chain import Record
from port_safety.evidence.log_writer import Writer
from port_safety.evidence.records import EventRecords, hops_ms
from port_safety.gate.events import EventKind, GateEvent
from port_safety.gate.gate import Gate
from port_safety.model.installed import packages
from port_safety.monitoring.histogram import Histogram
from port_safety.rules.registry import GROUP as RULES

#: How long the end of the gate may wait for the disk.
CLOSE_S = 0.5
#: A disk that takes longer than this for one record is worth a word.
SLOW_S = 1.0
REMEDY = "see to the disk and the folder of the session's evidence; the robot is held safely all the same"


class Evidence:
    """Of one gate; with an empty path nothing is written, but latencies are counted all the same."""

    def __init__(self, gate: Gate, path: str, tick_late: Histogram | None = None) -> None:
        self.tick_late = tick_late or Histogram()
        self.command = Histogram()
        self.stop = Histogram()
        self._gate = gate
        self._ledger = EventRecords()
        self._loop = {"tick_late": self.tick_late, "command_to_published": self.command, "stop_latency": self.stop}
        self._writer = Writer(Path(path)) if path else None

    def open(self, now_system_ns: int, tick_hz: float, realtime: Sequence[str]) -> None:
        """The first line of this gate."""
        gate = self._gate
        self._offer([{
            "kind": "opened", "stamp_ns": now_system_ns, "session": gate.name, "robot": gate.robot.name,
            "robot_kind": gate.robot.kind, "envelope": gate.envelope.digest,
            "rules": [*gate.envelope.rules, *gate.envelope.last_rules], "software": _software(),
            "tick_hz": tick_hz, "realtime": list(realtime),
        }])  # fmt: skip

    def take(self, events: Sequence[GateEvent], to_system_ns: int) -> None:
        """What happened, after the command has left the gate."""
        gate = self._gate
        if gate.stop is not None and any(event.kind is EventKind.STOP for event in events):
            self._count_stop()
        if self._writer is not None:
            self._offer(self._ledger.take(events, gate.stop, gate.observed.meter.path_m, to_system_ns))

    def _count_stop(self) -> None:
        """Latency counts where something arrived; a source that fell silent has none."""
        stop = self._gate.stop
        if stop is not None and stop.received_ns is not None and (total_ms := hops_ms(stop)["total"]) >= 0.0:
            self.stop.add(round(total_ms * 1e6))

    def values(self) -> dict[str, object]:
        """Figures for diagnostics, with their units in the names."""
        values: dict[str, object] = {
            f"{name}_{figure}": value for name, histogram in self._loop.items()
            for figure, value in histogram.figures().items()
        }  # fmt: skip
        if self._writer is not None:
            writer = self._writer
            values |= {"evidence_lines": writer.written, "evidence_waiting": writer.waiting}
            values |= {"evidence_given_up": writer.given_up, "evidence_head": writer.head}
        return values

    def trouble(self) -> tuple[str, str]:
        """("", "") while all is well, else the level of diagnostics and what is wrong, in words."""
        writer = self._writer
        if writer is None:
            return "", ""
        if writer.given_up:
            return "error", f"{writer.given_up} records of evidence are lost{_because(writer.trouble)}"
        if writer.trouble:
            return "error", f"the evidence of stops cannot be written: {writer.trouble}"
        if writer.busy_s() > SLOW_S:
            return "warn", f"the disk of the evidence does not answer for {writer.busy_s():.0f} s"
        return "", ""

    def close(self, reason: str, now_ns: int, to_system_ns: int, missed_deadlines: int) -> str:
        """The last lines. Returns what went wrong with the evidence, in words; empty if it is all on the disk."""
        if self._writer is None:
            return ""
        self._offer(self._ledger.end(reason, now_ns, self._gate.observed.meter.path_m, to_system_ns))
        self._offer([{
            "kind": "closed", "stamp_ns": now_ns + to_system_ns, "reason": reason, "state": self._gate.state.name,
            "missed_deadlines": missed_deadlines,
            "loop": {name: {**one.figures(), "buckets_ms": one.buckets()} for name, one in self._loop.items()},
        }])  # fmt: skip
        if self._writer.close(CLOSE_S):
            return ""
        lost = self._writer.given_up + self._writer.waiting
        return f"{lost} records of evidence are lost{_because(self._writer.trouble)}"

    def _offer(self, records: Sequence[Record]) -> None:
        if self._writer is not None:
            for record in records:
                self._writer.offer(record)


def _because(trouble: str) -> str:
    return f": {trouble}" if trouble else ""


def _software() -> dict[str, str]:
    """The packages whose rules and types of commands may be in force, with their versions."""
    return {"port_safety": "unknown", **packages(RULES, COMMANDS)}
