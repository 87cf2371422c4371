"""A program in the ground's own domain that knows everything but the session's key: all it can reach is a stop.

Each way is one that once had an effect. What the session's own nodes say is heard beside it all the time.
"""

import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from geometry_msgs.msg import PoseWithCovarianceStamped
from port_interfaces.msg import Cause, EstopState, SafetyEvent, SafetyState, SessionState, ZoneOccupancy
from port_interfaces.srv import Arm, OverrideRule, Recover, Reset
from rclpy.node import Node

from port_ros import qos, signed_request
from tests.arming import signed_reset
from tests.ros.test_gate_node import PARAMETERS, Ground, ground  # noqa: F401 (fixture)
from tests.ros_peer import Peer, start_node
from tests.waiting import wait_until

Process = subprocess.Popen[bytes]

WATCHED: dict[str, Any] = {
    **PARAMETERS,
    "rules": [*PARAMETERS["rules"], "who_speaks"],
    "who_speaks": {"type": "ground_publishers", "stale_s": 10.0},
    "publishers": [
        "estop/state peer", "ground/robot_pose peer", "ground/occupancy peer", "session/state peer",
        "safety/enable gate",
    ],
}  # fmt: skip


class Intruder(Peer):
    """A node of another name that says what it likes."""

    def __init__(self) -> None:
        super().__init__()
        self.teleop = Node("teleop", namespace="/t", context=self.context)

    def say(self, kind: Any, topic: str, profile: Any, message: Any) -> Callable[[], None]:
        """Says it now and again; each call says it once more, stamped now if it has a stamp."""
        publisher = self.teleop.create_publisher(kind, topic, profile)
        wait_until(lambda: publisher.get_subscription_count() >= 1, what="somebody listens")

        def again() -> None:
            stamp = self.node.get_clock().now().to_msg()
            if hasattr(message, "stamp"):
                message.stamp = stamp
            if hasattr(message, "header"):
                message.header.stamp = stamp
            publisher.publish(message)

        again()
        return again

    def close(self) -> None:
        self.teleop.destroy_node()
        super().close()


@pytest.fixture
def gate(ros_domain: int, tmp_path: Path) -> Iterator[Process]:
    process = start_node("port_safety", "gate_node", "gate", PARAMETERS, tmp_path)
    yield process
    process.kill()
    process.wait()


@pytest.fixture
def intruder(ros_domain: int) -> Iterator[Intruder]:
    peer = Intruder()
    yield peer
    peer.close()


def stopped_for(ground: Ground, source: str, again: Callable[[], None] = lambda: None) -> Cause:  # noqa: F811
    """The cause from `source` of a stop that is in force.

    again: says once more what provokes it; what the true speaker says next may take the place of a single message.
    """

    def found() -> list[Cause]:
        again()
        causes = [cause for state in ground.states for cause in state.causes]
        return [each for each in causes if (each.rule, each.source) == ("ground_publishers", source)]

    wait_until(found, what=f"a stop for {source}; seen: {ground.states[-1:]}")
    wait_until(lambda: ground.state() in (SafetyState.STOPPING, SafetyState.STOPPED, SafetyState.RESET_READY))
    return found()[0]


