"""Names that one process on this machine can hold at a time, and that free themselves when it dies.

A lease is a bound abstract unix socket: the kernel drops it with its holder, so no stale lock file can exist.
"""

import errno
import socket
from pathlib import Path

from port_session.supervisor.errors import StartError

#: Domains that sessions without one of their own choose from.
FREE_DOMAINS = range(80, 100)


class Lease:
    """A held name; `release()` or the end of the process frees it."""

    def __init__(self, name: str) -> None:
        """Raises FileExistsError if somebody holds `name`."""
        self.name = name
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._socket.bind(f"\0{name}")
        except OSError as error:
            self._socket.close()
            if error.errno == errno.EADDRINUSE:
                raise FileExistsError(name) from None
            raise

    def fileno(self) -> int:
        return self._socket.fileno()

    def release(self) -> None:
        self._socket.close()


def held(name: str) -> bool:
    """Whether somebody holds `name`, without touching it."""
    lines = Path("/proc/net/unix").read_text(encoding="utf-8", errors="replace").splitlines()
    return any(line.endswith(f" @{name}") for line in lines)


def session_lease_name(run: str) -> str:
    """The name that the supervisor of the session with runtime folder `run` holds."""
    return f"port-run:{run}"


def lease_domain(domain: int | None) -> tuple[int, Lease]:
    """The ROS domain of a session and the lease on it: `domain`, or the first free one. Raises StartError."""
    if domain is not None:
        try:
            return domain, Lease(f"port-domain-{domain}")
        except FileExistsError:
            raise StartError(
                f"ROS domain {domain} is used by another session on this machine",
                "end that one, or choose another with --domain (without it a free one is taken)",
            ) from None
    for free in FREE_DOMAINS:
        try:
            return free, Lease(f"port-domain-{free}")
        except FileExistsError:
            continue
    raise StartError(
        f"the ROS domains {FREE_DOMAINS[0]}..{FREE_DOMAINS[-1]} are all in use",
        "end a session, or name another with --domain",
    )
