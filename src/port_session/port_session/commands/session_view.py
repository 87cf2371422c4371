"""`port session view`: the session that runs here, live on this terminal, with a key for each step.

It shows session, gate, readiness, runs, events and the next thing to do. Its keys ask for the same steps as the other
words of `port session`; Tab halts from everywhere. q or Ctrl-C leaves it: the session goes on. Nothing resets a stop.
"""

import argparse
import getpass
from typing import Any

from port_session.commands.running import choose
from port_session.commands.words import free_text


def add(actions: Any) -> None:
    """Its words."""
    view = actions.add_parser(
        "view", help="the session that runs here, live, with a key for each step", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    view.add_argument("--session", metavar="NAME", help="which one, if several run")
    view.add_argument(
        "--by", default=getpass.getuser(), type=free_text, metavar="NAME", help="who asks (default: %(default)s)"
    )
    view.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """0 when it was left, 1 if it failed, 2 where no session runs or there is no terminal."""
    from port_ros.command_line import refuse
    from port_session.view.terminal import NoTerminal, TerminalWatch, terminal

    record = choose(args.session)
    try:
        descriptor = terminal()
    except NoTerminal as error:
        return refuse(error)
    from port_session.ros.session_feed import SessionFeed
    from port_session.view.app import SessionView

    with SessionFeed(record, args.by) as feed:
        with TerminalWatch(descriptor) as watch:
            view = SessionView(feed, args.by, mounted=watch.begin)
            view.run(mouse=False)
        picture = feed.picture()
    goes_on = "the session has ended" if picture.gone else "the session goes on"
    state = f" ({picture.session.state.lower()})" if picture.session else ""
    print(f"{record['session']}: the view is left, {goes_on}{state}")
    return 1 if view.return_code else 0
