"""Sessions of a team's robot on the simulated hall, in a copy of the configuration."""

import shutil
from pathlib import Path

import yaml

from tests.scenarios.whole_session import free_ports

CONFIG = Path(__file__).parents[1] / "config"


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
