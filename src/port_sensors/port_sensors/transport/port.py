"""What a driver needs of any wire, and which transport an address means. Knows no protocol."""

from typing import Protocol

from port_sensors.transport.serial_port import SerialPort
from port_sensors.transport.udp_port import SCHEME, UdpPort, parse_udp


class Port(Protocol):
    """An open wire. Every method but `close` may raise LinkLost."""

    path: str

    def read(self, timeout_s: float) -> bytes: ...
    def write(self, data: bytes) -> None: ...
    def discard_input(self) -> None: ...
    def close(self) -> None: ...


def check_path(path: str) -> None:
    """Raises ValueError for what can be no wire's address, whatever is plugged in."""
    if path.startswith(SCHEME):
        parse_udp(path)
    elif not path.strip() or "\0" in path:
        raise ValueError(f"{path!r} names no serial port; write its path, /dev/serial/by-id/…")


def open_port(path: str, baud: int) -> Port:
    """The wire at `path`: a serial port's name, or udp://host:number. Raises LinkLost."""
    return UdpPort(path) if path.startswith(SCHEME) else SerialPort(path, baud)
