"""Sparkplug B's bytes and rules, by example; tests/property has the rest."""

import math
from collections.abc import Iterable

import pytest

from port_telemetry.core.sparkplug import ground
from port_telemetry.core.sparkplug.edge_node import DeviceKind, EdgeNode, Message, MetricKind
from port_telemetry.core.sparkplug.payload import BadPayload, DataType, Metric, Payload, decode, encode
from port_telemetry.core.sparkplug.primary_host import PrimaryHost
from tests.scada import ScadaHost

_LAMP = DeviceKind((MetricKind("Lit", DataType.BOOLEAN),), silent_s=1.0)


def node() -> EdgeNode:
    return EdgeNode("hall", "edge-1", ground.OWN)


def feed(host: ScadaHost, messages: Iterable[Message]) -> list[str]:
    for topic, payload in messages:
        host.take(topic, payload)
    return [topic for topic, _ in messages]


def test_the_bytes_are_those_that_the_specification_numbers() -> None:
    """Written by hand from the field numbers: tag = number << 3 | wire type."""
    metric = Metric(True, DataType.BOOLEAN, 2, "a", 3)
    inside = b"\x0a\x01a" + b"\x10\x03" + b"\x18\x02" + b"\x20\x0b" + b"\x70\x01"
    assert encode(Payload(1, 5, [metric])) == b"\x08\x01" + b"\x12" + bytes([len(inside)]) + inside + b"\x18\x05"
    unit = Metric(1.0, DataType.DOUBLE, 2, "f", 4, "N")
    value = b"\x08\x0c" + b"\x42\x01N"
    properties = b"\x0a\x07engUnit" + b"\x12" + bytes([len(value)]) + value
    assert b"\x4a" + bytes([len(properties)]) + properties in encode(Payload(1, 5, [unit]))
    assert b"\x69" + b"\0\0\0\0\0\0\xf0\x3f" in encode(Payload(1, 5, [unit]))


def test_what_is_not_a_number_goes_as_null_with_its_type() -> None:
    for value in (math.nan, math.inf, None):
        [read] = decode(encode(Payload(1, 0, [Metric(value, DataType.DOUBLE, 2, "Speed", 1)]))).metrics
        assert read.value is None and read.kind is DataType.DOUBLE


@pytest.mark.parametrize("junk", [b"\xff", b"\x12\x7f", b'{"online": true}'])
def test_what_is_no_payload_is_told(junk: bytes) -> None:
    with pytest.raises(BadPayload):
        decode(junk)


def test_a_device_is_born_says_what_changed_and_dies_of_silence() -> None:
    edge, host = node(), ScadaHost()
    edge.update_own({"Session/Id": "demo"}, 5)
    edge.update("lamp", _LAMP, {"Lit": False}, 5, 0.0)
    assert feed(host, edge.births(10, 0.0)) == ["spBv1.0/hall/NBIRTH/edge-1", "spBv1.0/hall/DBIRTH/edge-1/lamp"]
    edge.update("lamp", _LAMP, {"Lit": False}, 6, 0.5)
    assert edge.changes(11, 0.5) == []
    edge.update("lamp", _LAMP, {"Lit": True}, 7, 0.6)
    assert feed(host, edge.changes(12, 0.6)) == ["spBv1.0/hall/DDATA/edge-1/lamp"]
    assert host.devices["lamp"].values == {"Lit": True} and host.node.values["Session/Id"] == "demo"
    assert feed(host, edge.changes(13, 1.7)) == ["spBv1.0/hall/DDEATH/edge-1/lamp"]
    assert not host.devices["lamp"].online and host.node.online
    edge.update("lamp", _LAMP, {"Lit": False}, 8, 2.0)
    assert feed(host, edge.changes(14, 2.0)) == ["spBv1.0/hall/DBIRTH/edge-1/lamp"]
    assert host.devices["lamp"].online and host.devices["lamp"].values == {"Lit": False}


def test_noise_is_not_worth_a_message_and_slow_figures_wait() -> None:
    edge, host = node(), ScadaHost()
    edge.update("plate_left", ground.PLATE, {"Force/Z": 700.0, "Lost Samples": 0}, 1, 0.0)
    feed(host, edge.births(1, 0.0))
    edge.update("plate_left", ground.PLATE, {"Force/Z": 700.9, "Lost Samples": 1}, 2, 0.2)
    assert edge.changes(2, 0.2) == []
    edge.update("plate_left", ground.PLATE, {"Force/Z": 701.1}, 3, 0.3)
    feed(host, edge.changes(3, 0.3))
    plate = host.devices["plate_left"]
    assert (plate.values["Force/Z"], plate.values["Lost Samples"], plate.units["Force/Z"]) == (701.1, 0, "N")
    edge.update("plate_left", ground.PLATE, {}, 4, 1.1)
    feed(host, edge.changes(4, 1.1))
    assert plate.values["Lost Samples"] == 1


def test_no_name_of_a_device_leaves_its_place_in_the_topic() -> None:
    edge = node()
    edge.update("estop_a/b+#", _LAMP, {"Lit": True}, 1, 0.0)
    assert [message.topic for message in edge.births(1, 0.0)][1] == "spBv1.0/hall/DBIRTH/edge-1/estop_a_b__"
    with pytest.raises(ValueError, match="hall/one"):
        EdgeNode("hall/one", "edge-1", ())


def test_every_metric_of_a_ground_has_a_unit_if_it_is_a_measurement() -> None:
    for kind in (ground.GATE, ground.ROBOT, ground.PLATE, ground.CAMERA):
        assert all(metric.unit for metric in kind.metrics if metric.kind is DataType.DOUBLE)


def test_the_primary_host_is_there_when_its_newest_word_says_so() -> None:
    host = PrimaryHost("scada")
    assert host.topic == "spBv1.0/STATE/scada" and not host.online
    for word in (b"", b"ONLINE", b"[]", b'{"online": "true", "timestamp": 1}', b'{"online": true}'):
        host.hear(word)
        assert not host.online
    host.hear(b'{"online": true, "timestamp": 10}')
    host.hear(b'{"online": false, "timestamp": 9}')
    assert host.online
    host.hear(b'{"online": false, "timestamp": 10}')
    assert not host.online
