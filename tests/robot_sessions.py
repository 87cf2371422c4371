"""Sessions of a team's robot on the simulated hall, in a copy of the configuration."""

import shutil
from pathlib import Path

import yaml

from tests.scenarios.whole_session import free_ports

CONFIG = Path(__file__).parents[1] / "config"

#: What a person writes behind FILL IN, by key.
WRITTEN = {
    "speed_mps": "0.5", "yaw_rate_radps": "1.0", "acceleration_mps2": "0.5", "deceleration_mps2": "0.8",
    "latency_s": "0.2", "footprint_radius_m": "0.4", "marker_height_m": "0.5", "marker_sinks_m": "0.2",
    "ramp_s": "1.2", "settle_s": "2.0", "settled_height_m": "0.15", "deceleration_radps2": "4.0", "reach_m": "0.85",
    "base_pose": "[3.0, 0.0, 0.0]",
}  # fmt: skip


def copied(folder: Path) -> Path:
    """A copy of the configuration below `folder`; the folder of its profiles."""
    shutil.copytree(CONFIG, folder / "config")
    return folder / "config" / "robots"


def session_of(profile: Path) -> Path:
    """The file of a session `mine` of the robot of `profile`, beside it, on TCP ports of its own."""
    dashboard, mqtt = free_ports(2)
    config = profile.parents[1]
    file = config / "sessions" / "mine.yaml"
    tree = yaml.safe_load((CONFIG / "sessions" / "demo.yaml").read_text())
    tree |= {"session": "mine", "robot": profile.stem, "stack": "own", "dashboard": {"port": dashboard}}
    tree["mqtt"]["port"] = mqtt
    if yaml.safe_load(profile.read_text())["kind"] == "arm":
        tree["trial"] = "reach"
        trial = {"name": "reach", "kind": "test", "goal_rad": [0.5] * 6, "tolerance_rad": 0.05, "timeout_s": 60.0}
        (config / "trials" / "reach.yaml").write_text(yaml.safe_dump(trial))
    file.write_text(yaml.safe_dump(tree))
    return file


def filled_in(profile: Path) -> list[str]:
    """Write a value into each line that asks for one, and into no other; returns their keys."""
    lines, keys = profile.read_text().splitlines(), []
    for number, line in enumerate(lines):
        if "FILL IN" in line:
            key = line.split(":")[0].strip()
            lines[number] = line.replace(f"{key}:", f"{key}: {WRITTEN[key]}", 1)
            keys.append(key)
    profile.write_text("\n".join(lines))
    return keys
