"""The force plates' parameters, checked and made into what the node needs of them. Opens nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from port_ros.misfit import choice
from port_ros.network_address import without_login
from port_ros.parameters import ParameterError, with_blocks
from port_sensors.core.plate import Plate
from port_sensors.core.serial_line import check_capacity, check_serial
from port_sensors.core.surface import Surface
from port_sensors.drivers.registry import WRENCH_PROTOCOLS, load
from port_sensors.protocol.wrench_protocol import Settings, WrenchProtocol
from port_sensors.transport.udp_port import SCHEME


class PlateParameters(msgspec.Struct, forbid_unknown_fields=True):
    """One plate's block.

    corners_m: four corners, x y z each, frame ground. calibration: 6 × 6, row by row. counts_per_unit: for devices that
    send counts, counts per N (three) and N·m (three). origin_m, signs: see `core.surface`. warm_up_s: of the device.
    """

    driver: str
    port: str
    baud: int
    rate_hz: float
    full_scale_n: float
    corners_m: list[float]
    block_samples: int = 20
    calibration: list[float] = []
    counts_per_unit: list[float] = []
    origin_m: list[float] = []
    signs: list[float] = []
    warm_up_s: float = 0.0

    def __post_init__(self) -> None:
        if self.driver not in WRENCH_PROTOCOLS:
            raise ValueError(f"driver: {choice(self.driver, WRENCH_PROTOCOLS)}")
        self.plate()
        self._check_wire(self.protocol())

    def plate(self) -> Plate:
        """The plate's arithmetic. Raises ValueError."""
        surface = Surface.of(self.corners_m, self.origin_m, self.signs)
        return Plate(self.rate_hz, self.full_scale_n, self.block_samples, surface, self.calibration, self.warm_up_s)

    def protocol(self) -> WrenchProtocol:
        """The device's wire. Raises ValueError."""
        settings = Settings(self.rate_hz, tuple(self.counts_per_unit))
        protocol: WrenchProtocol = load(WRENCH_PROTOCOLS, self.driver)(settings)
        return protocol

    def _check_wire(self, protocol: WrenchProtocol) -> None:
        if protocol.datagrams:
            if not self.port.startswith(SCHEME):
                shown = without_login(self.port)
                raise ValueError(f"port: {shown!r} is no network address; write {SCHEME}HOST:49152 for {self.driver}")
            return
        check_serial(self.port, self.driver)
        if protocol.bauds and self.baud not in protocol.bauds:
            known = " or ".join(map(str, protocol.bauds))
            raise ValueError(f"baud: {self.driver} sends at {known} baud, not {self.baud}; write {known}")
        check_capacity(self.baud, protocol.frame_bytes, self.rate_hz, "rate_hz")


class Parameters(msgspec.Struct, forbid_unknown_fields=True):
    """The rest: the names of the plates, and where their counts are left at the end."""

    plates: list[str]
    account_path: str = ""


@dataclass(frozen=True)
class ForcePlates:
    """All plates by name, and where their counts are left at the end."""

    plates: Mapping[str, PlateParameters]
    account_path: str


def read(tree: dict[str, Any]) -> ForcePlates:
    """The node's settings. Raises ParameterError."""
    common, plates = with_blocks(tree, Parameters, "plates", PlateParameters)
    ports: dict[str, str] = {}
    for name, plate in plates.items():
        if (other := ports.setdefault(plate.port, name)) != name:
            raise ParameterError(f"{plate.port} is the device of {other} already", f"{name}.port")
    return ForcePlates(plates, common.account_path)
