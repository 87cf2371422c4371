"""Telemetry only watches: there is no way from MQTT to the gate, for nobody, whatever is published and how often."""

import itertools
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from geometry_msgs.msg import Twist
from port_interfaces.msg import EnableHeartbeat, SafetyEvent
from port_interfaces.srv import Arm, OverrideRule, Recover, RequestStop, Reset, SessionCommand, Tare

from port_ros import qos
from tests.broker import Broker, Reader, Writer, properties
from tests.telemetry_stage import Ground, Telemetry
from tests.waiting import wait_until

_SERVICES: dict[str, Any] = {
    "safety/arm": Arm, "safety/reset": Reset, "safety/request_stop": RequestStop, "safety/recover": Recover,
    "safety/override": OverrideRule, "session/command": SessionCommand, "force_plates/left/tare": Tare,
}  # fmt: skip
_INPUTS: dict[str, Any] = {"cmd_vel": Twist, "cmd_vel_request": Twist, "safety/enable": EnableHeartbeat}
_BASES = ("port/v1/hall/edge-1/demo", "port/v1/hall/edge-1", "port/v1/hall")
_NAMES = (*_SERVICES, *_INPUTS, "request", "command", "stop", "set", "rpc/safety/request_stop", "ack", "conn")
_ASKED = (b'{"by":"mallory","reason":"replayed"}', b"\xa1\x62by\x63eve", b"")


class Watched:
    """All that could be asked of a session, and how often it was."""

    def __init__(self, ground: Ground) -> None:
        self.asked: Counter[str] = Counter()
        for name, kind in _SERVICES.items():
            ground.node.create_service(kind, name, self._answer(name))
        for name, kind in _INPUTS.items():
            ground.node.create_subscription(kind, name, self._note(name), qos.SENSOR_STREAM)

    def _answer(self, name: str) -> Any:
        def answer(_: Any, response: Any) -> Any:
            self.asked[name] += 1
            return response

        return answer

    def _note(self, name: str) -> Any:
        return lambda _: self.asked.update([name])


@pytest.fixture
def writers(broker: Broker) -> Iterator[list[Writer]]:
    """Somebody with the edge's login, somebody with the facility's, somebody with none."""
    writers = [Writer(broker, user) for user in ("edge", "facility", "")]
    yield writers
    for writer in writers:
        writer.close()


def test_a_stop_request_over_mqtt_forged_old_or_new_reaches_nothing(
    ground: Ground, telemetry: Telemetry, reader: Reader, writers: list[Writer]
) -> None:
    watched = Watched(ground)
    for writer, base, name in itertools.product(writers, _BASES, _NAMES):
        for payload in _ASKED:
            writer.publish(f"{base}/{name}", payload, {"by": "mallory", "signature": "ab" * 64})
    wait_until(lambda: reader.on("safety/request_stop"), what="the broker carries the request to who reads it")
    old = reader.on("safety/request_stop")[0]
    for _ in range(3):
        writers[0].publish(old.topic, old.payload, properties(old))
    # What telemetry is there for goes on; by then a request that had a way in would have been through.
    ground.events.publish(SafetyEvent(sequence=1, event_id="afterwards"))
    wait_until(lambda: any(b"afterwards" in message.payload for message in reader.on("demo/safety/event")))
    ground.figure_reaches("published", 1)
    assert watched.asked == {}
    ground.mqtt_says("connected to")


def test_telemetry_publishes_nothing_in_the_session_and_calls_nobody(ground: Ground, telemetry: Telemetry) -> None:
    node = ground.node
    publishes = {name for name, _ in node.get_publisher_names_and_types_by_node("telemetry", "/demo")}
    assert publishes <= {"/diagnostics", "/rosout", "/parameter_events"}
    assert node.get_client_names_and_types_by_node("telemetry", "/demo") == []
