"""The force plate node against the box at its wire: every sample arrives bit by bit, or is reported lost."""

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import ezc3d
import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from geometry_msgs.msg import PointStamped, WrenchStamped
from port_interfaces.msg import WrenchBlock
from port_interfaces.srv import Tare
from rclpy.qos import QoSProfile

from port_ros import qos, stamps
from port_sensors.core.surface import Surface
from port_session.export import c3d_file
from port_session.export.tracks import WRENCH_BLOCK, aligned, collect
from port_session.recorder.read import Recorded
from port_sim.recordings import force_plate_jump
from tests.ros_peer import Peer, start_node
from tests.sim_ground import CORNERS, PLATES, SimGround
from tests.waiting import PATIENCE_S, wait_until

#: A test that gets no processor time for a while must not lose what it is here to count.
PATIENT = QoSProfile(
    depth=5000,
    reliability=qos.MEASUREMENT.reliability,
    durability=qos.MEASUREMENT.durability,
    history=qos.MEASUREMENT.history,
)


class Rig:
    """Ground, node and a subscriber to everything."""

    def __init__(self, folder: Path) -> None:
        self.peer = Peer()
        self.blocks = {n: self.peer.keep(WrenchBlock, f"force_plates/{n}/samples", PATIENT) for n in PLATES}
        self.wrenches = self.peer.keep(WrenchStamped, "force_plates/left/wrench", qos.SENSOR_STREAM)
        self.centres = self.peer.keep(PointStamped, "force_plates/left/cop", qos.SENSOR_STREAM)
        self.wholes = self.peer.keep(PointStamped, "force_plates/cop", qos.SENSOR_STREAM)
        self.diagnostics = self.peer.keep(DiagnosticArray, "/diagnostics", 10)
        self.ground = SimGround(folder)
        self.node = start_node(
            "port_sensors", "force_plate_node", "force_plates", self.ground.plate_parameters(), folder
        )

    def received(self, plate: str) -> int:
        return sum(len(block.status) for block in self.blocks[plate])

    def accounted(self, plate: str) -> int:
        last = self.blocks[plate][-1]
        return int(last.received_total + last.lost_total)

    def stop_node(self) -> int:
        self.node.send_signal(signal.SIGINT)
        return self.node.wait(PATIENCE_S)

    def status(self, plate: str) -> DiagnosticStatus | None:
        """The newest diagnostic of a plate."""
        found = [s for array in list(self.diagnostics) for s in array.status if s.name == f"force_plate {plate}"]
        return found[-1] if found else None

    def level(self, plate: str) -> bytes | None:
        status = self.status(plate)
        return status.level if status else None

    def close(self) -> None:
        if self.node.poll() is None:
            self.node.kill()
            self.node.wait()
        self.ground.close()
        self.peer.close()


@pytest.fixture
def rig(ros_domain: int, tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path)
    yield rig
    rig.close()


def assert_every_sample_is_the_recordings(blocks: list[WrenchBlock], plate: str, undetected: int = 0) -> None:
    """undetected: how many samples a checksum of 8 bits may have let through damaged."""
    recording = force_plate_jump(plate)
    following, wrong = blocks[0].first_index, list[int]()
    for block in blocks:
        assert block.first_index == following + block.lost_before
        wrench = np.asarray(block.wrench, dtype=np.float32).reshape(-1, 6)
        expected = recording[np.arange(block.first_index, block.first_index + len(wrench)) % len(recording)]
        wrong += [block.first_index + place for place in np.flatnonzero((wrench != expected).any(axis=1))]
        following = block.first_index + len(wrench)
    assert len(wrong) <= undetected, wrong


def assert_the_account_closes(rig: Rig, plate: str) -> None:
    sent = rig.ground.sent(plate)
    wait_until(lambda: rig.accounted(plate) >= sent, what=f"all {sent} samples accounted for")
    last = rig.blocks[plate][-1]
    assert rig.accounted(plate) == sent
    first, *later = rig.blocks[plate]  # blocks from before we were discovered went to nobody
    assert first.received_total + sum(len(block.status) for block in later) == last.received_total
    assert first.lost_total + sum(block.lost_before for block in later) == last.lost_total


