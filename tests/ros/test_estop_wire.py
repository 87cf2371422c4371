"""The e-stop node against the station at its wire: presses arrive, silence is said, only heartbeats hold the relay."""

import itertools
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from port_interfaces.msg import EnableHeartbeat, EstopState
from rclpy.serialization import serialize_message

from port_ros import qos
from port_ros.session_key import read_key
from port_ros.signed_stream import StreamSigner
from tests.arming import KEY_FILE
from tests.ros_peer import Peer, start_node
from tests.sim_ground import ESTOPS, SimGround
from tests.waiting import PATIENCE_S, quickest_s, wait_until

WATCHDOG_S = 0.3
#: What a loaded machine may add between a deadline in the device and our seeing it: generous, the time is printed.
SLACK_S = 10.0


class Rig:
    """Ground, node, a subscriber to its state and a gate that sends heartbeats while `enable` is not None."""

    def __init__(self, folder: Path, kind: str, plugged: bool = True) -> None:
        self.kind = kind
        self.enable: bool | None = None
        self.frozen = False
        self.sequence = 0
        self.last_beat_s = 0.0
        self.peer = Peer()
        self.states: list[EstopState] = self.peer.keep(EstopState, "estop/state", qos.SENSOR_STREAM)
        self.diagnostics = self.peer.keep(DiagnosticArray, "/diagnostics", 10)
        self._beats = self.peer.node.create_publisher(EnableHeartbeat, "safety/enable", qos.SENSOR_STREAM)
        self._gate = StreamSigner(read_key(KEY_FILE), "safety/enable")
        self.peer.every(0.02, self._beat)
        self.ground = SimGround(folder, kind)
        if not plugged:
            self.ground.ask(do="unplug", device="station_1")
        self.node = start_node("port_sensors", "estop_node", "estop", self.ground.estop_parameters(), folder)

    def _beat(self) -> None:
        if self.enable is None:
            return
        self.sequence += 0 if self.frozen else 1
        self.last_beat_s = time.monotonic()
        stamp = self.peer.node.get_clock().now().to_msg()
        beat = EnableHeartbeat(
            instance=self._gate.instance, sequence=self.sequence, stamp=stamp, epoch=1, enable=self.enable
        )
        self._beats.publish(self._gate.signed(serialize_message(beat)))

    def forged(self) -> EnableHeartbeat:
        """What the gate would say next, had it the session's key."""
        stamp = self.peer.node.get_clock().now().to_msg()
        return EnableHeartbeat(
            mac=[7] * 16, instance=self._gate.instance, sequence=self.sequence + 1000, stamp=stamp, epoch=1, enable=True
        )

    @property
    def now(self) -> EstopState:
        return self.states[-1]

    def relay(self) -> bool:
        return bool(self.ground.ask(do="status")["relay_closed"])

    def link_is(self, link: int) -> None:
        wait_until(lambda: self.states and self.now.link == link, what=f"link {link}")

    def hundred_states_s(self) -> float:
        """How long the next hundred states take."""
        count, began_s = len(self.states), time.monotonic()
        wait_until(lambda: len(self.states) > count + 100, what="100 states")
        return time.monotonic() - began_s

    def errors(self) -> list[DiagnosticStatus]:
        """The diagnostics that were errors."""
        found = [status for array in list(self.diagnostics) for status in array.status]
        return [status for status in found if status.level == DiagnosticStatus.ERROR]

    def close_relay(self) -> None:
        self.link_is(EstopState.LINK_OK)
        self.enable = True
        wait_until(self.relay, what="the relay closed")

    def opens_after(self, since_s: float) -> float:
        """How long after `since_s` the relay is seen open."""
        wait_until(lambda: not self.relay(), what="the relay open")
        open_s = time.monotonic() - since_s
        print(f"{self.kind}: relay seen open after {open_s * 1e3:.0f} ms")
        return open_s

    def close(self) -> None:
        if self.node.poll() is None:
            self.node.kill()
            self.node.wait()
        self.ground.close()
        self.peer.close()


@pytest.fixture(params=ESTOPS)
def kind(request: pytest.FixtureRequest) -> str:
    """Each promise holds for each kind of station."""
    return str(request.param)


@pytest.fixture
def rig(ros_domain: int, tmp_path: Path, kind: str) -> Iterator[Rig]:
    rig = Rig(tmp_path, kind)
    yield rig
    rig.close()


