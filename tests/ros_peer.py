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


class SpunNode(Node):  # type: ignore[misc]
    """A node whose subscriptions, timers, services and clients are made and destroyed by the thread that spins it.

    An executor that builds its wait set while another thread makes or destroys what is in it may crash the process:
    rclpy promises nothing there, and one run of some hundreds died of it.
    """

    def __init__(
        self, name: str, executor: SingleThreadedExecutor, context: Context, namespace: str = "/t"
    ) -> None:  # fmt: skip
        self._spinning: threading.Thread | None = None
        self._spun_by = executor
        super().__init__(name, namespace=namespace, context=context)
        executor.add_node(self)

    def spun_by(self, thread: threading.Thread) -> None:
        self._spinning = thread

    def _there(self, do: Callable[[], Any]) -> Any:
        """Do it in the thread that spins, now if that is this one or none yet."""
        if self._spinning is None or threading.current_thread() is self._spinning:
            return do()
        done, task = threading.Event(), self._spun_by.create_task(do)
        task.add_done_callback(lambda _: done.set())
        assert done.wait(PATIENCE_S), "the thread that spins this node does not"
        return task.result()

    def create_subscription(self, *args: Any, **named: Any) -> Any:
        return self._there(lambda: Node.create_subscription(self, *args, **named))

    def create_client(self, *args: Any, **named: Any) -> Any:
        return self._there(lambda: Node.create_client(self, *args, **named))

    def create_service(self, *args: Any, **named: Any) -> Any:
        return self._there(lambda: Node.create_service(self, *args, **named))

    def create_timer(self, *args: Any, **named: Any) -> Any:
        return self._there(lambda: Node.create_timer(self, *args, **named))

    def destroy_subscription(self, subscription: Any) -> bool:
        return bool(self._there(lambda: Node.destroy_subscription(self, subscription)))

    def destroy_client(self, client: Any) -> bool:
        return bool(self._there(lambda: Node.destroy_client(self, client)))

    def destroy_timer(self, timer: Any) -> bool:
        return bool(self._there(lambda: Node.destroy_timer(self, timer)))


class Peer:
    """A node of the test's own in namespace /t, spun by a thread; `close()` ends both."""

    def __init__(self) -> None:
        self.context = Context()
        rclpy.init(context=self.context)
        self._executor = SingleThreadedExecutor(context=self.context)
        self.node = SpunNode("peer", self._executor, self.context)
        self._begin()

    def _begin(self) -> None:
        self._closing = False
        self._thread = threading.Thread(target=self._spin, daemon=True)
        self.node.spun_by(self._thread)
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
        self.node.spun_by(threading.current_thread())
        self.node.destroy_node()
        self._executor.shutdown()
        rclpy.try_shutdown(context=self.context)
