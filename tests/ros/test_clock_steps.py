"""The system clock steps by a second while a plate streams: no interval between two blocks breaks but that one."""

import time
from dataclasses import replace
from pathlib import Path

import pytest
import rclpy
from port_interfaces.msg import WrenchBlock
from rclpy.experimental import EventsExecutor
from rclpy.signals import SignalHandlerOptions

from port_ros import qos, stamps
from port_ros.parameter_file import parameter_file
from port_sensors.ros.force_plate_node import ForcePlateNode
from tests.clock_steps import STEPS_NS, SteppedClock, intervals_are_unbroken
from tests.doors.port_sensors.test_wrench_wires import free_port
from tests.sim_ground import CORNERS
from tests.wires import WIRES, Wire

RATE_HZ, SAMPLES = 1000.0, 20
#: The fit of the device's clock settles in the first second.
SETTLED, COUNTED = 75, 150


@pytest.mark.parametrize("step_ns", STEPS_NS)
@pytest.mark.parametrize("wire", [replace(WIRES[0], rate_hz=RATE_HZ), WIRES[5]], ids=lambda wire: wire.name)
def test_blocks_of_a_plate(
    ros_domain: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wire: Wire, step_ns: int
) -> None:
    clock, port = SteppedClock(monkeypatch), str(tmp_path / "line")
    if wire.name == "ati_rdt":
        port = f"udp://127.0.0.1:{free_port()}"
    device = wire.device(port)
    device.start()
    plate = {"driver": wire.name, "port": port, "baud": 921600, "rate_hz": wire.rate_hz, "full_scale_n": 5000.0}
    plate |= {"corners_m": CORNERS["left"], "block_samples": SAMPLES}
    if wire.counts_per_unit:
        plate["counts_per_unit"] = list(wire.counts_per_unit)
    file = tmp_path / "plates.yaml"
    file.write_text(parameter_file({"plates": ["left"], "left": plate}))
    start = ["--ros-args", "-r", "__node:=force_plates", "-r", "__ns:=/t", "--params-file", str(file)]
    rclpy.init(args=start, signal_handler_options=SignalHandlerOptions.NO)
    node, blocks = ForcePlateNode(), list[WrenchBlock]()

    def take(block: WrenchBlock) -> None:
        blocks.append(block)
        if len(blocks) == (SETTLED + COUNTED) // 2 + SETTLED // 2:
            clock.step_ns = step_ns

    try:
        node.create_subscription(WrenchBlock, "force_plates/left/samples", take, qos.MEASUREMENT)
        executor = EventsExecutor()
        executor.add_node(node)
        deadline_s = time.monotonic() + 30.0
        while len(blocks) < SETTLED + COUNTED and time.monotonic() < deadline_s:
            executor.spin_once(timeout_sec=0.1)
    finally:
        node.close()
        node.destroy_node()
        rclpy.try_shutdown()
        device.close()
    assert len(blocks) >= SETTLED + COUNTED
    assert [block.first_index for block in blocks] == [blocks[0].first_index + SAMPLES * n for n in range(len(blocks))]
    taken = [stamps.to_ns(block.header.stamp) for block in blocks[SETTLED:]]
    intervals_are_unbroken(taken, SAMPLES / RATE_HZ * 1e9, step_ns, 1e6)
