"""The Sparkplug door at a real mosquitto, with a host that keeps to the specification on the other side."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from port_telemetry.core.sparkplug import ground
from port_telemetry.core.sparkplug.edge_node import REBIRTH, EdgeNode
from port_telemetry.mqtt.sparkplug import Projection
from port_telemetry.mqtt.target import Target
from tests.broker import Broker
from tests.scada import Scada, command
from tests.waiting import wait_until


def target(broker: Broker, port: int = 0) -> Target:
    return Target("127.0.0.1", port or broker.port, "hall", "edge-1", "demo", "edge", str(broker.password_file))


@pytest.fixture
def scada(broker: Broker) -> Iterator[Scada]:
    scada = Scada(broker)
    yield scada
    scada.close()


def projection(broker: Broker, folder: Path, port: int = 0, primary_host: str = "") -> Projection:
    node = EdgeNode("hall", "edge-1", ground.OWN)
    return Projection(target(broker, port), node, folder / "bdseq", primary_host)


def gate(shown: Projection, state: str) -> None:
    shown.update("gate", ground.GATE, {"State": state, "Enable": state == "RUN"}, time.time_ns() // 1_000_000)


def shows(scada: Scada, shown: Projection, state: str) -> None:
    """Says it again and again, as the gate does, until the host has it."""

    def seen() -> bool:
        gate(shown, state)
        return scada.value("gate", "State") == state and scada.value("gate", "Enable") == (state == "RUN")

    wait_until(seen, what=f"the host sees {state}: {shown.status()}")


def test_a_host_that_was_late_asks_for_a_rebirth_and_then_follows(broker: Broker, tmp_path: Path) -> None:
    shown = projection(broker, tmp_path)
    wait_until(lambda: shown.status().born, what=str(shown.status()))
    scada = Scada(broker)
    shows(scada, shown, "RUN")
    shows(scada, shown, "STOPPED")
    assert scada.host.births == 1 and shown.status().births == 2
    shown.close()
    wait_until(lambda: not scada.host.node.online, what="an orderly end is a death too")
    scada.close()


def test_commands_other_than_rebirth_are_ignored_and_counted(broker: Broker, scada: Scada, tmp_path: Path) -> None:
    shown = projection(broker, tmp_path)
    shows(scada, shown, "STOPPED")
    births, began_s = shown.status().births, time.monotonic()
    scada.send(command("State", "Enable", "Node Control/Reboot"))
    scada.send(command(REBIRTH, value=False))
    scada.send(b"\xff no payload")
    wait_until(lambda: shown.status().refused == 5)
    for _ in range(50):
        scada.send(command(REBIRTH))
    wait_until(lambda: shown.status().births > births)
    shows(scada, shown, "STOPPED")
    # Fifty wishes at once are one: no more than one a second is heard.
    assert shown.status().births <= births + 2 + (time.monotonic() - began_s) and shown.status().refused == 5
    shown.close()


def test_without_its_primary_host_it_says_nothing(broker: Broker, scada: Scada, tmp_path: Path) -> None:
    scada.state(False, 10)
    shown = projection(broker, tmp_path, primary_host="scada")
    gate(shown, "RUN")
    assert not shown.status().born and scada.topics == []
    scada.state(True, 11)
    shows(scada, shown, "RUN")
    scada.state(False, 5)  # an old word
    shows(scada, shown, "STOPPED")
    scada.state(False, 12)
    wait_until(lambda: "spBv1.0/hall/NDEATH/edge-1" in scada.topics and not scada.host.node.online)
    scada.state(True, 13)
    shows(scada, shown, "RUN")
    assert shown.status().births == 2, "one for each time that the host came"
    shown.close()


def test_it_looks_for_its_primary_host_at_the_other_brokers(broker: Broker, scada: Scada, tmp_path: Path) -> None:
    other = Broker(tmp_path / "other")
    # The same login at both, as in a cluster.
    (other.folder / "edge.password").write_text(broker.password_file.read_text())
    other.stop()
    other.start()
    there = Scada(other)
    try:
        scada.state(False, 10)
        there.state(True, 10)
        both = replace(target(broker), others=(("127.0.0.1", other.port),))
        shown = Projection(both, EdgeNode("hall", "edge-1", ground.OWN), tmp_path / "bdseq", "scada")
        shows(there, shown, "RUN")
        assert not any("BIRTH" in topic for topic in scada.topics)
        there.state(False, 11)
        scada.state(True, 11)
        shows(scada, shown, "STOPPED")
        wait_until(lambda: not there.host.node.online, what="the host that was left is told")
        shown.close()
    finally:
        there.close()
        other.stop()


def test_it_leaves_no_thread_whether_a_broker_answers_or_not(broker: Broker, tmp_path: Path) -> None:
    shown = projection(broker, tmp_path)
    wait_until(lambda: shown.status().born)
    nobody = projection(broker, tmp_path, port=1)
    wait_until(lambda: "no broker answers" in nobody.status().failure)
    for each in (shown, nobody):
        each.close()
    assert "sparkplug" not in {thread.name for thread in threading.enumerate()}


def test_a_broker_that_went_and_came_is_told_everything_anew(broker: Broker, tmp_path: Path) -> None:
    shown = projection(broker, tmp_path)
    wait_until(lambda: shown.status().born)
    broker.stop()
    wait_until(lambda: not shown.status().born)
    broker.start()
    scada = Scada(broker)
    shows(scada, shown, "RUN")
    shown.close()
    scada.close()


def test_a_hung_broker_holds_up_nobody_and_old_values_are_not_shown_late(broker: Broker, tmp_path: Path) -> None:
    shown = projection(broker, tmp_path)
    wait_until(lambda: shown.status().born)
    broker.signal(signal.SIGSTOP)
    for number in range(10_000):
        gate(shown, str(number))
    broker.signal(signal.SIGCONT)
    scada = Scada(broker)
    shows(scada, shown, "RUN")
    shown.close()
    scada.close()


_CHILD = """
import sys, time
from pathlib import Path
from port_telemetry.core.sparkplug import ground
from port_telemetry.core.sparkplug.edge_node import EdgeNode
from port_telemetry.mqtt.sparkplug import Projection
from port_telemetry.mqtt.target import Target
folder, port, password = sys.argv[1:]
node = EdgeNode("hall", "edge-1", ground.OWN)
target = Target("127.0.0.1", int(port), "hall", "edge-1", "demo", "edge", password)
shown = Projection(target, node, Path(folder) / "bdseq")
while True:
    shown.update("gate", ground.GATE, {"State": "RUN"}, time.time_ns() // 1_000_000)
    time.sleep(0.05)
"""


def test_kill_9_is_a_death_by_will_and_the_next_start_another_birth(
    broker: Broker, scada: Scada, tmp_path: Path
) -> None:  # fmt: skip
    words = [sys.executable, "-c", _CHILD, str(tmp_path), str(broker.port), str(broker.password_file)]
    child = subprocess.Popen(words, env=os.environ)
    try:
        wait_until(lambda: scada.value("gate", "State") == "RUN")
        before = scada.host.bd_seq
    finally:
        child.kill()
        child.wait()
    wait_until(lambda: not scada.host.node.online and not scada.host.devices["gate"].online)
    shown = projection(broker, tmp_path)
    shows(scada, shown, "STOPPED")
    assert before is not None and scada.host.bd_seq == before + 1
    shown.close()
