"""Bytes that vendors' documents and drivers publish, decoded and sent; and what a wire says of its device.

| wire | what is published | where it is checked |
| --- | --- | --- |
| SRI M8128 | a whole frame, in the user's manual | `test_sri_m8128.py` |
| Kunwei KWR75 | a whole frame and three commands, in the user manual (RS-422), 4.3 and 4.4 | here |
| Robotiq FT 300 | the start request with its CRC, in the instruction manual; no frame of the stream | here |
| OptoForce HEX | a configuration command with its sum; no data frame | here |
| ATI Net F/T | the request and the record's layout, in manual 9620-05; no example record | here |
| Bota Rokubi | neither frame nor command with a CRC: the check value of CRC-16/X-25 stands in | here |
| Modbus RTU | a frame with its CRC, serial line guide, 6.2.2 | here; `test_waveshare_8ch.py`, from Waveshare's page |
| e-stop link | ours: frames in its document; CRC-32's check value | `test_estop_link_wire.py`, here |
"""

import struct
import zlib

import numpy as np
import pytest

from port_sensors.core.accounting import Accounting, UncountedAccounting
from port_sensors.protocol.ati_rdt import AtiRdt
from port_sensors.protocol.bota_rokubi import BotaRokubi
from port_sensors.protocol.crc import MODBUS, X25, Crc16, Kind
from port_sensors.protocol.kunwei_kwr75 import KunweiKwr75
from port_sensors.protocol.optoforce_hex import OptoforceHex
from port_sensors.protocol.robotiq_ft300 import RobotiqFt300
from port_sensors.protocol.wrench_protocol import INVALID, SATURATED, Settings
from port_sim.devices.bota_rokubi import frame_of
from tests.wires import WIRES, Wire, samples_of

COUNTS = (10.0, 10.0, 10.0, 100.0, 100.0, 100.0)


@pytest.mark.parametrize(("kind", "check"), [(MODBUS, 0x4B37), (X25, 0x906E)])
def test_crcs_give_the_check_values_of_the_catalogue(kind: Kind, check: int) -> None:
    """The CRC of "123456789" (reveng catalogue of parametrised CRC algorithms)."""
    crc = Crc16(kind, 9)
    digits = np.frombuffer(b"123456789" * 2, dtype=np.uint8).reshape(2, 9)
    assert crc.of(digits).tolist() == [check, check]
    assert crc.sent_with(b"123456789") == check.to_bytes(2, "little")


def test_crc_32_gives_the_check_value_of_the_catalogue() -> None:
    """What the e-stop link computes with (reveng catalogue, CRC-32/ISO-HDLC)."""
    assert zlib.crc32(b"123456789") == 0xCBF43926


def test_modbus_crc_is_the_one_of_the_standards_example() -> None:
    """Modbus over serial line V1.02, 6.2.2: the frame 02 07 is followed by 41 12."""
    assert Crc16(MODBUS, 2).sent_with(bytes.fromhex("0207")).hex() == "4112"


def test_kunwei_frame_of_the_manual() -> None:
    """KWR75 series user manual, RS-422, 4.3. Its table leaves out the sign of Fx, which the bytes have."""
    frame = bytes.fromhex("48AAB0751CC19B3FEDC0AE5CF040D4B52DBE5F55993E7C1AB0BB0D0A")
    batch = KunweiKwr75(Settings(1000.0)).feed(frame)
    kilograms = [-9.7787, -7.4140, 7.5113, -0.16964, 0.29948, -0.00537]
    assert np.allclose(batch.wrench / 9.80665, [kilograms], atol=6e-5)
    assert batch.rejected_bytes == 0


def test_robotiq_start_request_is_the_manuals() -> None:
    protocol = RobotiqFt300(Settings(100.0))
    start = protocol.start()
    assert start.send == bytes.fromhex("0910019A0001020200CDCA")
    assert protocol.stop().send == b"\xff" * 50
    answers = protocol.feed(bytes.fromhex("0910019A0001") + Crc16(MODBUS, 6).sent_with(bytes.fromhex("0910019A0001")))
    assert start.judge and [start.judge(answer) for answer in answers.answers] == [True]


def test_robotiq_refusal_is_an_answer() -> None:
    protocol, body = RobotiqFt300(Settings(100.0)), bytes.fromhex("099002")
    batch = protocol.feed(body + Crc16(MODBUS, 3).sent_with(body))
    judge = protocol.start().judge
    assert judge and [judge(answer) for answer in batch.answers] == [False]


def test_robotiq_units() -> None:
    body = b"\x20\x4e" + struct.pack("<6h", 123, -456, 789, 12, -34, 56)
    batch = RobotiqFt300(Settings(100.0)).feed(body + Crc16(MODBUS, 14).sent_with(body))
    assert np.allclose(batch.wrench, [[1.23, -4.56, 7.89, 0.012, -0.034, 0.056]])


def test_optoforce_commands_are_the_published_ones() -> None:
    """The protocol description's example sets 1000 Hz, 500 Hz and zero; ours differs in leaving the zero alone."""
    example = bytes((170, 0, 50, 3, 1, 1, 255, 1, 224))
    assert OptoforceHex(Settings(1000.0, COUNTS)).start().send[:6] == example[:6]
    assert sum(example[:7]).to_bytes(2, "big") == example[7:]
    protocol = OptoforceHex(Settings(100.0, COUNTS))
    assert protocol.start().send == bytes((170, 0, 50, 3, 10, 4, 0, 0, 237))
    assert protocol.stop().send == bytes((170, 0, 50, 3, 0, 4, 0, 0, 227))
    judge = protocol.start().judge
    answers = protocol.feed(bytes((170, 0, 80, 1, 0, 0, 251)) + bytes((170, 0, 80, 1, 2, 0, 253))).answers
    assert judge and [judge(answer) for answer in answers] == [True, False]


