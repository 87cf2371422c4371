"""Which driver serves which `driver:` of a ground's file. To add one: a file beside this one and a line here.

Classes are named, not imported, so that a node loads only what it drives.
"""

from importlib import import_module
from typing import Any

FORCE_PLATES = {"sri_m8128": "port_sensors.drivers.force_plate:SriForcePlate"}
ESTOP_STATIONS = {
    "waveshare_8ch": "port_sensors.drivers.estop_io:WaveshareStation",
    "estop_link": "port_sensors.drivers.estop_controller:ControllerStation",
}


def load(kinds: dict[str, str], name: str) -> Any:
    """The class that `kinds` has under `name`; raises ValueError that lists what there is."""
    if name not in kinds:
        raise ValueError(f"driver: {name!r} is none of {sorted(kinds)}")
    module, _, attribute = kinds[name].partition(":")
    return getattr(import_module(module), attribute)
