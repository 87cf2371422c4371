"""`port check`: is all well with the running session, or could this one start here? What mends what is not?"""

import argparse
import itertools
import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from port_session.commands.running import NotRunning

if TYPE_CHECKING:
    from port_session.admission.finding import Finding
    from port_session.admission.judge import Expected, Seen
    from port_session.admission.robot_domain import Place
    from port_session.robots.announcements import Announcements


def add(commands: Any) -> None:
    """The words of `port check`."""
    parser = commands.add_parser("check", help="what is wrong, and what mends it", description=__doc__)
    parser.add_argument("session", nargs="?", help="name or file; without it, the session that runs")
    parser.add_argument("--seconds", type=float, default=2.0, help="how long to listen to a running one (default: 2)")
    parser.add_argument(
        "--watch", action="store_true", help="look again and again, and tell what changes, until Ctrl-C"
    )
    parser.add_argument(
        "--json", action="store_true", help="the same as JSON, for programs; with --watch, a line a look"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the table; 0 only if everything is ok, else 1; 2 if the session's files cannot be read as a session.

    With --watch it is the last look that counts.
    """
    from port_session.admission.finding import misplaced
    from port_session.description.errors import DescriptionError

    try:
        looks = _looks(args.session, args.seconds)
        return _watch(looks, args.json) if args.watch else _once(looks, args.json)
    except DescriptionError as error:
        if args.json and error.key:
            print(json.dumps([misplaced(str(error.file), error.key, error.problem).__dict__], indent=2))
        raise


def _once(looks: "Iterator[list[Finding]]", as_json: bool) -> int:
    from port_session.admission.finding import table

    findings = next(looks)
    print(_document(findings, indent=2) if as_json else table(findings))
    return _code(findings)


def _watch(looks: "Iterator[list[Finding]]", as_json: bool) -> int:
    from port_session.admission.changes import changes
    from port_session.admission.finding import table

    seen: list[Finding] = []
    try:
        for number in itertools.count():
            findings = next(looks)
            if as_json:
                print(_document(findings), flush=True)
            elif number == 0:
                print(f"{table(findings)}\nlooking again, until Ctrl-C; what changes is told", flush=True)
            elif lines := changes(seen, findings):
                print("\n".join([f"{time.strftime('%H:%M:%S')}", *lines]), flush=True)
            seen = findings
    except (KeyboardInterrupt, StopIteration) as end:
        if not as_json:
            wrong = sum(not finding.ok for finding in seen)
            over = "" if isinstance(end, KeyboardInterrupt) else "the session has ended; "
            print(f"\n{over}last look: {f'{wrong} of {len(seen)} not ok' if wrong else f'all {len(seen)} ok'}")
    return _code(seen)


def _document(findings: "Sequence[Finding]", indent: int | None = None) -> str:
    return json.dumps([finding.__dict__ for finding in findings], indent=indent)


def _code(findings: "Sequence[Finding]") -> int:
    return 0 if findings and all(finding.ok for finding in findings) else 1


def _looks(name_or_path: str | None, seconds: float) -> "Iterator[list[Finding]]":
    """One look after the other; a session that is not running yet is looked at until it runs."""
    from port_session.commands.running import choose

    if name_or_path is None:
        yield from _of_running(choose(None), seconds)
        return
    from port_session.admission.host import before_start
    from port_session.description.resolve import resolve

    while True:
        resolved = resolve(name_or_path)
        if record := _running(resolved.session):
            yield from _of_running(record, seconds)
            return
        yield before_start(resolved, devices=True)
        time.sleep(seconds)


def _running(session: str) -> dict[str, Any] | None:
    from port_session.commands.running import choose

    try:
        return choose(session)
    except NotRunning:
        return None


def _of_running(record: dict[str, Any], seconds: float) -> "Iterator[list[Finding]]":
    """Until it has ended."""
    from port_session.admission.judge import judge, not_required
    from port_session.admission.robot_domain import place_of
    from port_session.admission.running import expected_of, kept_so_far
    from port_session.robots.announcements import Announcements
    from port_session.ros.observer import observe_again

    expected, place = expected_of(record), place_of(record)
    with Announcements(place.interface if place else "") as announcements:
        for seen in observe_again(record, expected, seconds):
            elsewhere = _elsewhere(seen, expected, place, announcements) if place else []
            kept = kept_so_far(Path(record["out"]), expected)
            yield [*elsewhere, *judge(seen, expected), *kept, *not_required(seen, expected.required)]
            if _running(record["session"]) is None:
                return


def _elsewhere(seen: "Seen", expected: "Expected", place: "Place", announcements: "Announcements") -> "list[Finding]":
    """Whether a robot of which nothing is heard is in another domain."""
    from port_session.admission.robot_domain import robot_domain
    from port_session.robots.local_participants import local_participants

    return robot_domain(seen, expected, place, [*local_participants(), *announcements.heard()])
