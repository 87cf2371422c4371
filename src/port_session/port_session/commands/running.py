"""Which running session a command means."""

from typing import Any


class NotRunning(Exception):
    """No session runs, or not the one that was named."""


def choose(name: str | None) -> dict[str, Any]:
    """The record of the session `name`, or of the only one that runs. Raises NotRunning."""
    from port_session.supervisor.runtime import running_sessions

    records = {record["session"]: record for record in running_sessions()}
    if not records:
        raise NotRunning("no session runs on this machine; start one: port up SESSION")
    if name is None and len(records) > 1:
        raise NotRunning(f"several sessions run ({', '.join(records)}); choose one with --session NAME")
    if name is not None and name not in records:
        raise NotRunning(f"no session {name!r} runs; there is: {', '.join(records)}")
    record: dict[str, Any] = records[name] if name else next(iter(records.values()))
    return record
