"""In which ROS domains processes of this machine are, by the UDP ports that they have bound. Linux only.

A participant has two ports side by side in the range of its domain (DDSI-RTPS 2.5, 9.6.1.1), however far its
announcements reach: one that keeps to localhost is found here and by no listening.
"""

import contextlib
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

from port_session.robots.participant import DOMAINS, Participant, announcement_port
from port_session.supervisor import guardian, linux

_TABLE = Path("/proc/net/udp")
_FIRST_PORT = announcement_port(0)
_PORTS_A_DOMAIN = announcement_port(1) - _FIRST_PORT
#: Ports of metatraffic are even, the next one is that participant's for messages; 2 to 9 are nobody's.
_NOBODYS = range(2, 10)
_SOCKET = "socket:["
_NAME_LENGTH = 40
#: It answers `ros2 topic list` and the like, and is no part of a robot.
_DAEMON = b"ros2-daemon"


def local_participants() -> tuple[Participant, ...]:
    """Programs of others in a ROS domain on this machine, as far as this user may see them: none of a session's own.

    Nobody where the kernel does not show its sockets.
    """
    try:
        sockets = sockets_by_port(_TABLE.read_text("ascii", "replace").splitlines()[1:])
    except OSError:
        return ()
    found = []
    for pid in _strangers():
        inodes = set(_inodes(pid))
        ports = [port for port, owners in sockets.items() if owners & inodes]
        found += [Participant(domain, "", f"{_name(pid)} [{pid}]") for domain in domains_of(ports)]
    return tuple(found)


def sockets_by_port(lines: Iterable[str]) -> dict[int, set[str]]:
    """Port and inodes of the sockets bound to it. lines: of /proc/net/udp, without its head."""
    sockets: dict[int, set[str]] = defaultdict(set)
    for line in lines:
        words = line.split()
        if (
            len(words) > 9
        ):  # number, local address, remote address, state, queues, timer, retransmits, uid, timeout, inode
            sockets[int(words[1].rpartition(":")[2], 16)].add(words[9])
    return sockets


def domains_of(ports: Iterable[int]) -> tuple[int, ...]:
    """The domains of a process that has bound these: both ports of one participant are among them."""
    found = set()
    for port, next_port in pairwise(sorted(set(ports))):
        domain, offset = divmod(port - _FIRST_PORT, _PORTS_A_DOMAIN)
        pair = next_port == port + 1 and offset % 2 == 0
        if pair and domain in DOMAINS and offset not in _NOBODYS:
            found.add(domain)
    return tuple(sorted(found))


def _strangers() -> Iterator[int]:
    """Processes that are neither a session's, nor this one, nor ROS's own."""
    mark = f"{guardian.MARK}=".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        pid = int(folder.name)
        own = pid == os.getpid() or any(entry.startswith(mark) for entry in linux.environment(pid))
        if not own and _DAEMON not in _words(pid):
            yield pid


def _inodes(pid: int) -> Iterator[str]:
    with contextlib.suppress(OSError):
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                target = str(entry.readlink())
                if target.startswith(_SOCKET):
                    yield target[len(_SOCKET) : -1]


def _name(pid: int) -> str:
    """The program, and of an interpreter what it runs; the text of a program is no name."""
    words = [word.decode("utf-8", "replace") for word in _words(pid) if not word.startswith(b"-")]
    names = [Path(word).name for word in words[:2] if word.isprintable() and " " not in word]
    return " ".join(names)[:_NAME_LENGTH]


def _words(pid: int) -> list[bytes]:
    """Its command line; empty where it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").split(b"\0")
    except OSError:
        return []