def test_every_sample_arrives_bit_by_bit(rig: Rig) -> None:
    wait_until(lambda: all(rig.received(plate) > 8000 for plate in PLATES), what="4 s of samples")
    assert rig.stop_node() == 0
    for plate in PLATES:
        assert_every_sample_is_the_recordings(rig.blocks[plate], plate)
        assert_the_account_closes(rig, plate)
        assert rig.blocks[plate][-1].lost_total == 0


def test_the_jump_survives_wire_topic_and_c3d(rig: Rig, tmp_path: Path) -> None:
    wait_until(lambda: all(rig.received(plate) > 6000 for plate in PLATES), what="3 s of samples")
    assert rig.stop_node() == 0
    blocks = {plate: list(rig.blocks[plate]) for plate in PLATES}  # on a busy machine the last ones still arrive
    found = [Recorded("", WRENCH_BLOCK, 0, block) for plate in PLATES for block in blocks[plate]]
    tracks = collect(found)
    c3d_file.write(aligned(tracks), {plate: Surface.of(CORNERS[plate]) for plate in PLATES}, tmp_path / "jump.c3d")
    analogs = ezc3d.c3d(str(tmp_path / "jump.c3d"))["data"]["analogs"][0]
    for number, plate in enumerate(PLATES):
        channels = analogs[6 * number : 6 * number + 6] / np.array((1, 1, 1, 1000, 1000, 1000))[:, None]
        here = ~np.isnan(channels[0])
        numbers = np.concatenate([b.first_index + np.arange(len(b.status)) for b in blocks[plate]])
        expected = force_plate_jump(plate)[numbers % len(force_plate_jump(plate))]
        assert np.array_equal(channels[:, here].T.astype(np.float32), expected)


def test_stamps_are_paced_by_the_device(rig: Rig) -> None:
    def newest() -> tuple[np.ndarray, np.ndarray]:
        """Stamps and indices of the last three seconds."""
        blocks = rig.blocks["left"][-300:]
        stamp_s = np.array([stamps.to_ns(block.header.stamp) for block in blocks]) / 1e9
        return stamp_s, np.array([block.first_index for block in blocks])

    def paced() -> bool:
        """Where the simulated box got no processor time at first, the node's fit of its clock begins anew."""
        stamp_s, index = newest()
        return len(index) == 300 and bool(np.ptp(stamp_s - index / 2000.0) < 0.005)

    wait_until(paced, what="3 s at the device's pace")


def test_wrench_and_centre_of_pressure_come_slowly(rig: Rig) -> None:
    wait_until(lambda: rig.received("left") > 4000, what="2 s of samples")
    assert 0 < len(rig.wrenches) <= rig.received("left") / 20 + 5
    assert rig.centres[-1].header.frame_id == "force_plates/left"
    wait_until(lambda: len(rig.wholes) > 20, what="both plates together")
    assert rig.wholes[-1].header.frame_id == "ground"


def test_a_pulled_cable_is_reported_and_mended(rig: Rig) -> None:
    wait_until(lambda: rig.received("left") > 2000, what="samples")
    rig.ground.ask(do="unplug", device="left_plate")
    wait_until(lambda: rig.level("left") == DiagnosticStatus.ERROR, what="the fault in /diagnostics")
    status = rig.status("left")
    assert status is not None and any(value.key == "remedy" and value.value for value in status.values)
    assert "left_plate" in status.message
    other = rig.received("right")
    before = rig.received("left")
    rig.ground.ask(do="replug", device="left")
    wait_until(lambda: rig.received("left") > before + 2000, what="a second of data again")
    assert rig.received("right") > other
    assert rig.stop_node() == 0
    assert_every_sample_is_the_recordings(rig.blocks["left"], "left")
    assert_the_account_closes(rig, "left")
    assert rig.blocks["left"][-1].lost_total > 100


