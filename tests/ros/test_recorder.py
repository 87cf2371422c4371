"""The recorder as a process: what is published is read back equal, a killed one's file opens too."""

import json
import math
import os
import signal
import subprocess
import sys
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import rclpy
import yaml
from port_interfaces.msg import Cause, SafetyEvent, WrenchBlock
from rclpy.node import Node

from port_ros import qos
from port_session.recorder.read import Recorded, Recording
from tests.waiting import PATIENCE_S, wait_until


@pytest.fixture
def publisher(ros_domain: int) -> Iterator[Node]:
    context = rclpy.Context()
    context.init(domain_id=ros_domain)
    node = Node("source", namespace="/trial_1", context=context)
    yield node
    node.destroy_node()
    context.try_shutdown()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Any]:
    processes: list[subprocess.Popen[bytes]] = []

    def launch(path: Path) -> subprocess.Popen[bytes]:
        values = {"path": str(path), "topics": ["force_plates/left/samples", "safety/event", "never"]}
        file = tmp_path / "recorder.yaml"
        file.write_text(yaml.safe_dump({"/**": {"ros__parameters": values}}))
        command = [sys.executable, "-m", "port_session.ros.recorder_node", "--ros-args", "-r", "__node:=recorder"]
        process = subprocess.Popen(
            [*command, "-r", "__ns:=/trial_1", "--params-file", str(file)], env=os.environ.copy()
        )
        processes.append(process)
        return process

    yield launch
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.wait()


def block(number: int) -> WrenchBlock:
    message = WrenchBlock(device_id="left", first_index=number * 20, period_s=0.0005, received_total=(number + 1) * 20)
    message.header.frame_id = "force_plates/left"
    message.header.stamp.sec = 1_800_000_000 + number
    message.status = array("B", [number % 8] * 20)
    message.wrench = array("f", [float(number) + channel / 8 for channel in range(120)])
    return message


def event(number: int) -> SafetyEvent:
    cause = Cause(
        severity=Cause.EMERGENCY_STOP, rule="estop", source="station_1", reason="pressed · 按下", value=math.nan
    )
    return SafetyEvent(sequence=number, kind=SafetyEvent.STOP, event_id=f"e{number}", causes=[cause], latency_ms=1.5)


def publish(node: Node, count: int) -> tuple[Any, Any]:
    """Publish `count` of each once the recorder listens. The publishers stay alive with the return value."""
    blocks = node.create_publisher(WrenchBlock, "force_plates/left/samples", qos.MEASUREMENT)
    events = node.create_publisher(SafetyEvent, "safety/event", qos.EVENT)
    wait_until(lambda: blocks.get_subscription_count() and events.get_subscription_count(), what="the recorder listens")
    for number in range(count):
        blocks.publish(block(number))
        events.publish(event(number))
    return blocks, events


def read(path: Path) -> tuple[Recording, list[Recorded]]:
    recording = Recording(path)
    return recording, list(recording.messages())


def check(messages: list[Recorded], count: int) -> None:
    blocks = [one.message for one in messages if one.topic == "/trial_1/force_plates/left/samples"]
    events = [one.message for one in messages if one.topic == "/trial_1/safety/event"]
    assert len(blocks) == len(events) == count
    for number, (got, expected) in enumerate(zip(blocks, map(block, range(count)), strict=True)):
        assert (got.first_index, got.header.stamp.sec) == (expected.first_index, expected.header.stamp.sec), number
        assert list(got.wrench) == list(expected.wrench) and list(got.status) == list(expected.status)
    assert [one.sequence for one in events] == list(range(count))
    assert events[0].causes[0].reason == "pressed · 按下" and math.isnan(events[0].causes[0].value)


def test_what_is_published_is_read_back_equal(publisher: Node, start: Any, tmp_path: Path) -> None:
    path = tmp_path / "recording.mcap"
    process = start(path)
    ends = publish(publisher, 100)
    wait_until(lambda: path.exists() and len(read(path)[1]) == 200, what="everything is on the disk")
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE_S) == 0
    recording, messages = read(path)
    check(messages, 100)
    assert recording.complete
    assert recording.metadata["port.recorded"] == {
        "/trial_1/force_plates/left/samples": "100", "/trial_1/safety/event": "100",
    }  # fmt: skip
    assert recording.metadata["port.lost"] == {}
    del ends


def test_the_file_of_a_killed_recorder_opens_up_to_its_last_chunk(publisher: Node, start: Any, tmp_path: Path) -> None:
    path = tmp_path / "recording.mcap"
    process = start(path)
    ends = publish(publisher, 100)
    wait_until(lambda: path.exists() and len(read(path)[1]) == 200, what="flushed while it runs")
    process.kill()
    process.wait()
    recording, messages = read(path)
    check(messages, 100)
    assert not recording.complete
    # A recorder that is started again leaves the first one's file alone.
    start(path)
    wait_until((tmp_path / "recording_1.mcap").exists, what="the second file")
    check(read(path)[1], 100)
    del ends


@pytest.mark.parametrize("values", [{"path": "x.mcap"}, {"path": "x.mcap", "topics": ["a"], "colour": "red"}])
def test_wrong_parameters_end_the_start_with_their_name(
    values: dict[str, Any], ros_domain: int, tmp_path: Path
) -> None:
    file = tmp_path / "recorder.yaml"
    file.write_text(yaml.safe_dump({"/**": {"ros__parameters": values}}))
    command = [sys.executable, "-m", "port_session.ros.recorder_node", "--ros-args", "--params-file", str(file)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=tmp_path, env=os.environ.copy())
    assert result.returncode == 2, json.dumps(result.stderr)
    assert ("topics" if "colour" not in values else "colour") in result.stderr
    assert not list(tmp_path.glob("*.mcap"))
