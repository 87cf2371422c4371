"""CRC-16 bit by bit, as a microcontroller does it: reflected, first value FFFF."""


def crc16(data: bytes, polynomial: int, last: int = 0) -> bytes:
    """The two bytes on the wire, low byte first; `last` is what the result is exclusive-ored with."""
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ (polynomial if value & 1 else 0)
    return (value ^ last).to_bytes(2, "little")


MODBUS, X25 = 0xA001, 0x8408
