"""What rules share that look at an input: it is there, young and a number, or they stop. None is silent without it."""

from typing import TypeVar

from port_safety.model.readings import Reading, untrusted
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.context import RuleContext

T = TypeVar("T")

GRAVITY_MPS2 = 9.81


def required(
    context: RuleContext, rule: str, name: str, kind: type[T], stale_s: float
) -> tuple[T | None, list[Verdict]]:
    """The value of input `name`, or the stop that its absence is: missing, stale, from the future, no number."""
    reading = context.readings.get(name)
    reason, age_s = untrusted(reading, stale_s, context.now_ns)
    if not reason and reading is not None and isinstance(reading.value, kind):
        return reading.value, []
    stamp_ns = 0 if reading is None else reading.received_ns
    why = reason or "not what this rule looks at"
    return None, [stop(rule, name, f"{name}: {why}", age_s, stale_s, "s", stamp_ns)]


def missing(rule: str, source: str, reason: str, name: str) -> Verdict:
    """The stop of a rule that cannot judge without input `name`."""
    said = f"{rule}: cannot judge: {reason}"
    return Verdict(Severity.PROTECTIVE_STOP, rule, source, said, missing_input=name)


def stop(rule: str, source: str, reason: str, value: float, limit: float, unit: str, stamp_ns: int) -> Verdict:
    """A protective stop of `rule`, to be reset."""
    return Verdict(Severity.PROTECTIVE_STOP, rule, source, f"{rule}: {reason}", value, limit, unit, stamp_ns=stamp_ns)


def emergency(rule: str, source: str, reason: str, value: float, limit: float, unit: str, stamp_ns: int) -> Verdict:
    """An emergency stop of `rule`: latches."""
    return Verdict(Severity.EMERGENCY_STOP, rule, source, f"{rule}: {reason}", value, limit, unit, stamp_ns=stamp_ns)


def latest(context: RuleContext, name: str, count: int) -> list[Reading]:
    """The last `count` readings of an input with stamps of their own, oldest first; fewer if there are no more."""
    history = context.histories.get(name)
    return [] if history is None else list(history.recent)[-count:]


def check_positive(rule: object, *names: str) -> None:
    """Raises ValueError for a field that is not above 0 and finite."""
    for name in names:
        value = getattr(rule, name)
        if not 0.0 < value < float("inf"):
            raise ValueError(f"{name}: {value} must be above 0")
