"""Asks the simulated ground to do something: one JSON object a line, one answer a line, over its Unix socket."""

import json
import socket
from pathlib import Path
from typing import Any

from port_ros.command_line import words


class GroundUnreachable(Exception):
    """No simulated ground answers on the socket."""


def request(socket_path: str | Path, message: dict[str, Any], timeout_s: float = 5.0) -> dict[str, Any]:
    """Send `message` and return the answer. Raises GroundUnreachable."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(timeout_s)
            connection.connect(str(socket_path))
            connection.sendall(json.dumps(message).encode() + b"\n")
            with connection.makefile("rb") as lines:
                answer = json.loads(lines.readline())
    except (OSError, ValueError) as error:
        raise GroundUnreachable(f"{socket_path}: no simulated ground answers ({words(error)})") from error
    if not isinstance(answer, dict):
        raise GroundUnreachable(f"{socket_path}: not an answer: {answer!r}")
    return answer
