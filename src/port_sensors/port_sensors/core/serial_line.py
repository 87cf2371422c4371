"""What a serial line can carry, and whether an address means one. Opens nothing."""

from port_ros.network_address import without_login

#: Of every byte on the line: a start bit, eight bits, a stop bit.
_BITS_A_BYTE = 10
#: The rates that adapters and devices have in common; above them only a few do.
_BAUDS = (9600, 19_200, 38_400, 57_600, 115_200, 230_400, 460_800, 500_000, 921_600, 1_000_000, 1_500_000, 2_000_000,
          3_000_000)  # fmt: skip


#: What has a path like a serial port's, is there on every machine, and is nobody's device.
_OTHERS = ("/dev/tty", "/dev/console", "/dev/ptmx", "/dev/null", "/dev/zero", "/dev/full", "/dev/random",
           "/dev/urandom", "/dev/stdin", "/dev/stdout", "/dev/stderr")  # fmt: skip


def check_capacity(baud: int, frame_bytes: int, rate_hz: float, rate_key: str = "") -> None:
    """Raises ValueError where `rate_hz` frames a second do not fit through a line at `baud`.

    rate_key: what sets the rate; empty if it is the device's own.
    """
    needed = frame_bytes * _BITS_A_BYTE * rate_hz
    if needed <= baud:
        return
    remedies = [f"set {one} here and in the device" for one in _BAUDS if one >= needed][:1]
    if rate_key or not remedies:
        remedies.append(f"{rate_key or 'a rate'} of at most {int(baud / (frame_bytes * _BITS_A_BYTE))}")
    raise ValueError(
        f"baud: {rate_hz:g} times {frame_bytes} bytes a second need {needed:.0f} baud, the line has {baud}; "
        f"{', or '.join(remedies)}"
    )


def check_serial(port: str, driver: str) -> None:
    """Raises ValueError where `port` can be no device's."""
    if "://" in port:
        raise ValueError(
            f"port: {without_login(port)!r} is no serial port; {driver} needs the path of one, /dev/serial/by-id/…"
        )
    if port in _OTHERS:
        raise ValueError(f"port: {port} is no device's serial port; write the path of one, /dev/serial/by-id/…")
