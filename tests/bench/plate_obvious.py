"""What one writes first for two force plates: pyserial, NumPy on each frame, a WrenchStamped for each sample.

`python -m tests.bench.plate_obvious PORT… --ros-args …`; the measure for the force plate node in the same run.
"""

import contextlib
import os
import sys
import threading

import numpy as np
import rclpy
import serial
from geometry_msgs.msg import WrenchStamped
from rclpy.executors import ExternalShutdownException
from rclpy.node import Node

_FRAME_BYTES = 31


def serve(node: Node, path: str) -> None:
    """Configure the box, then read and publish for ever."""
    publisher = node.create_publisher(WrenchStamped, f"{path.rsplit('/', 1)[-1]}/samples", 10)
    port = serial.Serial(path, 921600, timeout=1.0)
    for command in (b"AT+GSD=STOP", b"AT+SMPF=2000", b"AT+GSD"):
        port.write(command + b"\r\n")
    count = 0
    while rclpy.ok():
        if port.read(1) != b"\xaa" or port.read(1) != b"\x55":
            continue
        frame = b"\xaa\x55" + port.read(_FRAME_BYTES - 2)
        if len(frame) == _FRAME_BYTES and np.frombuffer(frame[6:30], np.uint8).sum() % 256 == frame[30]:
            count += 1
            publisher.publish(message_of(node, frame, count))


def message_of(node: Node, frame: bytes, count: int) -> WrenchStamped:
    """The sample; its place in the count stands in frame_id, for the measurement."""
    values = np.frombuffer(frame[6:30], dtype="<f4")
    message = WrenchStamped()
    message.header.frame_id = str(count)
    message.header.stamp = node.get_clock().now().to_msg()
    force, torque = message.wrench.force, message.wrench.torque
    force.x, force.y, force.z, torque.x, torque.y, torque.z = (float(value) for value in values)
    return message


def main() -> None:
    rclpy.init()
    node = Node("plates")
    for path in sys.argv[1 : sys.argv.index("--ros-args")]:
        threading.Thread(target=serve, args=(node, path), daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt, ExternalShutdownException):
        rclpy.spin(node)
    os._exit(0)  # its readers wait in pyserial and know no end


if __name__ == "__main__":
    main()
