"""A node's process when one of its threads dies: it ends by itself, by name, with an exit code for the supervisor."""

import subprocess
import sys
from pathlib import Path

import pytest

from port_ros import life
from tests.ros_peer import start_node
from tests.waiting import PATIENCE_S

_NODE = """
import sys, threading
from rclpy.node import Node
from port_ros import life

class HalfNode(Node):
    def __init__(self):
        super().__init__("half")
        threading.Thread(target=self.run, name="reader", daemon=True).start()

    def run(self):
        {fault}

    def close(self):
        print("closed in order", flush=True)

sys.exit(life.run(HalfNode))
"""


def ended(fault: str, folder: Path) -> tuple[int, str]:
    """Exit code and log of a node whose thread meets `fault`."""
    command = [sys.executable, "-c", _NODE.format(fault=fault)]
    process: subprocess.Popen[bytes] = start_node("", "", "half", {}, folder, command)
    try:
        return process.wait(PATIENCE_S), (folder / "half.log").read_text()
    finally:
        process.kill()


@pytest.mark.parametrize("fault", [
    "raise RuntimeError('http://admin:s3cret@cam/x fails')", "sys.exit('http://admin:s3cret@cam/x fails')",
])  # fmt: skip
def test_a_thread_that_dies_ends_its_node_by_name(fault: str, ros_domain: int, tmp_path: Path) -> None:
    code, log = ended(fault, tmp_path)
    assert code == life.EXIT_FAILED
    assert "error: thread 'reader' was ended by " in log and "http://cam/x fails; the node ends" in log
    assert "closed in order" in log
    assert ", in run" in log, "where it happened"
    assert "s3cret" not in log
