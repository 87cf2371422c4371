"""What passes or happened and cannot be written: the robot is stopped all the same, and the evidence has it."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from builtin_interfaces.msg import Time
from port_interfaces.msg import EstopState, SafetyState

from port_ros import qos
from port_ros.signed_publisher import SignedPublisher
from port_safety.evidence.hash_chain import verify
from tests.arming import signed_publisher
from tests.ros.test_gate_node import PARAMETERS, Ground, ground
from tests.ros_peer import start_node
from tests.waiting import PATIENCE_S, wait_until

__all__ = ["ground"]

MUTE = Path(__file__).with_name("mute_gate.py")


@pytest.fixture
def gate(ros_domain: int, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A gate that is made mute by the file `mute`."""
    parameters = {**PARAMETERS, "evidence_path": str(tmp_path / "stops.jsonl")}
    command = [sys.executable, str(MUTE), str(tmp_path / "mute")]
    process = start_node("port_safety", "gate_node", "gate", parameters, tmp_path, command)
    yield process
    process.kill()
    process.wait()


def records(folder: Path) -> list[dict[str, Any]]:
    return list(verify((folder / "stops.jsonl").read_bytes()).records)


def test_what_a_tick_cannot_write_stops_the_robot_and_does_not_end_the_gate(
    gate: subprocess.Popen[bytes], ground: Ground, tmp_path: Path
) -> None:
    ground.arm()
    ground.request = 0.3
    wait_until(lambda: ground.commands[-1].linear.x == 0.3)
    ground.request = None  # from here on only ticks say it again
    (tmp_path / "mute").write_text("motion")
    wait_until(lambda: gate.poll() is not None or ground.state() == SafetyState.FAULT)
    assert gate.poll() is None, (tmp_path / "gate.log").read_text()[-2000:]
    assert "no word for it" in ground.states[-1].reason
    wait_until(lambda: ground.commands[-1].linear.x == 0.0)
    said = len(ground.commands)
    wait_until(lambda: len(ground.commands) > said + 20, what="it goes on saying stop")
    wait_until(lambda: any(one["kind"] == "fault" for one in records(tmp_path)))


def test_an_event_that_cannot_be_published_is_in_the_evidence(
    gate: subprocess.Popen[bytes], ground: Ground, tmp_path: Path
) -> None:
    ground.arm()
    (tmp_path / "mute").write_text("event")
    ground.pressed = True
    gate.wait(PATIENCE_S)  # nor can the fault be told: then it ends, and the hardware takes the power
    began = [one for one in records(tmp_path) if one["kind"] == "stop_began"]
    assert [one["rule"] for one in began] == ["estop"]


def test_a_stamp_at_the_end_of_time_is_told_as_such(
    gate: subprocess.Popen[bytes], ground: Ground, tmp_path: Path
) -> None:
    """Its nanoseconds lead beyond the 32 bits of its seconds, which no stamp of an event holds."""
    ground.arm()
    press = signed_publisher(ground.node, EstopState, "estop/state", qos.SENSOR_STREAM)
    wait_until(lambda: press.publisher.get_subscription_count() >= 1)
    ground.silent = True
    wait_until(lambda: told_at_the_end_of_time(press, tmp_path) or gate.poll() is not None, what="it is told")
    assert gate.poll() is None, (tmp_path / "gate.log").read_text()[-2000:]
    assert ground.states[-1].severity == 3 and ground.state() != SafetyState.FAULT


def told_at_the_end_of_time(press: SignedPublisher, folder: Path) -> bool:
    """Say it again, for what is said once may be overtaken; whether the evidence tells that the e-stop stopped it.

    On a busy machine the station's silence may have come first: then its press is a further cause.
    """
    press.publish(EstopState(stamp=Time(sec=2**31 - 1, nanosec=2**32 - 1), device_id="station_1"))
    told = [one for one in records(folder) if one["kind"] in ("stop_began", "cause_added")]
    return any("estop" in (one.get("rule"), *(cause["rule"] for cause in one.get("causes", ()))) for one in told)
