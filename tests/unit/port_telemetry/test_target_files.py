"""What stands beside a broker's name in people's files: a password as any editor leaves it, an IPv6 address."""

import dataclasses
from pathlib import Path

import pytest

from port_telemetry.mqtt.target import Target

PLACE = Target("::1", 1883, "site", "edge_1", "demo")


def test_the_password_is_what_was_written_whatever_wrote_it(tmp_path: Path) -> None:
    file = tmp_path / "edge.password"
    target = dataclasses.replace(PLACE, user="edge", password_file=str(file))
    for written in (b"secret", b"secret\r\n", b"\xef\xbb\xbfsecret\n", "secret\r\n".encode("utf-16")):
        file.write_bytes(written)
        assert target.password() == "secret"
    file.write_bytes(b"secret\nsecret")
    with pytest.raises(OSError, match="holds more than one line"):
        target.password()


def test_a_brokers_ipv6_address_is_shown_in_brackets() -> None:
    assert PLACE.address == "[::1]:1883"
    assert dataclasses.replace(PLACE, host="broker").address == "broker:1883"
