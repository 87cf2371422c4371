"""The simulated ground as a process of a test's own, and the parameters its nodes need."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from port_sim.control_client import GroundUnreachable, request
from tests.arming import KEY_FILE
from tests.ros_peer import executable
from tests.waiting import PATIENCE_S, wait_until

PLATES = ("left", "right")
#: A station of each kind. Generous with silence: it is simulated by a process of a busy machine.
ESTOPS: dict[str, dict[str, Any]] = {
    "waveshare_8ch": {
        "driver": "waveshare_8ch", "baud": 115200, "unit_id": 1, "poll_hz": 200.0, "watchdog_output": 0,
        "inputs": {"channel_a": 0, "channel_b": 1, "reset": 2, "relay": 3}, "watchdog_s": 0.3,
    },
    "estop_link": {
        "driver": "estop_link", "baud": 115200, "station_id": 3, "watchdog_s": 0.3, "lost_after_s": 0.3,
        "answer_s": 0.3,
    },
}  # fmt: skip
#: Two plates beside each other, as on hall_lane.
CORNERS = {
    "left": [8.0, -2.6, 0.0, 8.0, -3.0, 0.0, 8.6, -3.0, 0.0, 8.6, -2.6, 0.0],
    "right": [8.0, -2.2, 0.0, 8.0, -2.6, 0.0, 8.6, -2.6, 0.0, 8.6, -2.2, 0.0],
}
ORIGINS = {"left": [-0.2, -0.1, 0.0], "right": [0.2, -0.1, 0.0]}


class SimGround:
    """Two force plates and an e-stop station at their wires, under `folder`."""

    def __init__(self, folder: Path, estop: str = "waveshare_8ch") -> None:
        self.socket = folder / "sim.sock"
        self.dev = folder / "dev"
        plate = {"driver": "sri_m8128", "baud": 921600, "rate_hz": 2000.0, "full_scale_n": 5000.0}
        self.file = folder / "ground.json"
        self._ground: dict[str, Any] = {
            "force_plates": {name: {**plate, "port": str(self.dev / f"{name}_plate")} for name in PLATES},
            "estop": {"station_1": {"port": str(self.dev / "station_1"), **ESTOPS[estop]}},
        }  # fmt: skip
        self.file.write_text(json.dumps(self._ground))
        self._log = (folder / "ground.log").open("wb")
        arguments = ["--socket", str(self.socket), "--dev", str(self.dev), "--ground", str(self.file)]
        self.process = subprocess.Popen(
            [executable("port_sim", "ground"), *arguments],
            stdout=self._log, stderr=subprocess.STDOUT, env={**os.environ, "AMENT_PREFIX_PATH": sys.prefix},
        )  # fmt: skip
        wait_until(self._answers, what="the simulated ground answers")

    def ask(self, **message: Any) -> dict[str, Any]:
        """Send a command; AssertionError if the ground refuses it."""
        answer = request(self.socket, message)
        assert answer.pop("ok"), answer
        return answer

    def sent(self, device: str) -> int:
        return int(self.ask(do="counts")["devices"][device]["sent"])

    def plate_parameters(self) -> dict[str, Any]:
        blocks = {
            name: {**plate, "corners_m": CORNERS[name], "origin_m": ORIGINS[name], "block_samples": 20}
            for name, plate in self._ground["force_plates"].items()
        }
        return {"plates": list(PLATES), **blocks}

    def estop_parameters(self) -> dict[str, Any]:
        return {"device_id": "station_1", "session_key_file": KEY_FILE, **self._ground["estop"]["station_1"]}

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(PATIENCE_S)
        self._log.close()

    def _answers(self) -> bool:
        assert self.process.poll() is None, "the simulated ground ended"
        try:
            return bool(request(self.socket, {"do": "status"})["ok"])
        except GroundUnreachable:
            return False
