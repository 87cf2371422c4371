"""CRC-16 byte by byte with a table, as a microcontroller does it: reflected, first value FFFF."""

from functools import cache

MODBUS, X25 = 0xA001, 0x8408


def crc16(data: bytes, polynomial: int, last: int = 0) -> bytes:
    """The two bytes on the wire, low byte first; `last` is what the result is exclusive-ored with."""
    table, value = _table(polynomial), 0xFFFF
    for byte in data:
        value = (value >> 8) ^ table[(value ^ byte) & 0xFF]
    return (value ^ last).to_bytes(2, "little")


@cache
def _table(polynomial: int) -> tuple[int, ...]:
    return tuple(_eight_steps(byte, polynomial) for byte in range(256))


def _eight_steps(value: int, polynomial: int) -> int:
    for _ in range(8):
        value = (value >> 1) ^ (polynomial if value & 1 else 0)
    return value
