"""Modbus frames of the Waveshare module against its wiki's examples, and answers found among garbage."""

import pytest

from port_sensors.protocol import waveshare_8ch as modbus


def test_flash_on_is_the_frame_of_the_wiki() -> None:
    assert modbus.hold_output(1, 0, 0.7).frame.hex(" ") == "01 05 02 00 00 07 8d b0"
    assert modbus.hold_output(1, 1, 0.8).frame.hex(" ") == "01 05 02 01 00 08 9c 74"


def test_other_requests() -> None:
    assert modbus.read_inputs(1).frame.hex(" ") == "01 02 00 00 00 08 79 cc"
    assert modbus.release_output(1, 0).frame.hex(" ") == "01 05 00 00 00 00 cd ca"


@pytest.mark.parametrize("hold_s", [0.0, 0.25, -0.1, 7000.0])
def test_a_hold_time_the_module_cannot_keep_is_refused(hold_s: float) -> None:
    with pytest.raises(ValueError, match="watchdog_s"):
        modbus.hold_output(1, 0, hold_s)


def test_an_answer_is_found_among_garbage() -> None:
    request = modbus.read_inputs(1)
    answer = bytes.fromhex("01 02 01 0b e0 4f")
    assert modbus.find_answer(b"\x01\x02\x01\xff" + answer + b"\x00", request) == answer
    assert modbus.contacts(answer) == (True, True, False, True, False, False, False, False)


def test_a_damaged_or_unfinished_answer_is_none() -> None:
    request, answer = modbus.read_inputs(1), bytes.fromhex("01 02 01 0b e0 4f")
    assert modbus.find_answer(answer[:-1], request) is None
    for place in range(len(answer) * 8):
        damaged = bytearray(answer)
        damaged[place // 8] ^= 1 << place % 8
        assert modbus.find_answer(bytes(damaged), request) is None


def test_a_write_must_be_echoed() -> None:
    request = modbus.hold_output(1, 0, 0.3)
    assert modbus.find_answer(request.frame, request) == request.frame
    assert modbus.find_answer(modbus.release_output(1, 0).frame, request) is None


def test_a_refusal_is_an_error() -> None:
    from port_sim.devices.estop_station import crc16

    refusal = bytes((1, 0x82, 2))
    with pytest.raises(modbus.Refused, match="exception 2"):
        modbus.find_answer(refusal + crc16(refusal), modbus.read_inputs(1))
