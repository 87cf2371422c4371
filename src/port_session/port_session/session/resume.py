"""Takes a session up again from its own log, after its node has died. Pure: lines in, a session out.

What was live then is halted now: nobody watched the robot meanwhile, and a person decides how it goes on.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from port_ros.session_states import LIVE, State
from port_session.session.machine import Event, Session

#: By whom the stop is that the end of the session's node made.
BY = "session node"


def events_of(lines: Iterable[Mapping[str, Any]]) -> list[Event]:
    """The session's events among the lines of events.jsonl; raises ValueError where one names a state that is none."""
    return [_event(line) for line in lines if line.get("stream") == "session"]


def resume(session: Session, events: list[Event]) -> Event | None:
    """Bring `session` to where `events` left it, halted if it was live; the event of that, or None if nothing changed.

    Does nothing where there are no events: the session is a new one.
    """
    session.replay(events)
    if session.state not in LIVE:
        return None
    was = session.state.name.lower()
    return session.apply("stop", BY, f"the session's node had ended while the session was {was}; its log was read back")


def _event(line: Mapping[str, Any]) -> Event:
    try:
        return Event(
            stamp_ns=int(line["stamp_ns"]), sequence=int(line["sequence"]), before=State[line["before"]],
            after=State[line["after"]], accepted=bool(line["accepted"]), command=str(line["command"]),
            reason=str(line["reason"]), by=str(line["by"]), run=int(line.get("run", 0)),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"no event of a session: {error!r}") from error
