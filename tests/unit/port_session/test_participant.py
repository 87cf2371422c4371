"""Who is in which ROS domain, by the announcements of DDS participants. Whatever else comes breaks nothing."""

import struct
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from port_session.robots.participant import Participant, announced, announcement_port, by_domain

PREFIX = bytes(range(12))
FAST_DDS, CYCLONE = b"\x01\x0f", b"\x01\x10"
_DATA, _INFO_TS, _ANNOUNCER = 0x15, 0x09, b"\x00\x01\x00\xc2"


def spdp(
    domain: int | None = 42,
    host: str = "turtlebot4:12",
    order: str = "<",
    vendor: bytes = FAST_DDS,
    inline: bool = False,
) -> bytes:
    """An announcement as DDSI-RTPS 2.5 has it. inline: with a key hash in front, as some vendors send it."""
    little = order == "<"
    parameters = [(0x15, b"\x02\x02\0\0"), (0x16, vendor + b"\0\0"), (0x50, PREFIX + b"\0\0\x01\xc1")]
    if domain is not None:
        parameters.append((0x0F, struct.pack(f"{order}I", domain)))
    texts = [b"PARTICIPANT_TYPE", b"SIMPLE", b"fastdds.physical_data.host", host.encode()]
    properties = struct.pack(f"{order}I", len(texts) // 2) + b"".join(_string(text, order) for text in texts)
    payload = (b"\0\x03" if little else b"\0\x02") + b"\0\0" + _list([*parameters, (0x59, properties)], order)
    key_hash = _list([(0x70, bytes(16))], order) if inline else b""
    head = struct.pack(f"{order}HH", 0, 16) + b"\0\x01\0\xc7" + _ANNOUNCER + struct.pack(f"{order}iI", 0, 1)
    data = _submessage(_DATA, 4 | 2 * inline, head + key_hash + payload, order)
    return b"RTPS\x02\x05" + vendor + PREFIX + _submessage(_INFO_TS, 0, bytes(8), order) + data


def _submessage(kind: int, flags: int, body: bytes, order: str) -> bytes:
    return struct.pack(f"{order}BBH", kind, flags | (order == "<"), len(body)) + body


def _string(text: bytes, order: str) -> bytes:
    ended = text + b"\0"
    return struct.pack(f"{order}I", len(ended)) + ended + bytes(-len(ended) % 4)


def _list(parameters: list[tuple[int, bytes]], order: str) -> bytes:
    written = (struct.pack(f"{order}HH", number, len(value)) + value for number, value in parameters)
    return b"".join(written) + struct.pack(f"{order}HH", 1, 0)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("inline", [False, True])
def test_an_announcement_tells_domain_machine_and_middleware(order: str, inline: bool) -> None:
    found = announced(spdp(order=order, inline=inline), "192.168.1.20", 7)
    assert found == (PREFIX, Participant(42, "192.168.1.20", "turtlebot4", "Fast DDS"))


def test_who_does_not_say_its_domain_is_known_by_the_port() -> None:
    found = announced(spdp(domain=None, vendor=CYCLONE), "192.168.1.20", 7)
    assert found is not None
    assert (found[1].domain, found[1].vendor) == (7, "Cyclone DDS")


def test_a_foreign_name_is_printed_and_no_more() -> None:
    found = announced(spdp(host="\x1b[31mrobot\n" + "x" * 500), "192.168.1.20", 7)
    assert found is not None
    assert found[1].name == "?[31mrobot?" + "x" * 53


@pytest.mark.parametrize(
    "wrong", [b"", b"RTPS", b"RTPX" + spdp()[4:], spdp()[:20], spdp().replace(b"\0\x01\0\xc2", b"\0\0\x03\xc2")]
)
def test_what_is_no_announcement_is_none(wrong: bytes) -> None:
    assert announced(wrong, "192.168.1.20", 7) is None


@given(st.integers(0, len(spdp())), st.binary(max_size=40), st.integers(0, len(spdp())))
def test_damaged_bytes_break_nothing(cut: int, inserted: bytes, on: int) -> None:
    whole = spdp()
    found = announced(whole[:cut] + inserted + whole[on:], "192.168.1.20", 7)
    assert found is None or (found[1].name.isprintable() and len(found[1].name) <= 64)


@given(st.binary(max_size=200))
def test_noise_behind_a_header_is_none_or_somebody_with_a_name_that_can_be_printed(noise: bytes) -> None:
    found = announced(b"RTPS\x02\x05\x01\x0f" + PREFIX + noise, "192.168.1.20", 7)
    assert found is None or (found[0] == PREFIX and found[1].name.isprintable())


def test_ports_of_the_standard() -> None:
    assert [announcement_port(domain) for domain in (0, 1, 42)] == [7400, 7650, 17900]


def test_many_are_told_in_few_words() -> None:
    robot = Participant(0, "192.168.1.20", "turtlebot4", "Fast DDS")
    others = [replace(robot, domain=3, name=f"r{number}", address="", vendor="") for number in range(6)]
    assert by_domain([robot, *others]) == (
        "in domain 3: r0, r1, r2, r3 and 2 more; in domain 0: turtlebot4 (192.168.1.20, Fast DDS)"
    )
    assert by_domain([replace(robot, domain=number, name="") for number in range(6)]).endswith("; in 2 domains more")
