"""Passwords and private keys stay in their files: in no log, no account, no command line, no payload."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from port_telemetry import key_files, keys
from port_telemetry.core.record import Stream
from port_telemetry.core.seal import Sealer
from port_telemetry.files import make_signing_key
from port_telemetry.mqtt.remembered import remember
from tests.broker import Broker, Reader, properties
from tests.edge import Edge
from tests.facility import Facility
from tests.waiting import wait_until


@pytest.fixture
def edge(broker: Broker, facility: Facility, tmp_path: Path) -> Iterator[Edge]:
    make_signing_key(tmp_path / "edge-1.key")
    edge = Edge(tmp_path / "spool", broker, facility=True, signing=tmp_path / "edge-1.key")
    yield edge
    edge.close()


def secrets(*folders: Path) -> list[bytes]:
    """What nobody may read: passwords, and the inner lines of private keys."""
    found = []
    for file in (file for folder in folders for file in folder.glob("*")):
        if file.suffix == ".password":
            found.append(file.read_bytes().strip())
        if file.suffix == ".key":
            found += [line for line in file.read_bytes().splitlines() if line and not line.startswith(b"---")]
    return found


def test_no_secret_is_in_a_log_an_account_a_command_line_or_a_message(
    edge: Edge, broker: Broker, facility: Facility, reader: Reader, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    keys.new(tmp_path / "blue.key")
    sealer = Sealer(key_files.public_key(tmp_path / "blue.pub"), secret := os.urandom(32))
    edge.sender.offer(sealer.key_record(edge.target.team_topic("blue", "key"), edge.numbering, 1))
    edge.give("safety/event", Stream.EVENT)
    edge.give("samples")
    facility.has("/samples", 1)
    remember(edge.folder, edge.target)
    wait_until(lambda: (edge.folder / "progress.json").exists())
    stranger = Edge(tmp_path / "stranger", broker, user="")
    stranger.give("samples")
    wait_until(lambda: "refused" in stranger.sender.status().failure)
    stranger.close(0.1)
    words = [sys.executable, "-m", "port_telemetry.commands.cli"]
    for more in (["status", str(edge.folder), "--json"], ["status", str(edge.folder)], ["drain", str(edge.folder)]):
        subprocess.run([*words, *more], env=os.environ.copy(), timeout=300)
    lines = [Path(f"/proc/{p.pid}/cmdline").read_bytes() for p in (broker.process, facility.process)]
    account = facility.end()
    printed = capfd.readouterr()
    told = [facility.log, str(account), str(edge.sender.summary()), str(edge.sender.status()), repr(edge.target),
            printed.out, printed.err]  # fmt: skip
    kept = [(edge.folder / name).read_bytes() for name in ("progress.json", "target.json")]
    sent = [message.payload + str(properties(message)).encode() for message in reader.messages]
    everything = b"\n".join([*(text.encode() for text in told), *kept, *sent, *lines, facility.database.read_bytes()])
    hidden = [*secrets(broker.folder, tmp_path), secret, secret.hex().encode()]
    assert len(hidden) >= 7
    assert [each for each in hidden if each in everything] == []