def test_contacts_arrive_as_they_are(rig: Rig) -> None:
    rig.link_is(EstopState.LINK_OK)
    assert (rig.now.channel_a_closed, rig.now.channel_b_closed, rig.now.reset_pressed) == (True, True, False)
    assert rig.now.device_id == "station_1"

    def press_s() -> float:
        """Press and release; how long until the press is here."""
        pressed_s = time.monotonic()
        rig.ground.ask(do="estop", action="press")
        wait_until(lambda: not rig.now.channel_a_closed and not rig.now.channel_b_closed, what="the press")
        took_s = time.monotonic() - pressed_s
        rig.ground.ask(do="estop", action="release")
        wait_until(lambda: rig.now.channel_a_closed and rig.now.channel_b_closed, what="the release")
        return took_s

    assert quickest_s(press_s, 0.5) <= 0.5
    rig.ground.ask(do="reset", action="press")
    wait_until(lambda: rig.now.channel_a_closed and rig.now.reset_pressed, what="the reset button")


def test_the_state_comes_at_least_50_times_a_second(rig: Rig) -> None:
    rig.link_is(EstopState.LINK_OK)
    assert quickest_s(rig.hundred_states_s, 2.0) <= 2.0
    sequences = [state.sequence for state in rig.states]
    assert all(later > earlier for earlier, later in itertools.pairwise(sequences))


def test_a_pulled_cable_opens_every_contact_and_heals(rig: Rig) -> None:
    rig.close_relay()
    rig.ground.ask(do="unplug", device="station_1")
    rig.link_is(EstopState.LINK_LOST)
    assert not (rig.now.channel_a_closed or rig.now.channel_b_closed or rig.now.relay_closed)
    wait_until(lambda: "plug the device in" in rig.now.link_reason, what="the remedy")
    assert quickest_s(rig.hundred_states_s, 2.0) <= 2.0
    assert wait_until(rig.errors)[-1].name == "estop station_1"

    def replug_s() -> float:
        """Plug the pulled cable in; how long until the link is there. Pulls it again."""
        began_s = time.monotonic()
        rig.ground.ask(do="replug", device="station_1")
        rig.link_is(EstopState.LINK_OK)
        took_s = time.monotonic() - began_s
        rig.ground.ask(do="unplug", device="station_1")
        rig.link_is(EstopState.LINK_LOST)
        return took_s

    assert quickest_s(replug_s, 2.0) <= 2.0


def test_a_station_that_was_never_there(ros_domain: int, tmp_path: Path, kind: str) -> None:
    rig = Rig(tmp_path, kind, plugged=False)
    try:
        rig.link_is(EstopState.LINK_NEVER)
        assert not rig.now.channel_a_closed
    finally:
        rig.close()


@pytest.mark.parametrize(("fault", "rate"), [("flip", 0.004), ("drop", 0.02), ("garbage", 0.05)])
def test_a_bad_wire_never_invents_a_contact(rig: Rig, fault: str, rate: float) -> None:
    rig.link_is(EstopState.LINK_OK)
    rig.ground.ask(do="fault", device="station_1", kind=fault, rate=rate)
    count = len(rig.states)
    wait_until(lambda: len(rig.states) > count + 300, what="300 states on a bad wire")
    for state in rig.states[count:]:
        assert not state.reset_pressed
        assert state.channel_a_closed == state.channel_b_closed == (state.link == EstopState.LINK_OK)
    rig.ground.ask(do="fault", device="station_1", kind="off")
    rig.link_is(EstopState.LINK_OK)


def test_a_stalled_station_is_a_lost_link(rig: Rig) -> None:
    rig.link_is(EstopState.LINK_OK)
    rig.ground.ask(do="fault", device="station_1", kind="stall")
    rig.link_is(EstopState.LINK_LOST)
    rig.ground.ask(do="fault", device="station_1", kind="off")
    rig.link_is(EstopState.LINK_OK)


def test_the_relay_closes_with_heartbeats_only_and_stays_closed(rig: Rig) -> None:
    rig.link_is(EstopState.LINK_OK)
    count = rig.now.device_sequence
    wait_until(lambda: rig.now.device_sequence > count + 60, what="a while without heartbeats")
    assert not rig.relay()
    rig.close_relay()
    wait_until(lambda: rig.now.relay_closed, what="the feedback contact")
    # Where the gate of this test, the node or the station are held up, it opens for a while, as it should.
    count = len(rig.states)
    while_s = lambda: rig.states[max(count, len(rig.states) - 150) :]  # noqa: E731
    wait_until(lambda: len(while_s()) == 150 and all(state.relay_closed for state in while_s()), what="1.5 s closed")


def test_the_relay_opens_by_itself_when_heartbeats_stop(rig: Rig) -> None:
    rig.close_relay()
    rig.enable = None
    assert rig.opens_after(rig.last_beat_s) <= WATCHDOG_S + 0.1 + SLACK_S


