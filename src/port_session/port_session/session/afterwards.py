"""What people do with the evidence of a session whose nodes are gone: make a run void, review, seal. On its folder.

Each step is one more line of the session's log; nothing that was written is changed. A session that its nodes left
without an end (all were killed) is aborted first, in the name of nobody.
"""

import json
from pathlib import Path
from typing import Any

from port_ros.session_states import ENDED
from port_session.session.log import EventLog, event_document, read_lines, write_json
from port_session.session.machine import AFTERWARDS, Event, Session
from port_session.session.outcomes import Outcomes
from port_session.session.resume import BY, events_of, resume
from port_session.session.settings import runs_document

EVENTS, DOCUMENT = "events.jsonl", "session.json"


class CannotTakeUp(Exception):
    """The folder holds no session that can be taken up; one line that names the file."""


class StoredSession:
    """The session of the evidence in `out`. now_ns: system clock. Raises CannotTakeUp, OSError."""

    def __init__(self, out: Path, now_ns: Any) -> None:
        self._out = out
        if not (out / EVENTS).is_file():
            raise CannotTakeUp(f"{out} holds no {EVENTS}: name the folder of a session's evidence")
        self.document = _read_document(out / DOCUMENT)
        self.session = Session(now_ns, int(self.document.get("runs_asked", 1)))
        self._outcomes = Outcomes(_no_goal)
        self._new: list[Event] = []
        self._take_up()

    def _take_up(self) -> None:
        lines = read_lines(self._out / EVENTS)
        try:
            events = events_of(lines)
            self._outcomes.take_up(lines)
        except ValueError as error:
            raise CannotTakeUp(f"{self._out / EVENTS}: {error}") from error
        if halted := resume(self.session, events):
            self._new.append(halted)
        if self.session.state not in ENDED:
            self._new.append(self.session.apply("abort", BY, "its nodes ended before the session did"))

    def apply(self, command: str, by: str, note: str, run: int = 0) -> Event:
        """One of AFTERWARDS; refused or done, it goes into the log. Raises OSError where that cannot be written."""
        if command not in AFTERWARDS:
            event = self.session.refuse(
                command, by, f"the session is over: what can be done is {', '.join(AFTERWARDS)}"
            )
        elif command == "void_run":
            event = self.session.void_run(run, by, note)
        else:
            event = self.session.apply(command, by, note)
        self._new.append(event)
        self._write()
        return event

    def _write(self) -> None:
        log = EventLog(self._out / EVENTS)
        for event in self._new:
            log.append("session", **event_document(event))
        log.close()
        if log.problem:
            raise OSError(None, log.problem, str(self._out / EVENTS))
        self._new.clear()
        session = self.session
        write_json(self._out / DOCUMENT, {
            **self.document, "state": session.state.name, "run": session.run,
            "history": [event_document(event) for event in session.history],
            "runs": runs_document(session, self._outcomes.of_run),
        })  # fmt: skip


def _read_document(path: Path) -> dict[str, Any]:
    """What the session's node left; empty where it was killed before it could."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (ValueError, RecursionError) as error:
        raise CannotTakeUp(f"{path} is no whole JSON: {error}; move it away, the log holds what counts") from error
    if not isinstance(document, dict):
        raise CannotTakeUp(f"{path} holds no session; move it away, the log holds what counts")
    return document


def _no_goal() -> Any:
    raise AssertionError("no run goes on in a stored session")
