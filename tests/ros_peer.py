"""Processes and peers for tests that cross DDS."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import rclpy
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node

from port_ros.parameter_file import parameter_file
from tests.waiting import PATIENCE_S


def executable(package: str, name: str) -> str:
    """An installed executable of a package."""
    return str(Path(sys.prefix) / "lib" / package / name)


def start_node(
    package: str, name: str, node: str, parameters: dict[str, Any], folder: Path, command: list[str] | None = None
) -> subprocess.Popen[bytes]:
    """Start a real node process with a ROS parameter file, in namespace /t; `command`: instead of the executable."""
    file = folder / f"{node}.yaml"
    file.write_text(parameter_file(parameters))
    log = (folder / f"{node}.log").open("wb")
    return subprocess.Popen(
        [
            *(command or [executable(package, name)]),
            "--ros-args",
            "-r",
            f"__node:={node}",
            "-r",
            "__ns:=/t",
            "--params-file",
            str(file),
        ],
        stdout=log,
        stderr=subprocess.STDOUT,
        env={**os.environ, "AMENT_PREFIX_PATH": sys.prefix},
    )


class Peer:
    """A node of the test's own, spun by a thread; `close()` ends both. domain: None for that of the environment."""

    def __init__(self, name: str = "peer", namespace: str = "/t", domain: int | None = None) -> None:
        self.context = Context()
        rclpy.init(context=self.context, domain_id=domain)
        self._executor = SingleThreadedExecutor(context=self.context)
        self.node = Node(name, namespace=namespace, context=self.context)
        self._executor.add_node(self.node)
        self._closing = False
        self._thread = threading.Thread(target=self._spin, daemon=True)
        self._thread.start()

    def _spin(self) -> None:
        while not self._closing:
            self._executor.spin_once(timeout_sec=0.05)

    def keep(self, kind: type, topic: str, qos: Any, raw: bool = False) -> list[Any]:
        """Subscribe and collect everything that arrives."""
        messages: list[Any] = []
        self.node.create_subscription(kind, topic, messages.append, qos, raw=raw)
        return messages

    def every(self, seconds: float, do: Callable[[], None]) -> None:
        self.node.create_timer(seconds, do)

    def call(self, kind: type, name: str, request: Any, timeout_s: float = PATIENCE_S) -> Any:
        """Call a service and return its answer; AssertionError if there is none in time."""
        client = self.node.create_client(kind, name)
        assert client.wait_for_service(timeout_sec=timeout_s), f"no service {name}"
        done = threading.Event()
        future = client.call_async(request)
        future.add_done_callback(lambda _: done.set())
        assert done.wait(timeout_s), f"no answer from {name}"
        self.node.destroy_client(client)
        return future.result()

    def close(self) -> None:
        self._closing = True
        self._thread.join()
        self.node.destroy_node()
        self._executor.shutdown()
        rclpy.try_shutdown(context=self.context)
