"""A stop on its own, and causes for it."""

from port_safety.commands.twist import ZERO
from port_safety.gate.stop import Stop
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.stop_start import StopStart
from tests.gate_bench import ROBOT
from tests.unit.port_safety.running_gates import NOW


def stop() -> Stop:
    """Began at NOW, from rest; it has no cause yet."""
    return Stop("e-1", ROBOT, StopStart(NOW, ZERO, 0.0), 0.0)


def cause(
    source: str, severity: Severity = Severity.PROTECTIVE_STOP, clears: bool = False, stamp_ns: int = 0
) -> Verdict:
    return Verdict(severity, "rule", source, "why", self_clearing=clears, stamp_ns=stamp_ns)


def emergency(source: str) -> Verdict:
    return cause(source, Severity.EMERGENCY_STOP)
