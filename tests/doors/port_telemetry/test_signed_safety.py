"""Safety messages over a real broker: signed by the edge, believed by the facility and by every reader, or refused."""

import sqlite3
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from port_telemetry.commands import cli
from port_telemetry.core.parcel import Item
from port_telemetry.core.record import Key, Stream
from port_telemetry.core.signature import holds
from port_telemetry.files import make_signing_key, verifying_key
from tests.broker import Broker, Reader, Writer, properties
from tests.edge import Edge
from tests.facility import Facility
from tests.waiting import PATIENCE_S, wait_until

_EVENT, _STATE = "port/v1/hall/edge-1/demo/safety/event", "port/v1/hall/edge-1/demo/safety/state"
_STOP = b'{"kind":"STOP"}'


@pytest.fixture
def signing(facility: Facility) -> Path:
    """The key of edge-1, whose public half the facility has."""
    facility.edges.mkdir(exist_ok=True)
    make_signing_key(facility.edges / "edge-1.key")
    return facility.edges / "edge-1.key"


@pytest.fixture
def edge(broker: Broker, facility: Facility, signing: Path, tmp_path: Path) -> Iterator[Edge]:
    edge = Edge(tmp_path / "spool", broker, facility=True, signing=signing)
    wait_until(lambda: facility.rows("SELECT 1 FROM live"), what="the facility has seen the edge connect")
    yield edge
    edge.close()


@pytest.fixture
def intruder(broker: Broker) -> Iterator[Writer]:
    """Somebody who has the edge's password, but not its key."""
    intruder = Writer(broker, "edge")
    yield intruder
    intruder.close()


def named(edge: Edge, seq: int, **changed: str) -> dict[str, str]:
    """User properties of a safety event of `edge`."""
    return {"schema": "json/safety_event/1", "epoch": str(edge.spool.epoch), "seq": str(seq), "stamp_ns": "42",
            "stream": "event", **changed}  # fmt: skip


def test_a_reader_sees_that_state_and_event_are_the_edges_own(edge: Edge, reader: Reader, signing: Path) -> None:
    edge.give("safety/event", Stream.EVENT, _STOP)
    edge.give("safety/state", Stream.LIVE, b'{"state":"STOPPED"}')
    public = verifying_key(signing.with_suffix(".pub"))
    for topic, live in ((_EVENT, False), (_STATE, True)):
        [message] = wait_until(partial(reader.on, topic))
        said = properties(message)
        item = Item(int(said["seq"]), 1, int(said["stamp_ns"]), said["schema"], message.payload)
        assert holds(Key(topic, int(said["epoch"])), item, live, said["signature"], public)


def test_what_is_not_about_safety_is_not_signed(edge: Edge, reader: Reader) -> None:
    edge.give("samples")
    [message] = wait_until(lambda: reader.on("/samples"))
    assert "signature" not in properties(message)


def test_a_forged_safety_event_is_refused_named_and_counted_and_never_stored(
    edge: Edge, facility: Facility, intruder: Writer
) -> None:
    edge.give("safety/event", Stream.EVENT, _STOP)
    facility.has("/safety/event", 1)
    for forgery in (named(edge, 2), named(edge, 2, signature="ab" * 64)):
        intruder.publish(_EVENT, b'{"kind":"ARMED"}', forgery)
    wait_until(lambda: edge.sender.status().distrusted, what="the edge is told")
    edge.give("safety/event", Stream.EVENT, _STOP)
    facility.has("/safety/event", 2)
    assert {payload for (payload,) in facility.rows("SELECT payload FROM record")} == {_STOP}
    assert f"refused: {_EVENT}, start {edge.spool.epoch}, number 2: has no signature of edge-1" in facility.log
    account = facility.end()
    assert (account["forged"], account["unproven"]) == ({_EVENT: 2}, 0)


def test_an_old_event_played_again_is_a_copy_and_an_old_state_is_not_the_newest(
    edge: Edge, facility: Facility, reader: Reader, intruder: Writer
) -> None:
    for state in (b'{"state":"RUN"}', b'{"state":"STOPPED"}'):
        edge.give("safety/state", Stream.LIVE, state)
    edge.give("safety/event", Stream.EVENT, _STOP)
    facility.has("/safety/event", 1)
    running, _ = wait_until(lambda: len(reader.on(_STATE)) == 2 and reader.on(_STATE))
    [event] = wait_until(lambda: reader.on(_EVENT))
    intruder.publish(_STATE, running.payload, properties(running))
    intruder.publish(_STATE, running.payload, {**properties(running), "seq": "9", "stamp_ns": "99"})
    intruder.publish(_EVENT, event.payload, properties(event))
    wait_until(lambda: facility.rows("SELECT duplicates FROM epoch WHERE duplicates > 0"))
    assert facility.rows("SELECT seq, payload FROM live WHERE topic = ?", _STATE) == [(2, b'{"state":"STOPPED"}')]
    assert facility.numbers("/safety/event") == [1]
    assert facility.end()["forged"] == {_STATE: 1}


