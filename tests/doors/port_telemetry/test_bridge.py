"""A site's broker bridged to its region with the files of docs/examples: an edge here, the facility there, a cut.

What the files say for TLS is left out: tests/doors/port_telemetry/test_tenancy.py has that.
"""

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from paho.mqtt.client import Client, MQTTProtocolVersion
from paho.mqtt.enums import CallbackAPIVersion

from port_telemetry.mqtt.broker import prepare, program
from tests.broker import Broker
from tests.chaos.proxy import Cable
from tests.edge import Edge
from tests.facility import Facility
from tests.waiting import PATIENCE_S, wait_until

_EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"
_LOGIN = "of the site"


class Region(Broker):
    """The region's broker: the embedded one with the example's rights, and a login for the site."""

    def start(self) -> None:
        config = prepare(self.folder, "127.0.0.1", self.port)
        (self.folder / "acl").write_text((_EXAMPLES / "region.acl").read_text())
        facility = (self.folder / "facility.password").read_text().strip()
        (self.folder / "passwords").write_text(f"facility:{facility}\nsite.hall:{_LOGIN}\n")
        subprocess.run([program("mosquitto_passwd"), "-U", self.folder / "passwords"], check=True)
        self._launch(config)

    def _launch(self, config: Path) -> None:
        self.process = subprocess.Popen([program("mosquitto"), "-c", str(config)], env=os.environ)
        wait_until(self._answers, what="mosquitto listens")


class Site(Region):
    """The site's broker: the embedded one and the example's bridge, to the region at `far_port`."""

    def __init__(self, folder: Path, far_port: int) -> None:
        self._far_port = far_port
        super().__init__(folder)

    def start(self) -> None:
        config = prepare(self.folder, "127.0.0.1", self.port)
        said = (_EXAMPLES / "mosquitto_bridge.conf").read_text()
        for there, here in (("region.example.org:8883", f"127.0.0.1:{self._far_port}"), ("CHANGE-ME", _LOGIN),
                            ("restart_timeout 1 30", "restart_timeout 1 1")):  # fmt: skip
            assert there in said
            said = said.replace(there, here)
        lines = [line for line in said.splitlines() if not line.startswith("bridge_cafile")]
        config.write_text(config.read_text() + "\n".join(lines) + "\n")
        self._launch(config)


@pytest.fixture
def region(tmp_path: Path) -> Iterator[Region]:
    region = Region(tmp_path / "region")
    yield region
    region.stop()


def test_what_an_edge_records_is_in_the_regions_database_once_though_the_link_was_cut(
    region: Region, tmp_path: Path
) -> None:  # fmt: skip
    facility = Facility(tmp_path / "facility", region.folder, region.port)
    cable = Cable(region.port)
    site = Site(tmp_path / "site", cable.port)
    # At the site nobody acknowledges: the key that an edge is given is the region's.
    shutil.copy(region.folder / "facility.pub", site.folder / "facility.pub")
    edge = Edge(tmp_path / "spool", site, facility=True)
    try:
        for _ in range(50):
            edge.give()
        facility.has("/samples", 50)
        wait_until(edge.idle, what="the ack came back over the bridge")
        cable.pull()
        for _ in range(50):
            edge.give()
        assert edge.spool.flush(PATIENCE_S) and edge.spool.stored_records == 50, (
            "nothing is deleted that nobody has stored"
        )
        cable.plug()
        wait_until(edge.idle, what="the facility has everything")
        assert facility.numbers("/samples") == list(range(1, 101)) and facility.gaps() == []
    finally:
        edge.close(0.1)
        facility.kill()
        site.stop()
        cable.close()


def test_a_site_speaks_for_itself_alone(region: Region) -> None:
    heard = Listener(region.port, "facility", (region.folder / "facility.password").read_text().strip())
    site = Listener(region.port, "site.hall", _LOGIN)
    for topic in ("port/v1/yard/edge-1/demo/safety/event", "port/v1/hall/edge-1/ack", "port/v1/hall/edge-1/conn"):
        site.say(topic)
    wait_until(lambda: heard.topics)
    site.close()
    heard.close()
    # The site may write what is below its own name; that an ack is the facility's, its signature says.
    assert "port/v1/yard/edge-1/demo/safety/event" not in heard.topics


class Listener:
    """A client with a login, and the topics of what it gets."""

    def __init__(self, port: int, user: str, password: str) -> None:
        self.topics: list[str] = []
        subscribed = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        self._client.username_pw_set(user, password)
        self._client.on_connect = lambda client, *_: client.subscribe("#", qos=1)
        self._client.on_subscribe = lambda *_: subscribed.set()
        self._client.on_message = lambda _, __, message: self.topics.append(message.topic)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        assert subscribed.wait(PATIENCE_S)

    def say(self, topic: str) -> None:
        self._client.publish(topic, b"{}", qos=1).wait_for_publish(PATIENCE_S)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
