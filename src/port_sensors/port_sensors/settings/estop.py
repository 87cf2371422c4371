"""The e-stop node's parameters: what every station has, and the rest as its driver understands it. Opens nothing."""

from dataclasses import dataclass
from typing import Any

import msgspec

from port_ros.misfit import choice
from port_ros.parameters import ParameterError, convert
from port_sensors.drivers.registry import ESTOP_STATIONS, load


class Parameters(msgspec.Struct, forbid_unknown_fields=True):
    """What stations of every kind have; the rest is the driver's.

    session_key_file: by whose key the gate knows the station, and the station the gate; empty: neither does.
    """

    device_id: str
    driver: str
    account_path: str = ""
    session_key_file: str = ""


@dataclass(frozen=True)
class Estop:
    """kind: the driver's class. station: its settings, of `kind.settings_kind`."""

    given: Parameters
    kind: Any
    station: Any


def read(tree: dict[str, Any]) -> Estop:
    """The node's settings. Raises ParameterError."""
    common = {key: tree[key] for key in Parameters.__struct_fields__ if key in tree}
    given = convert(common, Parameters)
    if given.driver not in ESTOP_STATIONS:
        raise ParameterError(choice(given.driver, ESTOP_STATIONS), "driver")
    kind = load(ESTOP_STATIONS, given.driver)
    rest = {key: value for key, value in tree.items() if key not in common}
    return Estop(given, kind, convert(rest, kind.settings_kind))
