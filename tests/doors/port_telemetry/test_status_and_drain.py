"""What waits on an edge can be seen from the command line, and what an ended session left can be sent."""

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from port_telemetry.commands import cli
from port_telemetry.core.record import Lane, Stream
from port_telemetry.mqtt.remembered import remember, remembered
from port_telemetry.spool.database import FILE, SpoolError, holder
from port_telemetry.spool.look import look
from port_telemetry.spool.spool import Limits
from tests.broker import Broker, Reader
from tests.edge import Edge
from tests.facility import Facility
from tests.waiting import PATIENCE_S, wait_until

Said = Callable[..., dict[str, Any]]


@pytest.fixture
def left(broker: Broker, tmp_path: Path) -> Path:
    """What an ended session left: 200 samples and 3 safety events, never sent. Returns the evidence's folder."""
    edge = Edge(tmp_path / "out" / "spool", broker, facility=True, port=1)
    for _ in range(200):
        edge.give(payload=bytes(100))
    for _ in range(3):
        edge.give("safety/event", Stream.EVENT)
    assert edge.spool.flush(PATIENCE_S)
    remember(edge.folder, edge.target)
    edge.close(0.0)
    return tmp_path / "out"


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    """The JSON of `port telemetry status FOLDER`."""

    def ask(folder: Path) -> dict[str, Any]:
        assert cli.main(["status", str(folder), "--json"]) == 0
        values: dict[str, Any] = json.loads(capsys.readouterr().out)
        return values

    return ask


def drain(left: Path, port: int, *words: str) -> list[str]:
    return ["drain", str(left), "--port", str(port), "--host", "127.0.0.1", *words]


def test_status_tells_what_an_ended_session_left(left: Path, said: Said, capsys: pytest.CaptureFixture[str]) -> None:
    values = said(left)
    assert (values["waiting"], values["process"], values["gaps"], values["left_s"]) == (203, 0, 0, None)
    assert values["by_priority"] == {"safety": 3, "session": 0, "measurement": 200, "still": 0}
    assert values["quota_bytes"] == Limits().quota_bytes and values["bytes"] >= 200 * 100
    samples = next(stream for stream in values["streams"] if stream["topic"].endswith("/samples"))
    assert (samples["acked"], samples["last"], samples["waiting"]) == (0, 200, 200)
    assert values["oldest_s"] == pytest.approx(time.time() - 42e-9, abs=60.0)
    assert cli.main(["status", str(left / "spool")]) == 0
    text = capsys.readouterr().out
    assert "203 records wait (safety 3, measurement 200)" in text and "port telemetry drain" in text


def test_status_of_a_running_session_follows_it(
    broker: Broker, facility: Facility, tmp_path: Path, said: Said, capsys: pytest.CaptureFixture[str]
) -> None:
    edge = Edge(tmp_path / "spool", broker, facility=True)
    for _ in range(100):
        edge.give()
    facility.has("/samples", 100)
    wait_until(edge.idle)

    def up_to_date() -> dict[str, Any] | None:
        """What it says, once it says it of after the last ack."""
        values = said(tmp_path)
        return values if values["connected"] and values["acked_hz"] > 0 and values["left_s"] == 0.0 else None

    values = wait_until(up_to_date)
    assert (values["waiting"], values["process"], values["left_s"]) == (0, os.getpid(), 0.0)
    assert values["streams"][0]["acked"] == values["streams"][0]["last"] == 100
    assert cli.main(["status", str(tmp_path)]) == 0
    assert "nothing is left" in capsys.readouterr().out
    broker.stop()
    wait_until(lambda: said(tmp_path)["failure"])
    edge.close(0.0)
    assert said(tmp_path)["process"] == 0 and not said(tmp_path)["connected"]


def test_status_says_what_is_lost(broker: Broker, tmp_path: Path, said: Said) -> None:
    edge = Edge(tmp_path / "spool", broker, facility=True, port=1, limits=Limits(quota_bytes=20_000, linger_s=0.0))
    for _ in range(100):
        edge.give(payload=bytes(1000))
    assert edge.spool.flush(PATIENCE_S)
    values = said(tmp_path)
    assert values["gaps"] == 1 and values["lost"] == edge.spool.account().dropped.total() > 50
    edge.close(0.0)


def test_status_costs_the_session_nothing_and_changes_nothing(left: Path) -> None:
    before = (left / "spool" / FILE).read_bytes()
    assert look(left / "spool").by_lane()[Lane.SAFETY] == 3
    assert (left / "spool" / FILE).read_bytes() == before and holder(left / "spool") == 0


