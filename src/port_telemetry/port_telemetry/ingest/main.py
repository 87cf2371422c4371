"""The facility's end: stores what edges send and acknowledges it.

port ingest --host H --port N --user facility --password-file F --key facility.key --store FILE|URL [--out FILE]
            [--site SITE] [--ca-file F --cert-file F --client-key-file F]
            [--edge-keys DIR]
"""

import argparse
import contextlib
import hmac
import re
import signal
import socket
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from port_ros.threads import on_thread_death
from port_telemetry.files import KeyFileError, signing_key, write_atomically
from port_telemetry.ingest.link import ALL_TOPICS, Inbox, Link
from port_telemetry.ingest.service import Ingest
from port_telemetry.ingest.sqlite_store import SqliteStore
from port_telemetry.ingest.store import Database, StoreError, refuse_password
from port_telemetry.mqtt.target import LEVEL, Tls

_EXIT_FAILED, _EXIT_CANNOT_START = 1, 2
_KEY_WAIT_S = 10.0


def open_database(where: str) -> Database:
    """The database that a file name or a URL means. Raises StoreError."""
    if where.startswith(("postgresql://", "postgres://")):
        # Only those who name it need its client library.
        from port_telemetry.ingest.postgres_store import PostgresStore

        refuse_password(where)
        return PostgresStore(where)
    return SqliteStore(Path(where))


def load_key(path: Path | None, stop: threading.Event) -> Ed25519PrivateKey | None:
    """The signing key; waits a while for the embedded broker to make it. Raises KeyFileError, OSError."""
    until_s = time.monotonic() + _KEY_WAIT_S
    while path is not None and not path.exists() and time.monotonic() < until_s and not stop.wait(0.05):
        pass
    return signing_key(path) if path else None


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="port ingest", description=(__doc__ or "").split("\n", 1)[0])
    made.add_argument("--host", default="127.0.0.1")
    made.add_argument("--port", type=int, default=18830)
    made.add_argument("--site", type=_level, help="only this one of the sites at the broker; without it all")
    made.add_argument("--user", default="")
    made.add_argument("--password-file", type=Path)
    made.add_argument("--ca-file", default="", help="TLS: who may vouch for the broker")
    made.add_argument("--cert-file", default="", help="TLS: who this is, with --client-key-file")
    made.add_argument("--client-key-file", default="")
    made.add_argument("--key", type=Path, help="Ed25519 key that signs the acks; without it none are sent")
    made.add_argument("--edge-keys", type=Path, metavar="DIR", help="EDGE.pub in it: EDGE's safety messages are signed")
    made.add_argument("--store", default="facility.sqlite", help="SQLite file or postgresql:// URL")
    made.add_argument("--out", type=Path, help="account as JSON, written anew each second")
    return made


def main(args: Sequence[str] | None = None) -> int:
    """Run until SIGINT or SIGTERM."""
    options, _ = parser().parse_known_args(args)
    stop, deaths = threading.Event(), list[str]()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())

    def end(death: str) -> None:
        deaths.append(death)
        stop.set()

    on_thread_death(end)
    try:
        key = load_key(options.key, stop)
        link, database = _link(options, key), open_database(options.store)
    except (KeyFileError, OSError, StoreError) as error:
        print(f"ingest: {error}", file=sys.stderr)
        return _EXIT_CANNOT_START
    _serve(options, link, key, database, stop)
    for death in deaths:
        print(f"ingest: {death}", file=sys.stderr)
    return _EXIT_FAILED if deaths else 0


def _level(text: str) -> str:
    if not re.match(LEVEL, text):
        raise argparse.ArgumentTypeError(f"{text!r} is no topic level (letters, digits, . _ -)")
    return text


def client_name(port: int, site: str | None, key: Ed25519PrivateKey | None) -> str:
    """A fixed name: a second ingest of the same here takes over instead of storing everything twice.

    It cannot be guessed without `key`: who called himself the same, of whatever team, would end our connection.
    """
    name = "-".join(["port-ingest", socket.gethostname(), str(port), *filter(None, [site])])
    if key is None:
        return name
    return f"{name}-{hmac.digest(key.private_bytes_raw(), name.encode(), 'sha256').hex()[:16]}"


def _link(options: argparse.Namespace, key: Ed25519PrivateKey | None) -> Link:
    name = client_name(options.port, options.site, key)
    topics = f"port/v1/{options.site}/#" if options.site else ALL_TOPICS
    tls = Tls(options.ca_file, options.cert_file, options.client_key_file) if options.ca_file else None
    return Link(options.host, options.port, name, options.user, options.password_file, Inbox(), topics, tls)


def _serve(
    options: argparse.Namespace, link: Link, key: Ed25519PrivateKey | None, database: Database, stop: threading.Event
) -> None:
    ingest = Ingest(link, link.inbox, database, key, options.edge_keys)
    link.start()

    def report() -> None:
        # A full disk costs the account, not the records.
        with contextlib.suppress(OSError):
            if options.out:
                write_atomically(options.out, orjson.dumps(ingest.summary()))

    while not stop.wait(1.0):
        report()
    _drain(ingest)
    ingest.close()
    link.close()
    database.close()
    report()


def _drain(ingest: Ingest, quiet_s: float = 0.3, longest_s: float = 2.0) -> None:
    """Wait until nothing more arrives: what the edge sent last may still be on its way."""
    until_s, before = time.monotonic() + longest_s, -1
    while time.monotonic() < until_s and (now := ingest.summary()["received"]) != before:
        before = now
        time.sleep(quiet_s)


if __name__ == "__main__":
    sys.exit(main())
