"""Several teams at one broker over TLS: each gets what is its own, sealed, and nothing of the others."""

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from paho.mqtt.client import Client, MQTTMessage, MQTTProtocolVersion
from paho.mqtt.enums import CallbackAPIVersion

from port_telemetry import key_files, keys
from port_telemetry.core.record import Numbering, Stream
from port_telemetry.core.seal import Sealer
from port_telemetry.core.sparkplug.edge_node import EdgeNode
from port_telemetry.ingest import unseal
from port_telemetry.ingest.link import Inbox, Message
from port_telemetry.ingest.main import client_name
from port_telemetry.ingest.main import main as ingest_main
from port_telemetry.ingest.service import Ingest
from port_telemetry.ingest.sqlite_store import SqliteStore
from port_telemetry.mqtt import command
from port_telemetry.mqtt.broker import program
from port_telemetry.mqtt.client import Sender
from port_telemetry.mqtt.sparkplug import Projection
from port_telemetry.mqtt.target import Target, Tls
from port_telemetry.spool.spool import Spool
from tests.broker import free_port
from tests.waiting import PATIENCE_S, wait_until

_SECRET_WORDS = b'{"payload":"how our robot walks"}'


class Ground:
    """A broker for the teams red and blue, and an edge that runs a session of team blue."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        words = ["acl", "--out", str(folder), "--site", "hall", "--edge", "edge-1", "--edge", "edge-2"]
        assert command.main([*words, "--team", "blue", "--team", "red", "--port", str(self.port)]) == 0
        self.process = subprocess.Popen([program("mosquitto"), "-c", str(folder / "mosquitto.conf")], env=os.environ)
        wait_until(self.answers, what="mosquitto listens")

    def answers(self) -> bool:
        try:
            Listener(self, "facility", "nothing").close()
        except OSError:
            return False
        return True

    def tls(self, name: str) -> Tls:
        files = [str(self.folder / file) for file in ("ca.crt", f"{name}.crt", f"{name}.key")]
        return Tls(*files)

    def target(self, edge: str, name: str = "") -> Target:
        return Target("127.0.0.1", self.port, "hall", edge, "demo", tls=self.tls(name or f"edge.{edge}"))


class Listener:
    """A client with the certificate of `name`, and every message it gets; called `called` at the broker."""

    def __init__(self, ground: Ground, name: str, topics: str = "#", called: str = "") -> None:
        self.messages: list[MQTTMessage] = []
        subscribed = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2, called, protocol=MQTTProtocolVersion.MQTTv5)
        self._client.tls_set_context(ground.tls(name).context())
        self._client.on_connect = lambda client, *_: client.subscribe(topics, qos=1)
        self._client.on_subscribe = lambda *_: subscribed.set()
        self._client.on_message = lambda _, __, message: self.messages.append(message)
        self._client.connect("127.0.0.1", ground.port)
        self._client.loop_start()
        assert subscribed.wait(PATIENCE_S)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


class FakeLink:
    """Where the ingest's acks go when there is no network."""

    def publish(self, topic: str, payload: bytes, signature: str) -> None:
        pass


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    ground = Ground(tmp_path / "ground")
    yield ground
    ground.process.kill()
    ground.process.wait()


def run_session(ground: Ground, folder: Path, count: int = 20) -> None:
    """Blue's session on edge-1: sealed samples, and safety events for everyone at the site."""
    keys.new(folder / "blue.key")
    target, spool = ground.target("edge-1"), Spool(folder / "spool")
    sender, numbering = Sender(target, spool), Numbering(spool.epoch)
    sealer = Sealer(key_files.public_key(folder / "blue.pub"))
    sender.offer(sealer.key_record(target.team_topic("blue", "key"), numbering, 1))
    for number in range(count):
        topic = target.team_topic("blue", "samples")
        record = numbering.record(topic, Stream.RECORDED, _SECRET_WORDS, "json/x/1", number * 10**9)
        sender.offer(sealer.seal(record))
        event = target.topic("safety/event")
        sender.offer(numbering.record(event, Stream.EVENT, b'{"kind":"STOP"}', "json/safety_event/1", number))
    wait_until(lambda: spool.flush(0.0) and spool.stored_records == 0)
    sender.close()
    spool.close()