@pytest.mark.parametrize(("kind", "rate"), [("flip", 2e-5), ("drop", 1e-4), ("garbage", 1e-4)])
def test_a_bad_wire_loses_samples_and_never_the_account(rig: Rig, kind: str, rate: float) -> None:
    wait_until(lambda: rig.received("left") > 1000, what="samples")
    rig.ground.ask(do="fault", device="left", kind=kind, rate=rate)
    wait_until(lambda: rig.blocks["left"][-1].rejected_total > 100, what="rejected bytes")
    rig.ground.ask(do="fault", device="left", kind="off")
    settled = rig.received("left") + 1000
    wait_until(lambda: rig.received("left") > settled, what="samples after the fault")
    assert rig.stop_node() == 0
    # SUM8 passes one in 256 of the frames that lack a byte or have one too many; of some tens that may be one or two.
    assert_every_sample_is_the_recordings(rig.blocks["left"], "left", undetected=3)
    assert_the_account_closes(rig, "left")
    assert rig.blocks["left"][-1].lost_total > 0


def test_a_stalled_box_is_an_error_and_its_samples_are_lost(rig: Rig) -> None:
    wait_until(lambda: rig.received("left") > 1000, what="samples")
    rig.ground.ask(do="fault", device="left", kind="stall")
    wait_until(lambda: rig.level("left") == DiagnosticStatus.ERROR, what="the fault in /diagnostics")
    rig.ground.ask(do="fault", device="left", kind="off")
    before = rig.received("left")
    wait_until(lambda: rig.received("left") > before + 1000, what="samples again")
    assert rig.stop_node() == 0
    assert_every_sample_is_the_recordings(rig.blocks["left"], "left")
    assert_the_account_closes(rig, "left")


def test_tare_is_taken_when_empty_and_refused_under_a_person(rig: Rig) -> None:
    index = lambda: rig.blocks["left"][-1].first_index if rig.blocks["left"] else 0  # noqa: E731

    def refusal() -> Tare.Response | None:
        """The recording comes round every 20 s; who asks too late, on a busy machine, asks at an empty plate."""
        wait_until(lambda: 9_000 < index() % 40_000 < 12_000, what="a person standing on the plate")
        answer = rig.peer.call(Tare, "force_plates/left/tare", Tare.Request(by="test"))
        return answer if answer.reason.startswith(("not unloaded", "not still")) else None

    assert not wait_until(refusal, what="no tare under a person").accepted
    wait_until(lambda: 27_000 < index() % 40_000 < 33_000, what="an empty plate")
    ask = lambda: rig.peer.call(Tare, "force_plates/left/tare", Tare.Request(by="test"))  # noqa: E731
    # It wants a second without a gap, which a busy machine may not give at once.
    wait_until(lambda: (answer := ask()).accepted and answer.reason == "tared", what="the tare")


def test_two_nodes_cannot_have_one_plate(rig: Rig, tmp_path: Path) -> None:
    wait_until(lambda: rig.received("left") > 1000, what="samples")
    folder = tmp_path / "second"
    folder.mkdir()
    second = start_node("port_sensors", "force_plate_node", "second", rig.ground.plate_parameters(), folder)
    try:
        wait_until(lambda: b"already open by" in (folder / "second.log").read_bytes(), what="busy in the log")
    finally:
        second.send_signal(signal.SIGINT)
        assert second.wait(PATIENCE_S) == 0
    before = rig.received("left")
    wait_until(lambda: rig.received("left") > before + 1000, what="the first goes on")
    wait_until(lambda: rig.level("left") == DiagnosticStatus.OK, what="and is well")


def test_a_wrong_parameter_ends_the_start_with_its_path(ros_domain: int, tmp_path: Path) -> None:
    plate = {"driver": "sri_m8128", "port": "x", "baud": 9600, "rate_hz": 1.0, "full_scale_n": 1.0}
    parameters = {"plates": ["left"], "left": {**plate, "corners_m": [0.0] * 12, "colour": "red"}}
    node: subprocess.Popen[bytes] = start_node("port_sensors", "force_plate_node", "force_plates", parameters, tmp_path)
    assert node.wait(PATIENCE_S) == 2
    assert b"left" in (log := (tmp_path / "force_plates.log").read_bytes()) and b"colour" in log