def test_a_folder_without_a_spool_is_said_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["status", str(tmp_path)], ["drain", str(tmp_path)]):
        assert cli.main(words) == 2
        error = capsys.readouterr().err
        assert "no spool is here" in error and error.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_drain_sends_all_that_was_left_and_says_how_it_goes(
    left: Path, broker: Broker, facility: Facility, reader: Reader, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(drain(left, broker.port)) == 0
    out = capsys.readouterr().out
    assert "203 wait" in out and " wait, the oldest" in out and out.endswith("nothing is left\n")
    assert facility.numbers("/samples") == list(range(1, 201))
    assert facility.numbers("/safety/event") == [1, 2, 3]
    # The edge may be in another session by now: nobody hears that it is here, or gone.
    assert not reader.on("/conn")


def heeds_ctrl_c() -> None:
    """What a shell starts in the background ignores it, and so do its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_drain_is_ended_by_ctrl_c_and_goes_on_later(left: Path, broker: Broker, facility: Facility) -> None:
    facility.kill()
    words = [sys.executable, "-m", "port_telemetry.commands.cli", *drain(left, broker.port)]
    process = subprocess.Popen(
        words, env=os.environ.copy(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=heeds_ctrl_c,
    )  # fmt: skip
    assert process.stdout is not None
    assert "203 wait" in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130 and "203 records are still in" in error and "Traceback" not in error
    facility.start()
    assert cli.main(drain(left, broker.port)) == 0
    assert facility.numbers("/samples") == list(range(1, 201))


def test_drain_leaves_the_spool_of_a_running_session_alone(
    broker: Broker, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edge = Edge(tmp_path / "spool", broker, facility=True, port=1)
    edge.give()
    assert cli.main(drain(tmp_path, broker.port)) == 2
    assert f"in use by process {os.getpid()}" in capsys.readouterr().err
    edge.close(0.0)


def test_drain_asks_for_what_it_cannot_know(
    left: Path, broker: Broker, facility: Facility, capsys: pytest.CaptureFixture[str]
) -> None:
    key, spool = broker.folder / "facility.pub", left / "spool"
    kept = key.rename(broker.folder / "moved.pub")
    assert cli.main(drain(left, broker.port)) == 2
    assert f"{key} is gone; name another with --facility-key FILE" in capsys.readouterr().err
    (spool / "target.json").unlink()
    assert cli.main(drain(left, broker.port)) == 2
    assert "name --host, --port, --site" in capsys.readouterr().err
    named = ["--site", "hall", "--edge", "edge-1", "--session", "demo", "--user", "edge"]
    named += ["--password-file", str(broker.password_file)]
    assert cli.main(drain(left, broker.port, *named)) == 2
    assert "--trust-broker" in capsys.readouterr().err
    assert look(spool).records == 203
    assert cli.main(drain(left, broker.port, *named, "--facility-key", str(kept))) == 0


def test_drain_says_first_that_the_sessions_own_broker_is_gone_and_asks_nothing_where_nothing_waits(
    left: Path, broker: Broker, facility: Facility, capsys: pytest.CaptureFixture[str]
) -> None:
    kept, gone = remembered(left / "spool"), "/nowhere/broker/key"
    target = dataclasses.replace(kept, password_file=gone, facility_key_file=gone, signing_key_file=gone)
    remember(left / "spool", target)
    assert cli.main(["drain", str(left)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and f"the broker of that session, {target.host}:{target.port}, ended with it" in said
    assert "--host H --port N --user NAME --password-file FILE --facility-key FILE" in said
    remember(left / "spool", kept)
    assert cli.main(drain(left, broker.port)) == 0
    remember(left / "spool", target)
    capsys.readouterr()
    assert cli.main(["drain", str(left)]) == 0
    assert capsys.readouterr().out == "nothing is left\n"


def test_a_damaged_spool_is_told_with_what_can_still_be_done(left: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = left / "spool" / "spool.sqlite"
    for wal in file.parent.glob("spool.sqlite-*"):
        wal.unlink()
    file.write_bytes(b"no database at all" * 1000)
    for words in (["status", str(left)], ["drain", str(left)]):
        assert cli.main(words) == 2
        assert (
            f"{file} is damaged (file is not a database); keep it: `sqlite3 {file} .recover`" in capsys.readouterr().err
        )


def test_drain_takes_the_brokers_word_only_when_told_so(left: Path, broker: Broker, reader: Reader) -> None:
    assert cli.main(drain(left, broker.port, "--trust-broker")) == 0
    wait_until(lambda: reader.numbers("/samples") == set(range(1, 201)), what="the reader has all of it")


def test_where_a_session_sent_is_remembered_without_its_secrets(left: Path, broker: Broker) -> None:
    target = remembered(left / "spool")
    assert (target.edge, target.password_file) == ("edge-1", str(broker.password_file))
    assert broker.password_file.read_text().strip() not in (left / "spool" / "target.json").read_text()
    (left / "spool" / "target.json").write_text("{}")
    with pytest.raises(SpoolError, match="missing required field"):
        remembered(left / "spool")
