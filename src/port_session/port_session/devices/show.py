"""What `port devices` prints, as text. Looks at nothing itself."""

from collections.abc import Sequence

from port_sensors.transport.plugged import Plugged
from port_session.devices.snippets import snippets


def devices(plugged: Sequence[Plugged]) -> str:
    """One line a device: the name to use, what it is, what it is called now, who has it."""
    if not plugged:
        return "nothing is plugged in: no serial port, no video device"
    rows = [(device.path, _what(device), _state(device)) for device in plugged]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    return "\n".join(f"{path:<{widths[0]}}  {what:<{widths[1]}}  {state}" for path, what, state in rows)


def offers(spare: Sequence[Plugged], described: bool) -> str:
    """A block for each device that no entry names. described: whether there are entries at all."""
    title = "# named by no entry" if described else "# for a ground's file"
    return "\n".join(
        f"{title}: {device.path} {_what(device)}".rstrip() + "\n" + "# or\n".join(snippets(device)) for device in spare
    )


def _what(device: Plugged) -> str:
    number = f"no. {device.serial_number}" if device.serial_number else ""
    usb = f"({device.usb})" if device.usb else ""
    return " ".join(part for part in (device.label, usb, number) if part)


def _state(device: Plugged) -> str:
    now = "" if device.node == device.path else f"{device.node}, "
    if not device.allowed:
        return f"{now}not open to this user"
    return now + (f"in use by {', '.join(map(str, device.holders))}" if device.holders else "free")
