"""What the diagnostics say about the link to the broker, with the remedy beside the fault."""

from dataclasses import dataclass

from port_ros.diagnostics import Health
from port_ros.machine_load import remedy_for_late
from port_telemetry.core.ack import REFUSED
from port_telemetry.core.words import age_text
from port_telemetry.mqtt.status import Status
from port_telemetry.mqtt.target import Target
from port_telemetry.spool.progress import Progress

_SILENCE_S = 10.0
#: Data that wait longer than this are a backlog.
_BACKLOG_S = 10.0


@dataclass(frozen=True)
class IntakeHealth:
    """Before there are records. waiting_bytes: to be decoded; missing: messages that never came, missing_now: of those
    since the last look; completed: safety events from the stop log; log_fault: what is wrong with that log; unproven:
    safety events that the gate did not say, unproven_now: of those since the last look.
    """

    slowest_callback_ms: float
    waiting_bytes: int
    missing: int
    missing_now: int
    completed: int = 0
    log_fault: str = ""
    unproven: int = 0
    unproven_now: int = 0


def link_health(status: Status, before: Status, progress: Progress, target: Target, intake: IntakeHealth) -> Health:
    """The link as it is now; `before`: as it was at the last look, so that losses show while they happen."""
    level, message, remedy = _judge(status, before, target, intake)
    message += _backlog(progress)
    values: dict[str, object] = {
        "published": status.published,
        "dropped": status.dropped,
        "rejected": status.rejected,
        "offered": status.offered,
        "queue_records": status.waiting,
        "oldest_s": f"{progress.oldest_s:.1f}",
        "sent_hz": f"{progress.sent_hz:.1f}",
        "acked_hz": f"{progress.acked_hz:.1f}",
        "left_s": "" if progress.left_s is None else f"{progress.left_s:.0f}",
        "silence_s": f"{status.silence_s:.1f}",
        "forged": status.forged,
        "distrusted": status.distrusted,
        "refused": status.refused,
        "missing": intake.missing,
        "undecoded_bytes": intake.waiting_bytes,
        "completed": intake.completed,
        "unproven": intake.unproven,
        "slowest_callback_ms": f"{intake.slowest_callback_ms:.3f}",
    }
    return Health("mqtt", level, message, remedy, values)


def _judge(status: Status, before: Status, target: Target, intake: IntakeHealth) -> tuple[str, str, str]:
    if status.fault:
        return "error", status.fault, "free some space for the spool, or mend its disk"
    if not status.connected:
        return "error", status.failure or f"connecting to {target.address}", _remedy(status.failure, target)
    if (rejected := status.rejected - before.rejected) > 0:
        remedy = f"let user {target.user or '(none)'} write port/v1/# at the broker, or raise its packet size"
        return "warn", f"{rejected} records were refused", remedy
    if lost := _lost(status, before, intake):
        return "warn", *lost
    if status.refused:
        return "warn", f"{status.refused} safety records wait on this edge: {REFUSED}", _own_key(target)
    if status.silence_s > _SILENCE_S:
        remedy = remedy_for_late("start `port ingest` at the facility; until then everything is kept on the edge")
        return "warn", f"the facility has acknowledged nothing for {status.silence_s:.0f} s", remedy
    if forged := _forged(status, before, target, intake):
        return "warn", *forged
    if intake.log_fault:
        return "warn", intake.log_fault, "see `port evidence verify`; safety events are completed from what holds"
    return "ok", f"connected to {target.address}", ""


def _forged(status: Status, before: Status, target: Target, intake: IntakeHealth) -> tuple[str, str] | None:
    """What somebody said in another's name since the last look, and the remedy."""
    if status.forged > before.forged:
        return "someone else than the facility acknowledges", "see who else may write to the broker"
    if status.distrusted > before.distrusted:
        remedy = f"{_own_key(target)}; if it has it, see who else writes to the broker"
        return "the facility refuses safety messages in this edge's name: their signature does not fit", remedy
    if intake.unproven_now:
        what = f"{intake.unproven_now} safety events that the gate did not say: they are not sent"
        return what, "end whoever else publishes safety/event"
    return None


def _lost(status: Status, before: Status, intake: IntakeHealth) -> tuple[str, str] | None:
    """What was lost since the last look, and the remedy."""
    if intake.missing_now:
        what = f"{intake.missing_now} messages were lost before telemetry; gap records say which"
        return what, "lighten the load of this machine"
    if (dropped := status.dropped - before.dropped) > 0:
        return f"{dropped} records were lost", remedy_for_late("the broker or the way to it is too slow; mend it")
    return None


def _own_key(target: Target) -> str:
    return f"give the facility {target.edge}.pub of this edge"


def _backlog(progress: Progress) -> str:
    if progress.oldest_s < _BACKLOG_S:
        return ""
    left_s = progress.left_s
    end = "" if left_s is None else f", about {age_text(left_s)} left"
    return f"; {progress.waiting} records wait, the oldest {age_text(progress.oldest_s)} old{end}"


def _remedy(failure: str, target: Target) -> str:
    if target.password_file and failure.startswith(target.password_file):
        return "the embedded broker writes this file: start the broker, or mend mqtt.password_file"
    if "refused user" in failure:
        return "mend mqtt.user and mqtt.password_file in the session file"
    return remedy_for_late(
        f"no broker answers at {target.address}; start it or mend mqtt.host/port in the session file"
    )