CLOSED = {"device_id": "station_1", "channel_a_closed": True, "channel_b_closed": True, "relay_closed": True}
FORGED = {
    "an e-stop that is not pressed": (EstopState, "estop/state", qos.SENSOR_STREAM, EstopState(**CLOSED)),
    "a reset button": (EstopState, "estop/state", qos.SENSOR_STREAM, EstopState(**CLOSED, reset_pressed=True)),
    "an empty ground": (
        ZoneOccupancy, "ground/occupancy", qos.SENSOR_STREAM, ZoneOccupancy(source_id="overhead", valid=True)
    ),
    "a running session": (
        SessionState, "session/state", qos.STATE_LATCHED, SessionState(session_id="t", state=SessionState.RUNNING)
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", FORGED)
def test_what_only_the_session_s_nodes_may_say_stops_the_robot(
    gate: Process,
    ground: Ground,  # noqa: F811
    intruder: Intruder,
    what: str,
) -> None:
    kind, topic, profile, message = FORGED[what]
    ground.arm()
    again = intruder.say(kind, topic, profile, message)
    cause = stopped_for(ground, topic, again)
    assert cause.severity == Cause.PROTECTIVE_STOP
    assert cause.reason.startswith(f"{topic}: what was said there does not count: it is not signed by this session")


def pressed_and_released(ground: Ground) -> str:  # noqa: F811
    """The id of the stop that the button of the station began."""
    ground.arm()
    ground.pressed = True
    event_id = str(ground.reach(SafetyState.STOPPED).event_id)
    ground.pressed = False
    return event_id


def test_a_forged_reset_button_resets_nothing(
    gate: Process,
    ground: Ground,  # noqa: F811
    intruder: Intruder,
) -> None:
    """Released and pressed, again and again, over a stop that a press of the button would end."""
    pressed_and_released(ground)
    ground.reach(SafetyState.RESET_READY)
    released, pressed = EstopState(**CLOSED), EstopState(**CLOSED, reset_pressed=True)
    release = intruder.say(EstopState, "estop/state", qos.SENSOR_STREAM, released)
    press = intruder.say(EstopState, "estop/state", qos.SENSOR_STREAM, pressed)
    for _ in range(20):
        release()
        press()
        time.sleep(0.01)
    stopped_for(ground, "estop/state")
    assert not [event for event in ground.events if event.kind == SafetyEvent.RESET_ACCEPTED]
    assert ground.state() in (SafetyState.STOPPED, SafetyState.RESET_READY)


def test_a_forged_state_does_not_hide_that_the_station_is_silent(
    gate: Process,
    ground: Ground,  # noqa: F811
    intruder: Intruder,
) -> None:
    """The station is gone, somebody says in its place that all is well: its silence stops the robot all the same."""
    ground.arm()
    again = intruder.say(EstopState, "estop/state", qos.SENSOR_STREAM, EstopState(**CLOSED))
    ground.silent = True

    def named() -> bool:
        again()
        return any(cause.reason.startswith("estop station_1: no data for") for cause in ground.states[-1].causes)

    wait_until(named, what="the station is missed")
    assert ground.states[-1].severity == Cause.EMERGENCY_STOP


@pytest.mark.parametrize(
    ("kind", "service", "request_"),
    [
        (Arm, signed_request.ARM, Arm.Request(session="t", by="mallory")),
        (Reset, signed_request.RESET, Reset.Request(session="t", by="mallory")),
        (Recover, signed_request.RECOVER, Recover.Request(session="t", by="mallory")),
        (OverrideRule, signed_request.OVERRIDE, OverrideRule.Request(session="t", rule="lane", by="m", why="so")),
    ],
)
def test_what_lets_the_robot_move_is_asked_by_the_session_alone(
    gate: Process,
    ground: Ground,  # noqa: F811
    intruder: Intruder,
    kind: Any,
    service: str,
    request_: Any,
) -> None:
    ground.reach(SafetyState.STANDBY)
    request_.stamp = intruder.node.get_clock().now().to_msg()
    answer = intruder.call(kind, service, request_)
    assert not answer.accepted
    assert answer.reason == f"the request is not signed by the session; {signed_request.REMEDIES[service]}"
    assert ground.state() == SafetyState.STANDBY


def test_a_reset_that_the_session_signed_counts_once(
    gate: Process,
    ground: Ground,  # noqa: F811
    intruder: Intruder,
) -> None:
    """Somebody who has heard it cannot use it for the next stop."""
    event_id = pressed_and_released(ground)

    def accepted() -> Reset.Request | None:
        request = signed_reset(event_id)
        return request if ground.call(Reset, "safety/reset", request).accepted else None

    heard = wait_until(accepted, what="the reset")
    answer = intruder.call(Reset, "safety/reset", heard)
    assert not answer.accepted and ("used before" in answer.reason or "was signed" in answer.reason), answer.reason


@pytest.fixture
def watching(ros_domain: int, tmp_path: Path) -> Iterator[Process]:
    """A gate that looks who publishes."""
    process = start_node("port_safety", "gate_node", "gate", WATCHED, tmp_path)
    yield process
    process.kill()
    process.wait()


def test_a_forged_pose_is_a_stop_by_the_forger_s_name(
    watching: Process,
    ground: Ground,  # noqa: F811
    intruder: Intruder,
) -> None:
    """A pose cannot prove who said it: who publishes it is looked at."""
    ground.arm()
    intruder.say(PoseWithCovarianceStamped, "ground/robot_pose", qos.SENSOR_STREAM, PoseWithCovarianceStamped())
    cause = stopped_for(ground, "/t/teleop on /t/ground/robot_pose")
    assert cause.reason == "ground_publishers: foreign publisher: /t/teleop on /t/ground/robot_pose; end it"
