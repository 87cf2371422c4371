"""Whatever arrives, the page is built, says what is not valid, and shows nothing of it as fine."""

import math
import signal
import subprocess
import sys
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
import rclpy
import yaml
from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import PoseWithCovarianceStamped
from hypothesis import given, settings
from hypothesis import strategies as st
from port_interfaces.msg import EstopState, InputAge, SafetyEvent, SafetyState, SessionEvent, SessionState
from rclpy.node import Node

from port_dashboard.ros import plain
from port_dashboard.state import page
from port_dashboard.state.board import Board
from port_ros import qos, stamps
from tests.waiting import PATIENCE_S, wait_until

NOW_NS, SYSTEM_NS = 1_000_000_000_000, 1_800_000_000_000_000_000
EXTREMES = [math.nan, math.inf, -math.inf, 0.0, -0.0, 1e200, -1e200, 1.8e308, 5e-324, 1e-160, -1.0, 1.0]
FLOATS = st.sampled_from(EXTREMES) | st.floats()
WHOLE = {"bool": 1, "uint8": 8, "octet": 8, "uint16": 16, "uint32": 32, "uint64": 64, "int8": -8, "int32": -32}
TEXTS = st.text(max_size=20) | st.sampled_from(["", "\x00", "é" * 100_000, "<script>", "\N{CHART WITH UPWARDS TREND}"])


def whole(bits: int) -> st.SearchStrategy[int]:
    low, high = (0, 2**bits - 1) if bits > 0 else (-(2 ** (-bits - 1)), 2 ** (-bits - 1) - 1)
    return st.sampled_from([low, high, 0, 1]) | st.integers(low, high)


def anything(kind: str) -> st.SearchStrategy[Any]:
    """Any value of a field of this type."""
    if kind.startswith("sequence<"):
        return st.lists(anything(kind[9:-1].split(",")[0].strip()), max_size=3)
    if kind.endswith("]"):
        element, _, length = kind[:-1].rpartition("[")
        return st.lists(anything(element), min_size=int(length), max_size=int(length))
    if kind in ("double", "float", "float32", "float64"):
        return FLOATS
    if kind == "boolean":
        return st.booleans()
    if kind.startswith(("string", "wstring")):
        return TEXTS
    if kind == "octet":
        return st.binary(min_size=1, max_size=1)
    if "/" in kind:
        return filled(kind)
    return whole(WHOLE[kind])


def filled(type_name: str) -> st.SearchStrategy[Any]:
    """Any message of this type: no checks of fields, as what comes from the middleware has none."""
    package, _, name = type_name.rpartition("/")
    module = __import__(f"{package.split('/')[0]}.msg", fromlist=[name])
    kind = getattr(module, name)
    fields = {f"_{key}": anything(value) for key, value in kind.get_fields_and_field_types().items()}

    def fill(values: dict[str, Any]) -> Any:
        message = kind()
        for key, value in values.items():
            setattr(message, key, array("d", value) if isinstance(getattr(message, key), array) else value)
        return message

    return st.fixed_dictionaries(fields).map(fill)


def shown(take: Callable[[Board], object]) -> dict[str, Any]:
    """The page after `take`, through JSON as a browser gets it."""
    board = Board()
    take(board)
    built = page.build(page.Frame("demo"), board.picture(), NOW_NS, SYSTEM_NS)
    text = orjson.dumps(built)
    assert len(text) < 200_000, "no message makes the page endless"
    return dict(orjson.loads(text))


@settings(max_examples=300)
@given(filled("port_interfaces/SafetyState"))
def test_any_safety_state_is_shown(message: SafetyState) -> None:
    built = shown(lambda board: board.take_safety(plain.safety_state(message), NOW_NS))
    numbers = (message.requested_mps, message.passed_mps, message.speed_mps)
    if not all(math.isfinite(number) for number in numbers):
        assert built["speed"]["status"] != "ok"


@settings(max_examples=300)
@given(filled("geometry_msgs/PoseWithCovarianceStamped"))
def test_any_pose_is_shown(message: PoseWithCovarianceStamped) -> None:
    built = shown(lambda board: board.take_pose(plain.pose(message), NOW_NS))
    robot = built["plan"]["robot"]
    assert (robot is None) == (built["plan"]["status"] != "ok")
    if robot is not None:
        assert all(math.isfinite(number) and abs(number) < 1e6 for number in robot.values())


