"""Where the plates of a session lie, from its description. Reads one file."""

import json
from pathlib import Path
from typing import Any

from port_sensors.core.surface import Surface

#: Written by the session's start-up.
_DESCRIPTION = "description.json"


def surfaces(out: Path) -> dict[str, Surface]:
    """Each plate's surface, by name; empty if the folder holds no description. Raises ValueError for a damaged one."""
    file = out / _DESCRIPTION
    if not file.is_file():
        return {}
    try:
        ground = json.loads(file.read_text(encoding="utf-8")).get("ground", {})
        return {name: _surface(plate) for name, plate in ground.get("force_plates", {}).items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ValueError(f"{file}: damaged: it does not say where the plates lie; for CSV take it away") from None


def _surface(plate: dict[str, Any]) -> Surface:
    corners = [number for corner in plate["corners_m"] for number in corner]
    return Surface.of(corners, plate.get("origin_m", ()), plate.get("signs", ()))
