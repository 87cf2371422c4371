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
    found = modbus.find_answer(b"\x01\x02\x01\xff" + answer + b"\x00", request)
    assert found == modbus.Answer(answer, None), "something came before it that is no echo"
    assert modbus.states(found) == (True, True, False, True, False, False, False, False)


def test_a_damaged_or_unfinished_answer_is_none() -> None:
    request, answer = modbus.read_inputs(1), bytes.fromhex("01 02 01 0b e0 4f")
    assert modbus.find_answer(answer[:-1], request) is None
    for place in range(len(answer) * 8):
        damaged = bytearray(answer)
        damaged[place // 8] ^= 1 << place % 8
        assert modbus.find_answer(bytes(damaged), request) is None


def test_outputs_are_read_back() -> None:
    """The wiki's own example: all relays but the first are off."""
    request = modbus.read_outputs(1)
    assert request.frame.hex(" ") == "01 01 00 00 00 08 3d cc"
    found = modbus.find_answer(bytes.fromhex("01 01 01 01 90 48"), request)
    assert found is not None
    assert modbus.states(found) == (True, *[False] * 7)


def test_a_write_is_answered_by_its_copy() -> None:
    request = modbus.hold_output(1, 0, 0.3)
    assert modbus.find_answer(request.frame, request) == modbus.Answer(request.frame, False)
    assert modbus.find_answer(modbus.release_output(1, 0).frame, request) is None


def test_behind_an_adapter_that_echoes_the_second_copy_is_the_answer() -> None:
    request = modbus.release_output(1, 0)
    assert modbus.find_answer(request.frame, request, echoes=True) is None
    assert modbus.find_answer(request.frame + request.frame[:-1], request, echoes=True) is None
    assert modbus.find_answer(request.frame * 2, request, echoes=True) == modbus.Answer(request.frame, True)


def test_the_echo_of_a_read_is_told_apart_from_its_answer() -> None:
    request, answer = modbus.read_inputs(1), bytes.fromhex("01 02 01 0b e0 4f")
    for echoes in (True, False):
        assert modbus.find_answer(request.frame, request, echoes) is None
        assert modbus.find_answer(request.frame + answer, request, echoes) == modbus.Answer(answer, True)
        assert modbus.find_answer(answer, request, echoes) == modbus.Answer(answer, False)


def test_a_refusal_is_an_error() -> None:
    from port_sim.devices.estop_station import crc16

    refusal = bytes((1, 0x82, 2))
    with pytest.raises(modbus.Refused, match="exception 2"):
        modbus.find_answer(refusal + crc16(refusal), modbus.read_inputs(1))
