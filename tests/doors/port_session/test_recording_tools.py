"""What the recorder wrote opens with tools that are not ours: rosbags, and the readers that come with MCAP itself."""

import math
import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
import yaml
from mcap.reader import NonSeekingReader, make_reader
from mcap_ros2.decoder import DecoderFactory
from port_interfaces.msg import Cause, SafetyEvent, SafetyState, WrenchBlock
from rclpy.duration import Duration
from rclpy.qos import DurabilityPolicy, HistoryPolicy, LivelinessPolicy, QoSProfile, ReliabilityPolicy
from rclpy.serialization import serialize_message
from rclpy.topic_endpoint_info import TopicEndpointInfo
from rosbags.highlevel import AnyReader
from rosbags.interfaces import ConnectionExtRosbag2, QosDurability, QosHistory, QosLiveliness, QosReliability

from port_ros import qos
from port_session.recorder.recorder import Recorder
from port_session.recorder.schema import definition, installed_text
from port_session.ros.offered_qos import channel_metadata

PREFIXES = tuple(Path(prefix) for prefix in os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep) if prefix)
FOREVER = Duration(seconds=9223372036, nanoseconds=854775807)


def publishers(*profiles: QoSProfile) -> list[TopicEndpointInfo]:
    return [cast(TopicEndpointInfo, SimpleNamespace(qos_profile=one, topic_type_hash="RIHS01_ab")) for one in profiles]


def messages() -> list[Any]:
    """Two of each of our own types, with a NaN, a name in Chinese and every nested type."""
    found: list[Any] = []
    for number in range(2):
        block = WrenchBlock(device_id="left", first_index=20 * number, period_s=0.0005, status=bytes(20))
        block.wrench = [float(value) for value in range(120)]
        cause = Cause(severity=Cause.EMERGENCY_STOP, rule="estop", reason="pressed · 按下", value=math.nan)
        event = SafetyEvent(sequence=number, kind=SafetyEvent.STOP, event_id=f"e{number}", causes=[cause])
        state = SafetyState(state=SafetyState.STOPPED, causes=[cause, cause], position_m=[1.5, -2.5])
        found += [block, event, state]
    return found


@pytest.fixture
def recording(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "session.mcap"
    recorder = Recorder(path)
    find = installed_text(PREFIXES)
    for number, message in enumerate(messages()):
        name = type(message).__name__
        type_name = f"port_interfaces/msg/{name}"
        metadata = channel_metadata(publishers(qos.EVENT, qos.EVENT, qos.SENSOR_STREAM))
        recorder.add_topic(f"/trial/{name}", type_name, definition(type_name, find), metadata)
        recorder.put(f"/trial/{name}", 1_800_000_000_000_000_000 + number, serialize_message(message))
    recorder.close()
    yield path


def check(found: list[tuple[str, Any]]) -> None:
    """Every message as it was published."""
    given = messages()
    assert [topic.removeprefix("/trial/") for topic, _ in found] == [type(message).__name__ for message in given]
    for (_, got), message in zip(found, given, strict=True):
        if isinstance(message, WrenchBlock):
            assert np.array_equal(np.asarray(got.wrench), np.asarray(message.wrench))
            assert (got.first_index, got.device_id) == (message.first_index, "left")
        else:
            assert got.causes[0].reason == "pressed · 按下" and math.isnan(got.causes[0].value)
    assert [*found[2][1].position_m] == [1.5, -2.5]


def test_rosbags_opens_it_and_reads_every_message(recording: Path) -> None:
    with AnyReader([recording]) as reader:
        found = [
            (connection.topic, reader.deserialize(data, connection.msgtype))
            for connection, _, data in reader.messages()
        ]
    check(found)


def test_rosbags_reads_what_the_publishers_offered(recording: Path) -> None:
    with AnyReader([recording]) as reader:
        offered = [cast(ConnectionExtRosbag2, one.ext).offered_qos_profiles for one in reader.connections]
    assert len(offered) == 3 and all(len(profiles) == 2 for profiles in offered), "each different one once"
    event, stream = offered[0]
    assert (event.history, event.depth) == (QosHistory.KEEP_LAST, 100)
    assert (event.reliability, event.durability) == (QosReliability.RELIABLE, QosDurability.TRANSIENT_LOCAL)
    assert (stream.reliability, stream.durability) == (QosReliability.BEST_EFFORT, QosDurability.VOLATILE)
    assert event.liveliness == QosLiveliness.SYSTEM_DEFAULT and not event.avoid_ros_namespace_conventions


def test_the_indexed_reader_of_mcap_reads_every_message(recording: Path) -> None:
    with recording.open("rb") as file:
        reader = make_reader(file, validate_crcs=True, decoder_factories=[DecoderFactory()])
        summary, profile = reader.get_summary(), reader.get_header().profile
        check([(channel.topic, decoded) for _, channel, _, decoded in reader.iter_decoded_messages()])
    assert summary is not None and summary.statistics is not None
    assert summary.statistics.message_count == 6 and profile == "ros2"
    assert {schema.encoding for schema in summary.schemas.values()} == {"ros2msg"}


def test_the_streaming_reader_of_mcap_reads_it_without_its_index(recording: Path, tmp_path: Path) -> None:
    with recording.open("rb") as file:
        reader = NonSeekingReader(file, validate_crcs=True, decoder_factories=[DecoderFactory()])
        check(
            [(channel.topic, decoded) for _, channel, _, decoded in reader.iter_decoded_messages(log_time_order=False)]
        )


def test_what_is_offered_is_rosbag2s_list_of_profiles() -> None:
    profile = QoSProfile(
        history=HistoryPolicy.KEEP_ALL, depth=0, reliability=ReliabilityPolicy.RELIABLE,
        durability=DurabilityPolicy.VOLATILE, deadline=FOREVER, lifespan=Duration(seconds=1, nanoseconds=5),
        liveliness=LivelinessPolicy.AUTOMATIC, liveliness_lease_duration=FOREVER,
    )  # fmt: skip
    metadata = channel_metadata(publishers(profile))
    forever = {"sec": 9223372036, "nsec": 854775807}
    assert yaml.safe_load(metadata["offered_qos_profiles"]) == [{
        "history": "keep_all", "depth": 0, "reliability": "reliable", "durability": "volatile", "deadline": forever,
        "lifespan": {"sec": 1, "nsec": 5}, "liveliness": "automatic", "liveliness_lease_duration": forever,
        "avoid_ros_namespace_conventions": False,
    }]  # fmt: skip
    assert metadata["topic_type_hash"] == "RIHS01_ab"
