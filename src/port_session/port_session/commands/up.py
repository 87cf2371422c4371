"""`port up`: start a session, stay until it ends, leave nothing behind."""

import argparse
import asyncio
import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from port_session.description.resolve import Resolved
    from port_session.supervisor.supervisor import Event


def add(commands: Any) -> None:
    """The words of `port up`."""
    parser = commands.add_parser("up", help="start a session and stay until it ends", description=__doc__)
    parser.add_argument("session", help="name or file of the session")
    parser.add_argument("--out", metavar="DIR", help="where evidence and logs go (default: out/SESSION)")
    parser.add_argument("--domain", type=_domain, metavar="N", help="ROS domain (default: a free one)")
    parser.add_argument("--verbose", action="store_true", help="show what every process prints")
    parser.add_argument(
        "--end-with-parent", type=int, metavar="PID", help="end when this process, which has started it, has ended"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Start, watch, end. 0 after a stop by Ctrl-C or SIGTERM, else the exit code of the process that ended it."""
    from port_session.admission.host import before_start
    from port_session.description.resolve import resolve
    from port_session.supervisor.runtime import refuse_if_running

    resolved = resolve(args.session, args.out)
    refuse_if_running(resolved)  # first: what it uses is in use, and not to be taken from it
    findings = before_start(resolved)
    for finding in findings:
        if finding.unlikely:
            print(f"port: unlikely: {finding.line}; {finding.remedy}", file=sys.stderr)
    obstacles = [finding for finding in findings if not finding.ok]
    for finding in obstacles:
        print(f"port: {finding.line}; {finding.remedy}", file=sys.stderr)
    if obstacles:
        return 2
    return asyncio.run(_run(resolved, args))


async def _run(resolved: "Resolved", args: argparse.Namespace) -> int:
    from port_session.supervisor.interrupts import end_with_parent, heed
    from port_session.supervisor.supervisor import Supervisor

    def on_line(name: str, line: str) -> None:
        if args.verbose:
            _print(f"[{name}] {line}")

    supervisor = Supervisor(
        resolved, domain=args.domain, on_event=lambda event: _tell(event, args.verbose), on_line=on_line
    )
    heed(supervisor)
    if args.end_with_parent is not None:
        end_with_parent(supervisor, args.end_with_parent)
    async with supervisor:
        _say(f"session {resolved.session}: {len(resolved.processes)} processes, ROS domain {supervisor.domain}")
        _say(f"dashboard {resolved.dashboard_url}")
        _say(f"evidence  {resolved.out}")
        _say("port check tells whether all is well; Ctrl-C ends the session")
        code = await supervisor.wait()
        _say("ending the session: the robot first, then who watches it")
    for line in _leave_behind(resolved.out, supervisor.exit_codes, supervisor.orphans or 0):
        _say(line)
    unclean = ", ".join(f"{name} {code}" for name, code in supervisor.exit_codes.items() if code)
    _say(f"ended, {supervisor.orphans} orphans, exit codes {unclean or 'all 0'}; logs in {resolved.out}/log")
    return code


def _leave_behind(out: str, exit_codes: dict[str, int], orphans: int) -> list[str]:
    """Keep for the report how the processes ended; returns where the evidence lies and what makes a report of it."""
    from port_session.session.log import write_json

    lines = [f"evidence in {out}; make its report: port report {shlex.quote(out)}"]
    try:
        write_json(Path(out) / "exit_codes.json", exit_codes)
        write_json(Path(out) / "orphans.json", orphans)
    except OSError as error:
        lines.insert(0, f"how the processes ended is not kept: {error.filename or out}: {error.strerror or error}")
    return lines


def _tell(event: "Event", verbose: bool) -> None:
    if verbose or event.kind != "started":
        _say(event.text)


def _say(text: str) -> None:
    _print(f"port: {text}")


def _print(line: str) -> None:
    """To whoever listens: a terminal that was closed, or a parent that died, must not keep a session from its end."""
    try:
        print(line, flush=True)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _domain(text: str) -> int:
    if not text.isdecimal() or not 0 <= int(text) <= 101:
        raise argparse.ArgumentTypeError(f"expected a whole number 0..101, got {text!r}")
    return int(text)
