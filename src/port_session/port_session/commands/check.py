"""`port check`: is all well with the running session, or could this one start here? What mends what is not?"""

import argparse
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from port_session.admission.finding import Finding


def add(commands: Any) -> None:
    """The words of `port check`."""
    parser = commands.add_parser("check", help="what is wrong, and what mends it", description=__doc__)
    parser.add_argument("session", nargs="?", help="name or file; without it, the session that runs")
    parser.add_argument("--seconds", type=float, default=2.0, help="how long to listen to a running one (default: 2)")
    parser.add_argument("--json", action="store_true", help="the same as JSON, for programs")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the table; 0 only if everything is ok, else 1; 2 if the session's files cannot be read as a session."""
    from port_session.admission.finding import misplaced, table
    from port_session.description.errors import DescriptionError

    try:
        findings = _findings(args.session, args.seconds)
    except DescriptionError as error:
        if args.json and error.key:
            print(json.dumps([misplaced(str(error.file), error.key, error.problem).__dict__], indent=2))
        raise
    if args.json:
        print(json.dumps([finding.__dict__ for finding in findings], indent=2))
    else:
        print(table(findings))
    return 0 if all(finding.ok for finding in findings) else 1


def _findings(name_or_path: str | None, seconds: float) -> "list[Finding]":
    from port_session.commands.running import choose
    from port_session.supervisor.runtime import running_sessions

    if name_or_path is None:
        return _of_running(choose(None), seconds)
    from port_session.admission.host import before_start
    from port_session.description.resolve import resolve

    resolved = resolve(name_or_path)
    for record in running_sessions():
        if record["session"] == resolved.session:
            return _of_running(record, seconds)
    return before_start(resolved, devices=True)


def _of_running(record: dict[str, Any], seconds: float) -> "list[Finding]":
    import msgspec

    from port_session.admission.judge import Expected, judge, not_required
    from port_session.description.expectations import Stream
    from port_session.ros.observer import observe

    streams = [msgspec.convert(stream, Stream) for stream in record["streams"]]
    required = record["required_diagnostics"]
    command_out = record["description"]["robot"]["topics"]["command_out"]
    expected = Expected(streams, required, record["namespace"], command_out)
    seen = observe(record, expected, seconds)
    return [*judge(seen, expected), *not_required(seen, required)]
