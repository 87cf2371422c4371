"""The recorder as a process: what is published is read back equal, a killed one's file opens too."""

import itertools
import json
import math
import os
import random
import resource
import signal
import subprocess
import sys
import time
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import rclpy
import yaml
from diagnostic_msgs.msg import DiagnosticArray
from mcap.reader import make_reader
from port_interfaces.msg import Cause, SafetyEvent, WrenchBlock
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rosbags.highlevel import AnyReader
from rosbags.interfaces import ConnectionExtRosbag2, QosDurability, QosReliability

from port_ros import qos
from port_ros.heartbeat import HEARTBEAT
from port_session.recorder.read import Recorded, Recording
from tests.recorder_keys import KeyPair, key_pair
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

    def launch(path: Path, **more: Any) -> subprocess.Popen[bytes]:
        values = {"path": str(path), "topics": ["force_plates/left/samples", "safety/event", "never"], **more}
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


def check_with_rosbags(path: Path) -> None:
    """The same with a reader that is not ours, and what the publishers offered."""
    with AnyReader([path]) as reader:
        blocks, events = sorted(reader.connections, key=lambda one: one.topic)
        assert (blocks.msgcount, events.msgcount) == (100, 100)
        indices = [
            cast(Any, reader.deserialize(data, connection.msgtype)).first_index
            for connection, _, data in reader.messages(connections=[blocks])
        ]
    assert indices == [20 * number for number in range(100)]
    (offered,) = cast(ConnectionExtRosbag2, events.ext).offered_qos_profiles
    assert (offered.reliability, offered.durability) == (QosReliability.RELIABLE, QosDurability.TRANSIENT_LOCAL)
    with path.open("rb") as file:
        summary = make_reader(file).get_summary()
    assert summary is not None
    assert all(one.metadata["topic_type_hash"].startswith("RIHS01_") for one in summary.channels.values())


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
    check_with_rosbags(path)
    del ends


def test_what_is_sealed_is_read_by_those_it_is_for(publisher: Node, start: Any, tmp_path: Path) -> None:
    ground, team = key_pair(tmp_path / "keys", "ground"), key_pair(tmp_path / "keys", "team")
    ours, theirs = tmp_path / "session.mcap.age", tmp_path / "session_team.mcap.age"
    keys = {"ground": str(ground.public), "team": str(team.public)}
    files = {"path": str(theirs), "topics": ["force_plates/left/samples"], "readers": ["team"]}
    process = start(ours, topics=["safety/event"], readers=["ground"], keys=keys, team=files)
    ends = publish(publisher, 100)

    def there(path: Path, pair: KeyPair) -> Recording:
        recording = Recording(path, keys=[pair.key])
        list(recording.messages())
        return recording

    wait_until(lambda: all(sum(there(path, pair).counts.values()) == 100 for path, pair in
                           ((ours, ground), (theirs, team))), what="everything is on the disk")  # fmt: skip
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE_S) == 0
    assert there(ours, ground).counts == {"/trial_1/safety/event": 100} and there(ours, ground).complete
    assert there(theirs, team).counts == {"/trial_1/force_plates/left/samples": 100} and there(theirs, team).complete
    assert there(theirs, ground).locked and there(ours, team).locked
    assert not list(tmp_path.glob("*.mcap"))
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


#: A recorder one of whose threads waits for ever, from when the file `hang` is there: for whoever takes, or who writes.
HANGS = """
import pathlib, sys, threading
from port_ros import taker
from port_session.recorder import mcap_file
from port_session.ros import recorder_node
recorder_node.WRITE_S = 7.0
where, hang = {"takes": (taker._Waiting, "serve"), "writes": (mcap_file.McapFile, "save")}[sys.argv[1]], sys.argv[2]
go_on = getattr(*where)
def stuck(self, *given):
    if pathlib.Path(hang).exists():
        threading.Event().wait()
    return go_on(self, *given)
setattr(*where, stuck)
raise SystemExit(recorder_node.main())
"""


