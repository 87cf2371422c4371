"""What a SCADA host sees of a session: the telemetry node as a process, a real broker, a host beside it."""

from array import array
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from port_interfaces.msg import EstopState, InputAge, SafetyState, SessionState, WrenchBlock

from port_session.description.resolve import resolve
from port_telemetry import keys
from port_telemetry.ros.plate_view import PlateView
from port_telemetry.settings import Settings
from tests.broker import Broker
from tests.ros.test_telemetry import block
from tests.scada import Scada
from tests.telemetry_stage import Ground, Telemetry
from tests.unit.port_session.test_resolve import variant
from tests.waiting import wait_until


@pytest.fixture
def scada(broker: Broker) -> Iterator[Scada]:
    scada = Scada(broker)
    yield scada
    scada.close()


class Session:
    """Publishes everything again and again, as a session does, with what is changed meanwhile."""

    def __init__(self, ground: Ground) -> None:
        self._ground, self._count = ground, 0
        self.state = SafetyState(state=SafetyState.RUN, reason="running", enable=True, speed_mps=0.75, tick_hz=500.0)
        self.state.position_m = array("d", [1.5, -2.25])
        self.state.passed_mps = 1.0
        self.state.inputs = [InputAge(name="odometry", age_s=0.1, limit_s=0.3),
                             InputAge(name="estop station_1", age_s=0.1, limit_s=0.15)]  # fmt: skip
        self.estop = EstopState(device_id="station_1", channel_a_closed=True, channel_b_closed=True, relay_closed=True)
        self.camera = DiagnosticStatus(level=DiagnosticStatus.WARN, name="camera overhead", message="9.5 pictures")
        self.camera.values = [KeyValue(key="rate_hz", value="9.5"), KeyValue(key="remedy", value="check the network")]
        self._diagnostics = ground.node.create_publisher(DiagnosticArray, "/diagnostics", 10)

    def publish(self, *, plates: bool = True) -> None:
        self._count += 1
        self._ground.states.publish(self.state)
        self._ground.estops.publish(self.estop)
        self._ground.sessions.publish(SessionState(session_id="demo", state=SessionState.RUNNING, run=2))
        self._diagnostics.publish(DiagnosticArray(status=[self.camera]))
        if plates:
            self._ground.blocks.publish(block(self._count))

    def publish_until(self, condition: Callable[[], bool], what: str = "") -> None:
        """Publish until the condition holds."""

        def seen() -> bool:
            self.publish()
            return condition()

        wait_until(seen, what=what)

    def shows(self, scada: Scada, device: str, **wanted: object) -> None:
        """Wait until the host has these values (with _ for a blank)."""
        self.publish_until(
            lambda: all(scada.value(device, name.replace("_", " ")) == value for name, value in wanted.items()),
            f"{device}: {wanted}, not {scada.host.devices.get(device)}",
        )


def test_a_host_sees_gate_robot_estop_plate_camera_and_session(
    ground: Ground, broker: Broker, scada: Scada, tmp_path: Path
) -> None:  # fmt: skip
    telemetry = Telemetry(tmp_path, broker, sparkplug={"group": "hall"})
    session = Session(ground)
    try:
        wait_until(ground.heard, what="telemetry subscribes")
        session.shows(scada, "gate", State="RUN", Why="running", Enable=True, Passed_Speed=1.0, Tick_Rate=500.0)
        assert scada.value("gate", "Worst Input") == "estop station_1"
        session.shows(scada, "robot", Speed=0.75)
        session.shows(scada, "estop_station_1", Channel_A_Closed=True, Relay_Closed=True)
        session.shows(scada, "camera_overhead", Health="WARN", Why="9.5 pictures", Rate=9.5, Remedy="check the network")
        session.shows(scada, "plate_left", Valid=False)
        wait_until(lambda: isinstance(scada.value("plate_left", "Force/Z"), float))
        assert scada.host.devices["plate_left"].units["Force/Z"] == "N"
        wait_until(lambda: scada.host.node.values["Session/State"] == "RUNNING")
        assert scada.host.node.values["Session/Run"] == 2
        # A pressed button, and a cut cable: the one is seen, the other makes what was seen void.
        session.estop.channel_a_closed = False
        session.shows(scada, "estop_station_1", Channel_A_Closed=False, Channel_B_Closed=True)
        session.estop.link = EstopState.LINK_LOST
        session.publish_until(lambda: not scada.host.devices["estop_station_1"].online)
        # The gate falls silent: it and the robot are dead for the host, the node is not.
        wait_until(lambda: not scada.host.devices["gate"].online and not scada.host.devices["robot"].online)
        assert scada.host.node.online
        telemetry.end()
        wait_until(lambda: not scada.host.node.online)
    finally:
        telemetry.kill()


def test_forces_that_are_sealed_to_a_team_are_not_shown(
    ground: Ground, broker: Broker, scada: Scada, tmp_path: Path
) -> None:  # fmt: skip
    keys.new(tmp_path / "blue.key")
    telemetry = Telemetry(
        tmp_path, broker, sparkplug={"group": "hall"}, team_key_file=str(tmp_path / "blue.pub"),
        sealed=["force_plates/left/samples"],
    )  # fmt: skip
    session = Session(ground)
    try:
        wait_until(ground.heard, what="telemetry subscribes")
        session.shows(scada, "plate_left", Valid=False, Lost_Samples=0)
        assert all(scada.value("plate_left", f"Force/{axis}") is None for axis in "XYZ")
    finally:
        telemetry.kill()


def test_what_a_session_gives_it_are_its_parameters(tmp_path: Path) -> None:
    given = (
        resolve(str(variant(tmp_path, mqtt={"sparkplug": {"primary_host": "scada"}}))).process("telemetry").parameters
    )
    chosen = msgspec.convert(given, Settings).sparkplug
    assert chosen is not None and (chosen.group, chosen.primary_host) == (given["site"], "scada")
    plain = resolve(str(variant(tmp_path, mqtt={}))).process("telemetry").parameters
    assert msgspec.convert(plain, Settings).sparkplug is None


def test_a_saturated_sample_between_two_reports_is_not_overlooked() -> None:
    plate = PlateView(shows_forces=True)
    good = WrenchBlock(period_s=0.001, status=array("B", [0, 4]), wrench=array("f", [1.0] * 6 + [3.0] * 6))
    bad = WrenchBlock(period_s=0.001, status=array("B", [0, 1]), wrench=good.wrench)
    first = plate.values(good, 0.0, 10**9)
    assert first is not None and (first["Valid"], first["Force/X"], first["Age"]) == (True, 2.0, 0.999)
    assert plate.values(bad, 0.05, 10**9) is None
    second = plate.values(good, 0.11, 10**9)
    third = plate.values(good, 0.22, 10**9)
    assert second is not None and third is not None and (second["Valid"], third["Valid"]) == (False, True)
