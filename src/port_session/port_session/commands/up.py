"""`port up`: start a session, stay until it ends, leave nothing behind."""

import argparse
import asyncio
import signal
import sys
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
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Start, watch, end. 0 after a stop by Ctrl-C or SIGTERM, else the exit code of the process that ended it."""
    from port_session.admission.host import before_start
    from port_session.description.resolve import resolve

    resolved = resolve(args.session, args.out)
    obstacles = [finding for finding in before_start(resolved) if not finding.ok]
    for finding in obstacles:
        print(f"port: {finding.line}; {finding.remedy}", file=sys.stderr)
    if obstacles:
        return 2
    return asyncio.run(_run(resolved, args.domain, args.verbose))


async def _run(resolved: "Resolved", domain: int | None, verbose: bool) -> int:
    from port_session.supervisor.supervisor import Supervisor

    supervisor = Supervisor(
        resolved, domain=domain, on_event=lambda event: _tell(event, verbose), on_line=_echo if verbose else _silent
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, supervisor.request_stop)
    async with supervisor:
        _say(f"session {resolved.session}: {len(resolved.processes)} processes, ROS domain {supervisor.domain}")
        _say(f"dashboard {resolved.dashboard_url}")
        _say(f"evidence  {resolved.out}")
        _say("port check tells whether all is well; Ctrl-C ends the session")
        code = await supervisor.wait()
        _say("ending the session")
    unclean = ", ".join(f"{name} {code}" for name, code in supervisor.exit_codes.items() if code)
    _say(f"ended, {supervisor.orphans} orphans, exit codes {unclean or 'all 0'}; logs in {resolved.out}/log")
    return code


def _tell(event: "Event", verbose: bool) -> None:
    if verbose or event.kind != "started":
        _say(event.text)


def _echo(name: str, line: str) -> None:
    print(f"[{name}] {line}", flush=True)


def _silent(name: str, line: str) -> None:
    pass


def _say(text: str) -> None:
    print(f"port: {text}", flush=True)


def _domain(text: str) -> int:
    if not text.isdecimal() or not 0 <= int(text) <= 101:
        raise argparse.ArgumentTypeError(f"expected a whole number 0..101, got {text!r}")
    return int(text)
