"""Who has a device open, found without opening it: opening a port toggles its lines, and a driver may be at work on it.

Two sources: the open files of the processes that this user may look into, and the kernel's list of file locks, which
names every process; drivers lock the ports they open. Source: proc(5), flock(2).
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")


@dataclass(frozen=True, order=True)
class Holder:
    """A process. name: as the kernel has it, empty if it ended meanwhile."""

    pid: int
    name: str = ""

    def __str__(self) -> str:
        return f"{self.name or 'a process'} (process {self.pid})"


def holders(paths: Iterable[str]) -> dict[str, tuple[Holder, ...]]:
    """Of each of `paths` (links are followed) which processes have it open or locked, as far as can be seen."""
    wanted = {path: os.path.realpath(path) for path in paths}
    pids: dict[str, set[int]] = {node: set() for node in wanted.values()}
    _add_open(pids)
    _add_locked(pids)
    return {path: tuple(sorted(Holder(pid, _name(pid)) for pid in pids[node])) for path, node in wanted.items()}


def _add_open(pids: dict[str, set[int]]) -> None:
    for folder in _PROC.glob("[0-9]*"):
        try:
            for link in (folder / "fd").iterdir():
                if (target := str(link.readlink())) in pids:
                    pids[target].add(int(folder.name))
        except OSError:  # ended meanwhile, or somebody else's
            continue


def _add_locked(pids: dict[str, set[int]]) -> None:
    """Lines of /proc/locks: `1: FLOCK ADVISORY WRITE pid major:minor:inode 0 EOF`."""
    files = {key: node for node in pids if (key := _lock_key(node))}
    try:
        lines = (_PROC / "locks").read_text().splitlines()
    except OSError:
        return
    for words in map(str.split, lines):
        if len(words) > 5 and words[5] in files and words[4].isdigit():
            pids[files[words[5]]].add(int(words[4]))


def _lock_key(path: str) -> str:
    try:
        about = Path(path).stat()
    except OSError:
        return ""
    return f"{os.major(about.st_dev):02x}:{os.minor(about.st_dev):02x}:{about.st_ino}"


def _name(pid: int) -> str:
    try:
        return (_PROC / str(pid) / "comm").read_text("utf-8", "replace").strip()
    except OSError:
        return ""
