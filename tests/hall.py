"""The hall's overhead camera for tests: its resolved ground, its calibrated model, its rendered scene."""

from pathlib import Path
from typing import Any

import yaml

CONFIG = Path(__file__).parent.parent / "config" / "grounds"


def ground() -> dict[str, Any]:
    """hall_lane as the simulated devices get it."""
    tree: dict[str, Any] = yaml.safe_load((CONFIG / "hall_lane.yaml").read_text())
    camera = tree["cameras"]["overhead"]
    camera["calibration"] = str(CONFIG / camera["calibration"])
    tree["robot"] = {"marker_height_m": 0.6, "footprint_radius_m": 0.4}
    return tree


def overhead() -> dict[str, Any]:
    """The camera's block."""
    block: dict[str, Any] = ground()["cameras"]["overhead"]
    return block


def zone(name: str) -> list[tuple[float, float]]:
    """A zone's polygon."""
    return [(float(x), float(y)) for x, y in ground()["zones"][name]["polygon_m"]]
