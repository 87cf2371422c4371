"""The device side of a Bota Rokubi sensor: ASCII configuration, frames with time, temperature and CRC-16/X-25."""

import re
import struct

from port_sim.devices.crc16 import X25, crc16
from port_sim.devices.wrench_device import Numbers, Samples, WrenchDevice

_MODULATOR_HZ = 51_200
_CELSIUS = 31.5
_COMMAND = re.compile(rb"C|R|c,\d,\d,\d,\d|f,\d+,\d,\d,\d")
_LONGEST = 64


def frame_of(sample: tuple[float, ...], time_us: int, status: int = 0, celsius: float = _CELSIUS) -> bytes:
    """One frame."""
    data = struct.pack("<H6fIf", status, *sample, time_us & 0xFFFFFFFF, celsius)
    return b"\xaa" + data + crc16(data, X25, 0xFFFF)


class BotaRokubi(WrenchDevice):
    """One sensor. Digits arrive one by one: a command ends where the next begins or nothing follows."""

    frame_bytes = 37
    _received = b""

    def encode(self, samples: Samples, numbers: Numbers) -> bytes:
        period_us = 1e6 / self.rate_hz
        times = zip(samples.tolist(), numbers.tolist(), strict=True)
        return b"".join(frame_of(sample, int(number * period_us)) for sample, number in times)

    def obey(self, data: bytes) -> bytes:
        self._received = (self._received + data)[-_LONGEST:]
        answers = b""
        while match := _COMMAND.search(self._received):
            answers += self._carry_out(match.group())
            self._received = self._received[match.end() :]
        return answers

    def _carry_out(self, command: bytes) -> bytes:
        good = command in (b"C", b"R") or not self.streaming
        if good and command in (b"C", b"R"):
            self.streaming = command == b"R"
        elif good and command.startswith(b"f"):
            sinc = int(command.split(b",")[1])
            good = 51 <= sinc <= 2048
            self.rate_hz = _MODULATOR_HZ / sinc if good else self.rate_hz
        return b"r,0," + command[:1] + (b",0" if good else b",1")