def test_optoforce_status_and_units() -> None:
    body = struct.pack(">4B2H6h", 170, 7, 8, 16, 11626, 0x0200, -90, 50, 70, -100, 1, 0)
    broken = struct.pack(">4B2H6h", 170, 7, 8, 16, 11627, 0x2400, *(6 * [0]))
    batch = OptoforceHex(Settings(1000.0, COUNTS)).feed(
        b"".join(one + sum(one).to_bytes(2, "big") for one in (body, broken))
    )
    assert batch.numbers.tolist() == [11626, 11627]
    assert np.allclose(batch.wrench[0], [-9.0, 5.0, 7.0, -1.0, 0.01, 0.0])
    assert batch.status.tolist() == [SATURATED, INVALID]


def test_kunwei_units_and_commands() -> None:
    protocol = KunweiKwr75(Settings(1000.0))
    batch = protocol.feed(b"\x48\xaa" + struct.pack("<6f", 1, 2, -3, 0.5, 0, float("nan")) + b"\r\n")
    assert np.allclose(batch.wrench[0, :4], [9.80665, 19.6133, -29.41995, 4.903325])
    assert batch.status[0] & INVALID
    assert (protocol.start().send, protocol.stop().send) == (b"\x48\xaa\r\n", b"\x43\xaa\r\n")


def test_rdt_request_record_and_status() -> None:
    protocol = AtiRdt(Settings(1000.0, (1e6,) * 6))
    assert protocol.start().send == bytes.fromhex("1234000200000000")
    assert protocol.stop().send == bytes.fromhex("1234000000000000")
    states = (0, 0x80010000, 0x80020000, 0x80000001)
    records = [struct.pack(">3I6i", 7 + n, 70, status, 1_000_000, -2, 0, 0, 0, 0) for n, status in enumerate(states)]
    batch = protocol.feed(b"".join(records))
    assert batch.numbers.tolist() == [7, 8, 9, 10]
    assert batch.status.tolist() == [0, 0, SATURATED, INVALID]
    assert np.allclose(batch.wrench[0, :2], [1.0, -2e-6])
    assert protocol.feed(records[0][:-1]).rejected_bytes == 35


def test_bota_handshake_status_and_temperature() -> None:
    protocol = BotaRokubi(Settings(800.0))
    assert [exchange.send for exchange in protocol.configuration()] == [b"C", b"c,0,1,0,4", b"f,64,0,0,1"]
    judge = protocol.start().judge
    assert judge and [judge(answer) for answer in protocol.feed(b"r,0,R,0r,0,C,0r,0,R,1").answers] == [
        True,
        None,
        False,
    ]
    zero = (0.0,) * 6
    batch = protocol.feed(b"".join(frame_of(zero, 1250 * n, status, 40.5) for n, status in enumerate((0, 2, 4, 8))))
    assert batch.status.tolist() == [0, SATURATED, INVALID, INVALID]
    assert batch.temperature_c == 40.5


def test_bota_time_becomes_numbers_across_its_turn_and_a_gap() -> None:
    protocol = BotaRokubi(Settings(800.0))
    times_us = [(2**32 - 2500 + 1250 * n) % 2**32 for n in (0, 1, 2, 3, 7)]
    batch = protocol.feed(b"".join(frame_of((0.0,) * 6, time_us) for time_us in times_us))
    assert batch.numbers.tolist() == [0, 1, 2, 3, 7]


@pytest.mark.parametrize("wire", WIRES, ids=lambda wire: wire.name)
def test_what_the_device_encodes_is_what_the_protocol_reads(wire: Wire) -> None:
    sent = samples_of(40)
    protocol = wire.protocol()
    batch = protocol.feed(b"".join(wire.frames(sent)))
    assert wire.close_to(batch.wrench, sent)


@pytest.mark.parametrize(
    ("kind", "settings", "reason"),
    [
        (BotaRokubi, (2000.0,), "rate_hz"), (OptoforceHex, (500.0, COUNTS), "rate_hz"),
        (OptoforceHex, (1000.0,), "counts_per_unit"), (AtiRdt, (1000.0,), "counts_per_unit"),
        (AtiRdt, (1000.0, (1.0, 2.0)), "counts_per_unit"), (AtiRdt, (0.0, COUNTS), "rate_hz"),
    ],
)  # fmt: skip
def test_what_a_device_cannot_do_is_refused_by_name(
    kind: type, settings: tuple[float] | tuple[float, tuple[float, ...]], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        kind(Settings(*settings))


def test_a_repeated_block_is_dropped_and_a_restart_is_no_repetition() -> None:
    accounting = Accounting(1000.0)
    for numbers in ([0, 1, 2, 3, 4], [3, 4, 5], [4, 6]):
        wrench = np.repeat(np.array(numbers, dtype=np.float32)[:, None], 6, axis=1)
        accounting.take(np.array(numbers), wrench, 0.005)
    accounting.flush()
    totals = accounting.totals
    assert (totals.received, totals.lost, totals.duplicates, totals.restarts) == (7, 0, 3, 0)


def test_an_uncounted_device_reports_a_pause_as_an_estimated_loss() -> None:
    accounting = UncountedAccounting(100.0)
    wrench = np.zeros((10, 6), dtype=np.float32)
    accounting.take(np.arange(10), wrench, 0.0)
    (run,) = accounting.take(np.arange(10, 20), wrench, 0.55)
    assert (run.first_index, run.lost_before) == (10, 0), "jitter is no loss"
    (run,) = accounting.take(np.arange(20, 30), wrench, 2.1)
    assert (run.first_index, run.lost_before, accounting.totals.lost) == (220, 200, 200)
