"""Wire protocol of the Waveshare Modbus RTU IO 8CH: eight contacts in, eight outputs, one of them as our watchdog.

The watchdog is the module's own "flash on": function 05 to address 0x0200 + output with a time in steps of 100 ms
switches the output on and, by the module alone, off again when the time is over. Renewing begins the time anew.
Frames are built and their CRC is computed by pymodbus; an answer is found among other bytes by its head, length and
CRC. A write is answered by its own copy, which is also what an RS-485 adapter sends back whose local echo is on: there
the first copy is ours and the second the module's. Sources: Waveshare's wiki page of the module; Modbus over serial
line V1.02. Opens nothing, waits for nothing.
"""

import math
from dataclasses import dataclass

from pymodbus.framer import FramerRTU
from pymodbus.pdu import DecodePDU
from pymodbus.pdu.bit_message import ReadCoilsRequest, ReadDiscreteInputsRequest, WriteSingleCoilRequest

INPUTS = 8
OUTPUTS = 8
FLASH_ON = 0x0200
FLASH_STEP_S = 0.1
_WRITE_COIL = 5

_framer = FramerRTU(DecodePDU(is_server=False))


class Refused(Exception):
    """The module understood and refused: its exception code."""


@dataclass(frozen=True)
class Request:
    """One exchange: what to send, and how the answer begins and how long it is, CRC included."""

    frame: bytes
    answer_head: bytes
    answer_bytes: int


@dataclass(frozen=True)
class Answer:
    """A whole answer. echoed: whether the request came back before it; None if that cannot be said."""

    frame: bytes
    echoed: bool | None


def read_inputs(unit_id: int) -> Request:
    """Function 02: all eight contacts."""
    pdu = ReadDiscreteInputsRequest(address=0, count=INPUTS, dev_id=unit_id)
    return Request(_framer.buildFrame(pdu), answer_head=bytes((unit_id, 2, 1)), answer_bytes=6)


def read_outputs(unit_id: int) -> Request:
    """Function 01: all eight outputs."""
    pdu = ReadCoilsRequest(address=0, count=OUTPUTS, dev_id=unit_id)
    return Request(_framer.buildFrame(pdu), answer_head=bytes((unit_id, 1, 1)), answer_bytes=6)


def hold_output(unit_id: int, output: int, hold_s: float) -> Request:
    """Function 05, flash on: `output` on for `hold_s`, a multiple of 0.1 s, then off by itself."""
    steps = round(hold_s / FLASH_STEP_S)
    if not 1 <= steps <= 0xFFFF or abs(steps * FLASH_STEP_S - hold_s) > 1e-6:
        below = max(1, min(0xFFFF, math.floor(hold_s / FLASH_STEP_S)))
        known = f"{below * FLASH_STEP_S:.1f} or {(below + 1) * FLASH_STEP_S:.1f}"
        raise ValueError(f"watchdog_s: {hold_s} is no multiple of {FLASH_STEP_S} s; write {known}")
    body = bytes((unit_id, _WRITE_COIL)) + (FLASH_ON + _checked(output)).to_bytes(2, "big") + steps.to_bytes(2, "big")
    return _copied(body + FramerRTU.compute_CRC(body).to_bytes(2, "big"))


def release_output(unit_id: int, output: int) -> Request:
    """Function 05: `output` off, now."""
    return _copied(_framer.buildFrame(WriteSingleCoilRequest(address=_checked(output), bits=[False], dev_id=unit_id)))


def find_answer(received: bytes, request: Request, echoes: bool = False) -> Answer | None:
    """The whole answer to `request` among `received`, or None. Raises Refused if the module refuses.

    echoes: whether what was sent may come back first. Then a copy of it counts once it has come twice.
    """
    echo_at = received.find(request.frame)
    start = echo_at + len(request.frame) if echoes and echo_at >= 0 else 0
    refusal_head = bytes((request.frame[0], request.frame[1] | 0x80))
    for at in range(start, len(received) - 4):
        if received.startswith(refusal_head, at) and _sound(received[at : at + 5]):
            raise Refused(f"exception {received[at + 2]}")
        frame = received[at : at + request.answer_bytes]
        if len(frame) == request.answer_bytes and frame.startswith(request.answer_head) and _sound(frame):
            return Answer(frame, True if 0 <= echo_at < at else None if at else False)
    return None


def states(answer: Answer) -> tuple[bool, ...]:
    """The contacts or outputs in an answer to `read_inputs` or `read_outputs`; True is closed, or on."""
    return tuple(bool(answer.frame[3] >> number & 1) for number in range(INPUTS))


def _sound(frame: bytes) -> bool:
    return FramerRTU.compute_CRC(frame[:-2]) == int.from_bytes(frame[-2:], "big")


def _copied(frame: bytes) -> Request:
    return Request(frame, answer_head=frame, answer_bytes=len(frame))


def _checked(output: int) -> int:
    if not 0 <= output < OUTPUTS:
        raise ValueError(f"watchdog_output: {output} is no output of the module; it has 0…{OUTPUTS - 1}")
    return output
