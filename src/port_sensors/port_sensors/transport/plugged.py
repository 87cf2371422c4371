"""What is plugged into this machine: serial ports and cameras, with the names that stay the same. Opens none of them.

Sources: pyserial's list_ports; proc(5); sysfs (/sys/class/video4linux); the links that udev makes below /dev/serial
and /dev/v4l.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from serial.tools.list_ports import comports
from serial.tools.list_ports_common import ListPortInfo

from port_sensors.transport.holders import Holder, holders

SERIAL, VIDEO, NEITHER = "serial", "video", "neither"

_DEV = Path("/dev")
_VIDEO_CLASS = Path("/sys/class/video4linux")
_TERMINALS = Path("/proc/tty/drivers")
_VIDEO_MAJOR, _MEMORY_MAJOR = 81, 1


@dataclass(frozen=True)
class Plugged:
    """One device.

    kind: SERIAL, VIDEO, or NEITHER for a path that is something else. path: what to write into a ground's file: the
    by-id link where there is one. node: what it is called until the next plugging, e.g. /dev/ttyUSB0. label: vendor and
    product. usb: their numbers, e.g. "0403:6001". allowed: whether this user may open it. holders: who has it open.
    """

    kind: str
    path: str
    node: str
    label: str
    usb: str = ""
    serial_number: str = ""
    allowed: bool = True
    holders: tuple[Holder, ...] = ()


def plugged_in() -> tuple[Plugged, ...]:
    """Everything that is there now."""
    return with_holders((*serial_ports(comports()), *video_devices()))


def with_holders(devices: Iterable[Plugged]) -> tuple[Plugged, ...]:
    """The same, with who has each of them open."""
    found = tuple(devices)
    held = holders(device.node for device in found)
    return tuple(replace(device, holders=held[device.node]) for device in found)


def serial_ports(ports: Iterable[ListPortInfo], dev: Path = _DEV) -> list[Plugged]:
    """The serial ports among `ports`, under their lasting names."""
    names = _lasting_names(dev / "serial")
    return sorted((_serial(port, names) for port in ports), key=lambda device: device.path)


def video_devices(classes: Path = _VIDEO_CLASS, dev: Path = _DEV) -> list[Plugged]:
    """The cameras; of the nodes that one camera has, the one that gives pictures."""
    names = _lasting_names(dev / "v4l")
    folders = sorted(classes.iterdir()) if classes.is_dir() else []
    found = [(dev / folder.name, _line(folder / "name")) for folder in folders if _line(folder / "index") in ("0", "")]
    return [
        Plugged(VIDEO, names.get(os.path.realpath(node), str(node)), str(node), label, allowed=_allowed(node))
        for node, label in found
    ]


def device_at(path: str) -> Plugged | None:
    """The device that `path` leads to, listed or not: a pseudo-terminal, a port of the board; None if there is none."""
    node = Path(os.path.realpath(path))
    if not node.exists():
        return None
    kind = NEITHER
    if node.is_char_device():
        number = node.stat().st_rdev
        kind = VIDEO if os.major(number) == _VIDEO_MAJOR else SERIAL if _is_serial(number) else NEITHER
    label = "pseudo-terminal" if node.parent == Path("/dev/pts") else ""
    return Plugged(kind, path, str(node), label, allowed=_allowed(node))


def _is_serial(number: int) -> bool:
    """Whether a device is a serial port, or a pseudo-terminal that stands for one; a console or /dev/null is neither.

    By the kernel's list of its terminals, a line each: name, path, major, minors, kind.
    """
    try:
        lines = _TERMINALS.read_text().splitlines()
    except OSError:  # it does not tell: what is no memory device may be one
        return os.major(number) != _MEMORY_MAJOR
    for *_, major, minors, kind in (words for line in lines if len(words := line.split()) >= 4):
        first, _, last = minors.partition("-")
        if major == str(os.major(number)) and int(first) <= os.minor(number) <= int(last or first):
            return kind.startswith(("serial", "pty:slave"))
    return False


def _serial(port: ListPortInfo, names: dict[str, str]) -> Plugged:
    words = (port.manufacturer, port.product or port.description)
    label = " ".join(word for word in words if word and word != "n/a")
    usb = f"{port.vid:04x}:{port.pid:04x}" if port.vid is not None and port.pid is not None else ""
    path = names.get(os.path.realpath(port.device), port.device)
    return Plugged(SERIAL, path, port.device, label, usb, port.serial_number or "", _allowed(Path(port.device)))


def _lasting_names(folder: Path) -> dict[str, str]:
    """The name of each device that does not change: by-id; by-path where two devices call themselves the same."""
    links = [link for kind in ("by-path", "by-id") for link in sorted((folder / kind).glob("*"))]
    return {os.path.realpath(link): str(link) for link in links}


def _allowed(node: Path) -> bool:
    return os.access(node, os.R_OK | os.W_OK)


def _line(file: Path) -> str:
    try:
        return file.read_text("utf-8", "replace").strip()  # a device calls itself what it likes
    except OSError:
        return ""