def test_a_team_gets_its_own_and_of_the_others_not_a_byte(ground: Ground, tmp_path: Path) -> None:
    listeners = {name: Listener(ground, name) for name in ("team.blue", "team.red", "edge.edge-2", "facility")}
    run_session(ground, tmp_path)
    wait_until(lambda: len(listeners["facility"].messages) >= 41)
    wait_until(lambda: len(listeners["team.blue"].messages) == 21)
    for listener in listeners.values():
        listener.close()
    assert listeners["team.red"].messages == [] and listeners["edge.edge-2"].messages == []
    # What the facility and the broker have of a sealed stream holds no word of it.
    assert all(b"walks" not in message.payload for message in listeners["facility"].messages)


def test_the_team_opens_its_stream_and_a_wrong_key_is_named(
    ground: Ground, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    facility = Listener(ground, "facility")
    run_session(ground, tmp_path)
    wait_until(lambda: len([m for m in facility.messages if "/t/blue/" in m.topic]) == 21)
    facility.close()
    inbox, database = Inbox(), SqliteStore(tmp_path / "facility.sqlite")
    ingest = Ingest(FakeLink(), inbox, database, None)  # type: ignore[arg-type]
    for message in facility.messages:
        inbox.put(Message(message.topic, message.payload, dict(getattr(message.properties, "UserProperty", []))))
    ingest.close()
    database.close()
    assert b"walks" not in (tmp_path / "facility.sqlite").read_bytes()
    words = ["samples", "--store", str(tmp_path / "facility.sqlite"), "--key"]
    assert unseal.main([*words, str(tmp_path / "blue.key")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 21 and lines[1].endswith("how our robot walks")
    keys.new(tmp_path / "red.key")
    assert unseal.main([*words, str(tmp_path / "red.key")]) == 2
    assert "is sealed to key" in capsys.readouterr().err
    assert unseal.main([*words, str(tmp_path / "lost.key")]) == 2


def test_an_edge_cannot_speak_for_another(ground: Ground, tmp_path: Path) -> None:
    facility = Listener(ground, "facility")
    target, spool = ground.target("edge-1", "edge.edge-2"), Spool(tmp_path / "spool")
    sender = Sender(target, spool)
    sender.offer(Numbering(spool.epoch).record(target.topic("safety/event"), Stream.EVENT, b"{}", "json/x/1", 0))
    wait_until(lambda: "refused" in sender.status().failure)
    sender.close(0.1)
    assert spool.stored_records == 1
    spool.close()
    facility.close()
    assert not [message for message in facility.messages if "edge-1" in message.topic]


def test_who_has_no_certificate_does_not_get_in(ground: Ground, tmp_path: Path) -> None:
    stranger = Target("127.0.0.1", ground.port, "hall", "edge-1", "demo", tls=Tls(str(ground.folder / "ca.crt")))
    spool = Spool(tmp_path / "spool")
    sender = Sender(stranger, spool)
    wait_until(lambda: sender.status().failure)
    assert not sender.status().connected
    sender.close(0.1)
    spool.close()


def test_certificates_are_kept_when_a_team_is_added(tmp_path: Path) -> None:
    words = ["acl", "--out", str(tmp_path), "--site", "hall", "--edge", "edge-1", "--team", "blue"]
    assert command.main(words) == 0
    before = {name: (tmp_path / name).read_bytes() for name in ("ca.crt", "team.blue.crt", "facility-ack.key")}
    assert command.main([*words, "--team", "red"]) == 0
    assert {name: (tmp_path / name).read_bytes() for name in before} == before
    assert (tmp_path / "team.red.crt").exists() and "user team.red" in (tmp_path / "acl").read_text()
    assert (tmp_path / "ca.key").stat().st_mode & 0o777 == 0o600
    assert command.main(["acl", "--out", str(tmp_path), "--site", "a/b"]) == 2


def test_a_scada_host_sees_the_projection_and_neither_streams_nor_another_edges_word(
    ground: Ground, tmp_path: Path
) -> None:  # fmt: skip
    """And a team sees no projection: it is the ground's."""
    listeners = {name: Listener(ground, name) for name in ("scada", "team.blue", "edge.edge-2")}
    shown = Projection(ground.target("edge-1"), EdgeNode("hall", "edge-1", ()), tmp_path / "bdseq")
    liar = Projection(ground.target("edge-1", "edge.edge-2"), EdgeNode("hall", "edge-1", ()), tmp_path / "liar")
    run_session(ground, tmp_path, 1)
    wait_until(lambda: shown.status().born and (liar.status().born or "refused" in liar.status().failure))
    births = shown.status().births
    liar.close()
    shown.close()
    wait_until(lambda: any(message.topic == "spBv1.0/hall/NDEATH/edge-1" for message in listeners["scada"].messages))
    for listener in listeners.values():
        listener.close()
    assert len([message for message in listeners["scada"].messages if "/NBIRTH/" in message.topic]) == births
    assert all(message.topic.startswith("spBv1.0/hall/") for message in listeners["scada"].messages)
    assert listeners["edge.edge-2"].messages == []
    assert all("spBv1.0" not in message.topic for message in listeners["team.blue"].messages)


def test_the_ingest_stores_one_site_over_tls_with_the_facilitys_certificate(ground: Ground, tmp_path: Path) -> None:
    store = tmp_path / "facility.sqlite"
    files = {"ca-file": "ca.crt", "cert-file": "facility.crt", "client-key-file": "facility.key"}
    words = ["--port", str(ground.port), "--site", "hall", "--key", str(ground.folder / "facility-ack.key")]
    words += ["--store", str(store)]
    for name, file in files.items():
        words += [f"--{name}", str(ground.folder / file)]
    ingest = subprocess.Popen([sys.executable, "-m", "port_telemetry.ingest.main", *words], env=os.environ)
    target = replace(ground.target("edge-1"), facility_key_file=str(ground.folder / "facility-ack.pub"))
    spool = Spool(tmp_path / "spool")
    sender, numbering = Sender(target, spool), Numbering(spool.epoch)
    try:
        for number in range(10):
            topic = target.topic("safety/event")
            sender.offer(numbering.record(topic, Stream.EVENT, b"{}", "json/safety_event/1", number))
        wait_until(lambda: spool.flush(0.0) and spool.stored_records == 0, what="the facility acknowledges")
    finally:
        sender.close(0.1)
        spool.close()
        ingest.kill()
        ingest.wait()
    with sqlite3.connect(store) as database:
        assert database.execute("SELECT count(*) FROM record").fetchone() == (10,)


def test_an_ingest_with_a_wrong_certificate_file_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ingest_main(["--ca-file", str(tmp_path / "none.crt"), "--store", str(tmp_path / "f.sqlite")]) == 2
    assert "none.crt" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        ingest_main(["--site", "a/b"])


def test_nobody_pushes_an_edge_out_by_calling_himself_the_same(ground: Ground, tmp_path: Path) -> None:
    """A team knows edge, session and epoch from what it reads; they do not make the name of the connection."""
    facility = Listener(ground, "facility")
    target, spool = ground.target("edge-1"), Spool(tmp_path / "spool")
    sender, numbering = Sender(target, spool), Numbering(spool.epoch)
    wait_until(lambda: sender.status().connected)
    Listener(ground, "team.red", called=f"port-edge-1-demo-{spool.epoch}").close()
    sender.offer(numbering.record(target.topic("safety/event"), Stream.EVENT, b"{}", "json/x/1", 1))
    wait_until(lambda: any(message.topic.endswith("safety/event") for message in facility.messages))
    assert len([message for message in facility.messages if message.topic.endswith("/conn")]) == 1
    sender.close()
    spool.close()
    facility.close()


def test_the_name_of_an_ingest_is_its_own_and_the_same_again() -> None:
    one, other = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    assert client_name(8883, "hall", one) == client_name(8883, "hall", one)
    assert len({client_name(8883, site, key) for site in ("hall", None) for key in (one, other, None)}) == 6