def test_the_relay_opens_by_itself_when_heartbeats_repeat(rig: Rig) -> None:
    rig.close_relay()
    rig.frozen = True
    assert rig.opens_after(time.monotonic()) <= WATCHDOG_S + 0.1 + SLACK_S


def test_a_heartbeat_of_somebody_else_holds_no_relay(rig: Rig) -> None:
    """It knows everything but the session's key: the real gate says no, or nothing, and is not outshouted."""
    rig.close_relay()
    forger = rig.peer.node.create_publisher(EnableHeartbeat, "safety/enable", qos.SENSOR_STREAM)
    shouting = rig.peer.node.create_timer(0.005, lambda: forger.publish(rig.forged()))
    rig.enable = False
    rig.opens_after(time.monotonic())
    rig.enable = None
    ends_s = time.monotonic() + 1.0
    while time.monotonic() < ends_s:
        assert not rig.relay()
    told = [s for a in list(rig.diagnostics) for s in a.status if "heartbeats that the gate did not send" in s.message]
    assert told and told[-1].level == DiagnosticStatus.WARN
    shouting.cancel()


def test_a_disable_opens_the_relay_at_once(rig: Rig) -> None:
    rig.close_relay()
    rig.enable = False
    assert rig.opens_after(time.monotonic()) <= 0.02 + SLACK_S


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP, signal.SIGINT])
def test_the_relay_opens_when_the_node_is_gone(rig: Rig, number: signal.Signals) -> None:
    rig.close_relay()
    gone_s = time.monotonic()
    rig.node.send_signal(number)
    assert rig.opens_after(gone_s) <= WATCHDOG_S + SLACK_S


def test_the_relay_opens_when_the_cable_is_pulled(rig: Rig) -> None:
    rig.close_relay()
    rig.ground.ask(do="unplug", device="station_1")
    assert rig.opens_after(time.monotonic()) <= WATCHDOG_S + SLACK_S


def test_a_channel_that_opened_alone_stays_open_until_the_button_is_pressed(rig: Rig) -> None:
    rig.link_is(EstopState.LINK_OK)
    rig.ground.ask(do="contact", channel="b", action="break")
    wait_until(lambda: rig.now.channel_a_closed and not rig.now.channel_b_closed, what="channel B open")
    rig.ground.ask(do="contact", channel="b", action="mend")
    wait_until(lambda: any("one channel opened alone" in status.message for status in rig.errors()), what="the word")
    assert not rig.now.channel_b_closed
    rig.ground.ask(do="estop", action="press")
    # While the link is lost every contact counts as open, which is no press.
    seen = lambda: rig.now.link == EstopState.LINK_OK and not rig.now.channel_a_closed  # noqa: E731
    wait_until(seen, what="the press")
    rig.ground.ask(do="estop", action="release")
    wait_until(lambda: rig.now.channel_a_closed and rig.now.channel_b_closed, what="both channels closed")


def test_an_adapter_that_echoes_is_told_and_confirms_nothing(rig: Rig) -> None:
    rig.link_is(EstopState.LINK_OK)
    rig.ground.ask(do="faults", device="station_1", script="echo")
    if rig.kind == "estop_link":  # its frames go both ways at any time, so an echo cannot be told from a second host
        rig.link_is(EstopState.LINK_LOST)
        assert "a host's own frame came back: switch the adapter's echo off" in wait_until(lambda: rig.now.link_reason)
        return
    told = lambda: [status for array in list(rig.diagnostics) for status in array.status if "adapter" in status.message]  # noqa: E731
    status = wait_until(told, what="the echo is told")[-1]
    assert (status.level, rig.now.link) == (DiagnosticStatus.OK, EstopState.LINK_OK)
    assert ("remedy", "switch its local echo off") in [(value.key, value.value) for value in status.values]
    rig.close_relay()
    rig.enable = False
    wait_until(lambda: not rig.relay(), what="the relay released")


@pytest.mark.parametrize(("driver", "key", "value"), [
    ("waveshare_8ch", "watchdog_s", 0.25),
    ("estop_link", "watchdog_s", 0.255),
    ("estop_link", "station_id", 0),
    ("estop_link", "unit_id", 1),
    ("smoke_signal", "driver", "smoke_signal"),
])  # fmt: skip
def test_settings_that_the_station_cannot_keep_end_the_start(
    ros_domain: int, tmp_path: Path, driver: str, key: str, value: object
) -> None:
    settings = {"device_id": "s", "port": "x", **ESTOPS.get(driver, {}), key: value}
    node = start_node("port_sensors", "estop_node", "estop", settings, tmp_path)
    assert node.wait(PATIENCE_S) == 2
    assert key.encode() in (tmp_path / "estop.log").read_bytes()