@pytest.mark.parametrize("thread", ["takes", "writes"])
def test_a_recorder_falls_silent_when_one_of_its_threads_hangs(publisher: Node, tmp_path: Path, thread: str) -> None:
    """Its main loop goes on and would say that all is well."""
    ours, theirs = os.pipe()
    os.set_blocking(ours, False)
    parameters = tmp_path / "recorder.yaml"
    values = {"path": str(tmp_path / "recording.mcap"), "topics": ["force_plates/left/samples", "safety/event"]}
    parameters.write_text(yaml.safe_dump({"/**": {"ros__parameters": values}}))
    words = ["--ros-args", "-r", "__node:=recorder", "-r", "__ns:=/trial_1", "--params-file", str(parameters)]
    process = subprocess.Popen(
        [sys.executable, "-c", HANGS, thread, str(tmp_path / "hang"), *words],
        env={**os.environ, HEARTBEAT: str(theirs)}, pass_fds=[theirs],
    )  # fmt: skip
    try:
        ends = publish(publisher, 10)
        wait_until(lambda: heard(ours), what="it says that it works")
        (tmp_path / "hang").touch()
        silent_s = [time.monotonic()]

        def silent() -> bool:
            silent_s[:] = [time.monotonic()] if heard(ours) else silent_s
            return time.monotonic() - silent_s[0] > 5.0

        wait_until(silent, PATIENCE_S, "nothing more comes")
        assert process.poll() is None
        (tmp_path / "hang").unlink()
    finally:
        process.kill()
        process.wait()
        os.close(ours)
        os.close(theirs)
    del ends


def heard(pipe: int) -> bytes:
    try:
        return os.read(pipe, 65536)
    except BlockingIOError:
        return b""


def test_a_full_disk_is_told_and_the_recording_goes_on_when_there_is_room(
    publisher: Node, start: Any, tmp_path: Path
) -> None:
    """A file that may not grow behaves as a full disk does."""
    path = tmp_path / "recording.mcap"
    process = start(path)
    said: list[tuple[str, str]] = []

    def hear(message: DiagnosticArray) -> None:
        for status in message.status:
            if status.name == "recorder":
                remedy = next((value.value for value in status.values if value.key == "remedy"), "")
                said.append((status.message, remedy))

    publisher.create_subscription(DiagnosticArray, "/diagnostics", hear, 10)
    ends = publish(publisher, 1)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (50_000, resource.RLIM_INFINITY))
    numbers = itertools.count(1)

    def full() -> bool:
        number = next(numbers)
        ends[0].publish(noise(number))
        rclpy.spin_once(publisher, executor=executor, timeout_sec=0.0)
        return any("cannot write recording.mcap" in text for text, _ in said)

    executor = SingleThreadedExecutor(context=publisher.context)
    wait_until(full, what="it says that it cannot write")
    assert said[-1][1].startswith("make room: the recording then goes on by itself")
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    last = next(numbers)
    ends[0].publish(noise(last))
    wait_until(lambda: len(read(path)[1]) == last + 2, what="all of it is on the disk")
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE_S) == 0
    recording, messages = read(path)
    indices = [one.message.first_index for one in messages if one.topic.endswith("/samples")]
    assert recording.complete and indices == [20 * number for number in range(last + 1)]


def noise(number: int) -> WrenchBlock:
    """A block that no compression makes smaller."""
    message = block(number)
    chance = random.Random(number)
    message.wrench = array("f", [chance.random() for _ in range(120)])
    return message


def test_a_folder_that_cannot_be_written_to_is_told_in_one_line(ros_domain: int, tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    file = tmp_path / "recorder.yaml"
    values = {"path": str(tmp_path / "taken" / "session.mcap"), "topics": ["a"]}
    file.write_text(yaml.safe_dump({"/**": {"ros__parameters": values}}))
    command = [sys.executable, "-m", "port_session.ros.recorder_node", "--ros-args", "--params-file", str(file)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=300, env=os.environ.copy())
    assert result.returncode == 2 and "Traceback" not in result.stderr
    assert "path: " in result.stderr and "cannot be made" in result.stderr


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
