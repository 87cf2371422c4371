"""A thread that an exception ends takes its process along, for the supervisor to see: half a process says it is well.

Whoever runs a thread names what may happen in it and goes on; this is for what nobody thought of. Python itself would
print it and let the others run on.
"""

import sys
import threading
import traceback
from collections.abc import Callable

from port_ros.network_address import without_logins


def on_thread_death(tell: Callable[[str], None]) -> None:
    """From now on `tell` hears, in the dying thread, which thread was ended and by what, in one line."""

    def hear(args: threading.ExceptHookArgs) -> None:
        name = args.thread.name if args.thread else "a thread"
        said = without_logins(" ".join(str(args.exc_value or "").split()))
        traceback.print_tb(args.exc_traceback, file=sys.stderr)
        tell(f"thread {name!r} was ended by {args.exc_type.__name__}" + (f": {said}" if said else ""))

    threading.excepthook = hear


def forget_thread_death() -> None:
    """Leave threads to Python again."""
    threading.excepthook = threading.__excepthook__
