"""The runtime folder of a session: made before its start, found by other commands, gone with its end.

Starts no process.
"""

import contextlib
import datetime
import json
import os
import shutil
import sqlite3
import time
from pathlib import Path
from typing import Any

import msgspec

from port_ros.network_address import tree_without_logins
from port_ros.runtime_folder import RECORD, records, runtime_root
from port_ros.session_key import SESSION_KEY_FILE, make_key_file
from port_session.description.resolve import Resolved
from port_session.session.catalogue import Catalogue, catalogue_file, entry_of
from port_session.supervisor import guardian, linux
from port_session.supervisor.errors import StartError
from port_session.supervisor.leases import Lease, held, lease_domain, session_lease_name
from port_session.supervisor.middleware import PROFILE, PROFILE_FILE, decisive_environment

#: In the folder of the evidence: the description as it was understood; also the mark that the folder is a session's.
DESCRIPTION = "description.json"


class Runtime:
    """A claimed session: its folder, its ROS domain, and its place for evidence."""

    def __init__(self, resolved: Resolved, domain: int | None = None) -> None:
        """Claim folder and domain, and lay out the files. Raises StartError where somebody else holds them."""
        self.resolved = resolved
        self.run, self.out = Path(resolved.run), Path(resolved.out)
        refuse_if_running(resolved)
        try:
            self._session_lease = Lease(session_lease_name(resolved.run))
        except FileExistsError:  # nothing of it is there to be looked at: somebody was quicker, or it is all but gone
            problem = f"session {resolved.session} is being started, or has not quite ended"
            raise StartError(problem, "try again in a second; `port check` shows it") from None
        try:
            self.domain, self._domain_lease = lease_domain(resolved.domain if domain is None else domain)
        except StartError:
            self._session_lease.release()
            raise
        try:
            self._lay_out()
        except OSError as error:
            self.release()
            raise StartError(f"{error.filename}: {error.strerror}", "make the folder writable for this user") from None

    def _lay_out(self) -> None:
        _private_folder(runtime_root())
        if self.run.exists():  # nothing of it runs any more: what a killed session left
            shutil.rmtree(self.run)
        for folder in (self.run, self.run / "params", self.run / "dev"):
            folder.mkdir(mode=0o700)
        before = make_way(self.out)
        (self.out / "log").mkdir(parents=True, exist_ok=True)
        write_text(self.run / PROFILE_FILE, PROFILE)
        make_key_file(self.run / SESSION_KEY_FILE)
        write_text(Path(self.resolved.ground_file), json.dumps(self.resolved.ground, indent=2))
        self.write_record({})
        write_text(self.out / DESCRIPTION, json.dumps(_told(self.resolved), indent=2))
        self.catalogue_problem = self._remember(before)

    def _remember(self, before: Path | None) -> str:
        """Put the session into the catalogue; why that was not possible, or empty: a session never waits for it."""
        try:
            catalogue = Catalogue(catalogue_file())
            if before is not None:
                catalogue.moved(str(self.out.absolute()), str(before.absolute()))
            catalogue.remember(entry_of(self.out, _told(self.resolved), time.time_ns()))
        except (sqlite3.Error, OSError, RuntimeError) as error:  # RuntimeError: a service may have no home
            return f"`port session list` will not know of it: {error}"
        return ""

    @property
    def lease_descriptors(self) -> tuple[int, int]:
        """Whoever inherits them holds name and domain too."""
        return self._session_lease.fileno(), self._domain_lease.fileno()

    def write_record(self, pids: dict[str, int], mark: str = "") -> None:
        """session.json, for whoever looks for a running session, and for its processes' end. mark: the guardian's."""
        record = {
            **_told(self.resolved),
            "pid": os.getpid(),
            "pids": pids,
            "mark": mark,
            "domain": self.domain,
            "environment": decisive_environment(os.environ, self.run),
        }
        write_text(self.run / RECORD, json.dumps(record, indent=2))

    def release(self) -> None:
        """Remove the folder and free session name and domain."""
        with contextlib.suppress(OSError):
            shutil.rmtree(self.run)
        self._domain_lease.release()
        self._session_lease.release()


def running_sessions() -> list[dict[str, Any]]:
    """The records of the sessions of this user that run now."""
    return [record for folder, record in records().items() if held(session_lease_name(str(folder))) or living(record)]


def living(record: dict[str, Any]) -> list[str]:
    """Names of the processes of this record that live, whoever may have started and left them."""
    entry = f"{guardian.MARK}={record.get('mark') or None}".encode()
    return [name for name, pid in record.get("pids", {}).items() if entry in linux.environment(pid)]


def refuse_if_running(resolved: Resolved) -> None:
    """Raises StartError, with what is known of it, if this session runs on this machine."""
    for record in running_sessions():
        if record["run"] != resolved.run:
            continue
        if held(session_lease_name(resolved.run)) and linux.exists(record["pid"]):
            raise StartError(
                f"session {resolved.session} runs already: pid {record['pid']}, ROS domain {record['domain']}, "
                f"page {record['dashboard_url']}, evidence {record['out']}",
                f"look at it with `port check`; `kill -INT {record['pid']}`, or Ctrl-C where it was started, ends it",
            )
        left = ", ".join(f"{name} {record['pids'][name]}" for name in living(record)) or "almost gone"
        raise StartError(
            f"session {resolved.session} is still ending, its supervisor was killed: {left}",
            "wait until these have ended; they stop the robot first",
        )


def _told(resolved: Resolved) -> dict[str, Any]:
    """The session for everybody: a login that stands in an address is for its driver alone."""
    tree: dict[str, Any] = tree_without_logins(msgspec.to_builtins(resolved))
    return tree


def make_way(out: Path) -> Path | None:
    """Evidence is never overwritten: an earlier session's folder is renamed by its time; its new name, or None."""
    if not (out / DESCRIPTION).is_file():
        return None
    when = datetime.datetime.fromtimestamp((out / DESCRIPTION).stat().st_mtime, tz=datetime.UTC)
    target = base = out.with_name(f"{out.name}.{when:%Y%m%dT%H%M%SZ}")
    number = 1
    while target.exists():
        number += 1
        target = base.with_name(f"{base.name}.{number}")
    out.rename(target)
    return target


def write_text(path: Path, text: str) -> None:
    """Write whole or not at all: a reader never sees half a file."""
    draft = path.with_name(f".{path.name}.new")
    draft.write_text(text + "\n", encoding="utf-8")
    draft.replace(path)


def _private_folder(folder: Path) -> None:
    """`folder` and its parent, ours alone: in /tmp somebody else could have made them first."""
    for part in (folder.parent, folder):
        part.mkdir(mode=0o700, exist_ok=True, parents=True)
    if folder.parent.stat().st_uid != os.getuid() or folder.is_symlink():
        raise StartError(f"{folder.parent} belongs to another user", "set XDG_RUNTIME_DIR to a folder of your own")
    folder.chmod(0o700)
