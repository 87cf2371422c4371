"""The device side of an e-stop station: a Modbus RTU module with eight contacts and eight outputs, as Waveshare's.

Contacts and the watchdog relay are wired to the world. An output that was switched on by "flash on" goes off by itself.
The CRC is computed here, so that the driver's is checked against another.
"""

import threading
import time
from pathlib import Path
from typing import Any

from port_sim.devices.on_line import OnLine
from port_sim.devices.pty_line import PtyLine
from port_sim.faults import ECHO, KINDS, Faults
from port_sim.world import World

_IDLE_S = 0.02
_FLASH_ON, _FLASH_OFF = 0x0200, 0x0400
_ILLEGAL_FUNCTION, _ILLEGAL_ADDRESS, _ILLEGAL_VALUE = 1, 2, 3


def crc16(data: bytes) -> bytes:
    """Modbus CRC, low byte first."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
    return crc.to_bytes(2, "little")


class _IllegalError(Exception):
    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class _LineFaults(Faults):
    """What can happen to bytes on an RS-485 line."""

    kinds = (*KINDS, ECHO)


class EstopStation(OnLine):
    """One module; `config` is the station's block of the ground's file."""

    def __init__(self, name: str, config: dict[str, Any], ground: dict[str, Any], world: World) -> None:
        self.name = name
        self.faults = _LineFaults()
        self._line: PtyLine = PtyLine(Path(config["port"]))
        self._unit_id = int(config["unit_id"])
        self._inputs: dict[str, int] = config["inputs"]
        self._watchdog_output = int(config["watchdog_output"])
        self._world = world
        self._until_s = [0.0] * 8
        self._answered = 0
        self._received = b""
        self._received_s = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"sim {name}", daemon=True)

    def counts(self) -> dict[str, Any]:
        """sent: answers."""
        return {"sent": self._answered, "faults": self.faults.count}

    def _run(self) -> None:
        while not self._stop.is_set():
            self._line.wait(self._next_change_s())
            self.turn()

    def turn(self) -> None:
        """Let outputs run out, and answer what was asked."""
        self._drive_relay()
        data = self._line.read()
        self._line.write(self.faults.echo(data))
        self._take(data)

    def _next_change_s(self) -> float:
        left_s = self._until_s[self._watchdog_output] - time.monotonic()
        return min(_IDLE_S, left_s) if left_s > 0 else _IDLE_S

    def _drive_relay(self) -> None:
        closed = self._output_on(self._watchdog_output)
        with self._world.lock:
            self._world.relay_closed = closed

    def _output_on(self, output: int) -> bool:
        return self._until_s[output] > time.monotonic()

    def _take(self, data: bytes) -> None:
        """Collect a request; silence in the middle of one ends it unanswered, as the standard has it."""
        now_s = time.monotonic()
        if self._received and now_s - self._received_s > _IDLE_S:
            self._received = b""
        if not data:
            return
        self._received, self._received_s = (self._received + data)[-256:], now_s
        size = 9 + self._received[6] if len(self._received) > 6 and self._received[1] == 15 else 8
        if len(self._received) >= size:
            frame, self._received = self._received[:size], b""
            self._answer(frame)

    def _answer(self, frame: bytes) -> None:
        body = frame[:-2]
        if crc16(body) != frame[-2:] or body[0] != self._unit_id:
            return
        try:
            reply = self._reply(body)
        except _IllegalError as error:
            reply = bytes((body[0], body[1] | 0x80, error.code))
        self._drive_relay()
        self._answered += 1
        self._line.write(self.faults.apply(reply + crc16(reply)))

    def _reply(self, body: bytes) -> bytes:
        function, address, value = body[1], int.from_bytes(body[2:4], "big"), int.from_bytes(body[4:6], "big")
        if function in (1, 2):
            bits = self._contacts() if function == 2 else [self._output_on(output) for output in range(8)]
            return body[:2] + b"\x01" + bytes((_packed(bits, address, value),))
        if function == 5:
            self._write_one(address, value)
            return body
        if function == 15:
            self._write_many(address, value, body[7])
            return body[:6]
        raise _IllegalError(_ILLEGAL_FUNCTION)

    def _contacts(self) -> list[bool]:
        """The eight inputs as the world has them; True is closed."""
        closed = [False] * 8
        with self._world.lock:
            closed[self._inputs["channel_a"]] = self._world.channel_closed("a")
            closed[self._inputs["channel_b"]] = self._world.channel_closed("b")
            closed[self._inputs["reset"]] = self._world.reset_pressed
            closed[self._inputs["relay"]] = self._output_on(self._watchdog_output)
        return closed

    def _write_one(self, address: int, value: int) -> None:
        kind, output = address & 0xFF00, address & 0xFF
        if output > 7 or kind not in (0, _FLASH_ON, _FLASH_OFF):
            raise _IllegalError(_ILLEGAL_ADDRESS)
        if kind == _FLASH_ON:
            self._until_s[output] = time.monotonic() + value * 0.1
        elif kind == 0:
            if value not in (0, 0xFF00):
                raise _IllegalError(_ILLEGAL_VALUE)
            self._until_s[output] = float("inf") if value else 0.0

    def _write_many(self, address: int, count: int, bits: int) -> None:
        if address + count > 8:
            raise _IllegalError(_ILLEGAL_ADDRESS)
        for offset in range(count):
            self._until_s[address + offset] = float("inf") if bits >> offset & 1 else 0.0


def _packed(bits: list[bool], address: int, count: int) -> int:
    if count < 1 or address + count > len(bits):
        raise _IllegalError(_ILLEGAL_ADDRESS)
    return sum(bit << place for place, bit in enumerate(bits[address : address + count]))
