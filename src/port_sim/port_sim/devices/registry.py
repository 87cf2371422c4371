"""Which simulated device stands in for which `driver:` of a ground's file. To add one: a file here and a line below.

A device is made as `Class(name, config, ground, world)` and has start, close, unplug, replug and counts; one whose wire
can be damaged has `faults`. Classes are named, not imported, so that a ground loads only what it has.
"""

from importlib import import_module
from typing import Any, Protocol, cast

from port_sim.world import World

DEVICES = {
    "sri_m8128": "port_sim.devices.sri_m8128:SriM8128",
    "bota_rokubi": "port_sim.devices.bota_rokubi:BotaRokubi",
    "robotiq_ft300": "port_sim.devices.robotiq_ft300:RobotiqFt300",
    "kunwei_kwr75": "port_sim.devices.kunwei_kwr75:KunweiKwr75",
    "optoforce_hex": "port_sim.devices.optoforce_hex:OptoforceHex",
    "ati_rdt": "port_sim.devices.ati_rdt:AtiRdt",
    "waveshare_8ch": "port_sim.devices.estop_station:EstopStation",
    "estop_link": "port_sim.devices.estop_controller:EstopController",
    "mjpeg_http": "port_sim.devices.overhead_camera:OverheadCamera",
}


class Device(Protocol):
    """What the ground needs of a simulated device."""

    def start(self) -> None: ...
    def close(self) -> None: ...
    def unplug(self) -> None: ...
    def replug(self) -> None: ...
    def counts(self) -> dict[str, Any]: ...


def make(name: str, config: dict[str, Any], ground: dict[str, Any], world: World) -> Device:
    """The device for `config["driver"]`; raises ValueError that lists what there is."""
    driver = config.get("driver")
    if driver not in DEVICES:
        raise ValueError(f"driver: {driver!r} cannot be simulated; those that can: {', '.join(sorted(DEVICES))}")
    module, _, attribute = DEVICES[driver].partition(":")
    return cast(Device, getattr(import_module(module), attribute)(name, config, ground, world))