def test_of_an_edge_whose_key_the_facility_has_not_everything_is_stored_and_counted_as_unproven(
    broker: Broker, facility: Facility, tmp_path: Path
) -> None:
    make_signing_key(tmp_path / "edge-1.key")
    signing = Edge(tmp_path / "spool", broker, facility=True, signing=tmp_path / "edge-1.key")
    signing.give("safety/event", Stream.EVENT, _STOP)
    facility.has("/safety/event", 1)
    signing.close()
    unsigned = Edge(tmp_path / "spool", broker, facility=True)
    unsigned.give("safety/event", Stream.EVENT, _STOP)
    facility.has("/safety/event", 2)
    unsigned.close()
    # A signature that nobody could judge yet is kept: the key may come later.
    assert len(facility.rows("SELECT signature FROM signature")) == 1
    assert facility.end()["unproven"] == 2


def test_a_backlog_of_safety_events_arrives_signed_one_by_one(
    broker: Broker, facility: Facility, signing: Path, tmp_path: Path
) -> None:
    away = Edge(tmp_path / "spool", broker, facility=True, signing=signing, port=1)
    for _ in range(300):
        away.give("safety/event", Stream.EVENT, _STOP)
    assert away.spool.flush(PATIENCE_S)
    away.close(0.0)
    edge = Edge(tmp_path / "spool", broker, facility=True, signing=signing)
    wait_until(edge.idle)
    edge.close()
    assert facility.numbers("/safety/event") == list(range(1, 301))
    assert len(facility.rows("SELECT 1 FROM signature")) == 300


def test_an_edge_whose_key_is_refused_keeps_its_safety_events_until_it_is_accepted_and_sends_all_else(
    broker: Broker, facility: Facility, signing: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_signing_key(tmp_path / "new.key")
    edge = Edge(tmp_path / "spool", broker, facility=True, signing=tmp_path / "new.key")
    try:
        for _ in range(900):  # more than twice the window
            edge.give("safety/event", Stream.EVENT, _STOP)
        for _ in range(200):
            edge.give()
        facility.has("/samples", 200)
        edge.give("session/event", Stream.EVENT)
        facility.has("/session/event", 1)
        wait_until(lambda: edge.sender.status().refused == 900, what="the edge says what is refused")
        wait_until(lambda: edge.sender.progress.refused_records == 900)
        assert cli.main(["status", str(edge.folder)]) == 0
        assert "900 of them refused: the facility does not accept this edge's signature" in capsys.readouterr().out
        wait_until(lambda: edge.spool.stored_records == 900, what="all else is acknowledged")
        assert facility.numbers("/safety/event") == []
        (tmp_path / "new.pub").replace(signing.with_suffix(".pub"))
        wait_until(edge.idle, 60.0, "everything is stored")
        assert facility.numbers("/safety/event") == list(range(1, 901))
        assert edge.sender.status().refused == 0 and facility.gaps() == []
    finally:
        edge.close(0.1)


@pytest.fixture
def verify(facility: Facility, signing: Path) -> Callable[[], int]:
    words = ["verify", "safety/event", "--store", str(facility.database), "--edge-key"]
    return lambda: cli.main([*words, str(signing.with_suffix(".pub"))])


def test_the_command_tells_a_stored_event_that_holds_from_one_that_was_altered(
    edge: Edge, facility: Facility, verify: Callable[[], int], capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(3):
        edge.give("safety/event", Stream.EVENT, _STOP)
    facility.has("/safety/event", 3)
    assert verify() == 0
    assert capsys.readouterr().out.endswith("3 records: 3 hold, 0 unsigned, 0 do not hold\n")
    facility.end()
    db = sqlite3.connect(facility.database)
    db.execute("UPDATE record SET payload = ? WHERE seq = 2", (b'{"kind":"ARMED"}',))
    db.execute("DELETE FROM signature WHERE seq = 3")
    db.commit()
    db.close()
    assert verify() == 1
    lines = capsys.readouterr().out.splitlines()
    assert "DOES NOT HOLD" in lines[1] and "unsigned" in lines[2]
    assert lines[3] == "3 records: 1 hold, 1 unsigned, 1 do not hold"
    assert cli.main(["verify", "nothing", "--store", str(facility.database), "--edge-key", "missing.pub"]) == 2