@settings(max_examples=100)
@given(filled("port_interfaces/SafetyEvent"), filled("port_interfaces/SessionEvent"))
def test_any_event_is_shown(safety: SafetyEvent, session: SessionEvent) -> None:
    def take(board: Board) -> None:
        board.take_event(plain.safety_event(safety))
        board.take_event(plain.session_event(session))

    assert len(shown(take)["events"]) == 2


@settings(max_examples=100)
@given(
    filled("port_interfaces/EstopState"),
    filled("port_interfaces/SessionState"),
    filled("diagnostic_msgs/DiagnosticArray"),
)
def test_any_other_message_is_shown(estop: EstopState, session: SessionState, health: DiagnosticArray) -> None:
    def take(board: Board) -> None:
        board.take_estop(plain.estop(estop), NOW_NS)
        board.take_session(plain.session_state(session), NOW_NS)
        for each in health.status:
            board.take_health(plain.text(each.name), plain.diagnostic(each), NOW_NS)

    shown(take)


def pose(w: float, z: float = 0.0, x: float = 1.0) -> PoseWithCovarianceStamped:
    message = PoseWithCovarianceStamped()
    message.pose.pose.position.x = x
    message.pose.pose.orientation.w, message.pose.pose.orientation.z = w, z
    return message


@pytest.mark.parametrize("bad", [pose(1e200), pose(1e200, 1e200), pose(0.0), pose(math.nan), pose(1.0, x=1e200)])
def test_a_pose_that_is_none_is_shown_as_not_valid(bad: PoseWithCovarianceStamped) -> None:
    def take(board: Board) -> None:
        board.take_pose(plain.pose(pose(1.0)), NOW_NS)
        board.take_pose(plain.pose(bad), NOW_NS)

    plan = shown(take)["plan"]
    assert plan["status"] == "unknown" and plan["text"] == "the robot's pose is not valid" and plan["robot"] is None


def test_a_list_without_end_and_a_text_without_end_are_cut() -> None:
    message = SafetyState(reason="x" * 10_000_000, inputs=[InputAge(name="y" * 10_000)] * 10_000)
    built = shown(lambda board: board.take_safety(plain.safety_state(message), NOW_NS))
    assert len(built["inputs"]) == plain.ITEMS_MOST and len(built["state"]["reason"]) == plain.TEXT_MOST


@pytest.fixture
def dashboard(ros_domain: int, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    file = tmp_path / "dashboard.yaml"
    file.write_text(yaml.safe_dump({"/**": {"ros__parameters": {"session": "demo", "port": 0}}}))
    code = "from port_dashboard.ros.dashboard_node import main; raise SystemExit(main())"
    command = [sys.executable, "-c", code, "--ros-args", "-r", "__ns:=/demo", "--params-file", str(file)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    yield process
    process.kill()
    process.wait()


def address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if "the dashboard is at " in line:
            return line.split("the dashboard is at ")[1].strip()
    raise AssertionError("it said nothing of an address")


def test_the_officers_page_survives_a_quaternion_of_1e200(dashboard: subprocess.Popen[str], ros_domain: int) -> None:
    url = address(dashboard)
    context = rclpy.Context()
    context.init(domain_id=ros_domain)
    node = Node("source", namespace="/demo", context=context)
    poses = node.create_publisher(PoseWithCovarianceStamped, "ground/robot_pose", qos.SENSOR_STREAM)
    states = node.create_publisher(SafetyState, "safety/state", qos.STATE_LATCHED)

    def seen(message: PoseWithCovarianceStamped, text: str) -> bool:
        now = node.get_clock().now().to_msg()
        message.header.stamp = now
        poses.publish(message)
        states.publish(SafetyState(state=SafetyState.RUN, speed_mps=math.nan, header=message.header))
        assert dashboard.poll() is None, "the page's process lives"
        built = httpx.get(f"{url}api/page").json()
        return bool(built["plan"]["text"] == text and built["live"])

    try:
        wait_until(lambda: seen(pose(1.0), "seen by the cameras"))
        wait_until(lambda: seen(pose(1e200, 1e200), "the robot's pose is not valid"))
        wait_until(lambda: seen(pose(1.0), "seen by the cameras"), what="and a good one is shown again")
    finally:
        node.destroy_node()
        context.try_shutdown()
    dashboard.send_signal(signal.SIGTERM)
    assert dashboard.wait(PATIENCE_S) == 0


def test_stamps_before_1970_are_only_old() -> None:
    message = SafetyState()
    message.since.sec = -(2**31)
    assert stamps.to_ns(message.since) < 0
    built = shown(lambda board: board.take_safety(plain.safety_state(message), NOW_NS - 2**62))
    assert not built["live"] and built["state"]["status"] == "unknown"
