"""Which class serves which `driver:` of a ground's file. To add one: its file and a line here.

A wire that streams wrenches is a protocol, all driven by `wrench_sensor`; other devices have a driver of their own.

Classes are named, not imported, so that a node loads only what it drives.
"""

from importlib import import_module
from typing import Any

WRENCH_PROTOCOLS = {
    "sri_m8128": "port_sensors.protocol.sri_m8128:SriM8128",
    "bota_rokubi": "port_sensors.protocol.bota_rokubi:BotaRokubi",
    "robotiq_ft300": "port_sensors.protocol.robotiq_ft300:RobotiqFt300",
    "kunwei_kwr75": "port_sensors.protocol.kunwei_kwr75:KunweiKwr75",
    "optoforce_hex": "port_sensors.protocol.optoforce_hex:OptoforceHex",
    "ati_rdt": "port_sensors.protocol.ati_rdt:AtiRdt",
}
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
