"""Whether an address is free: not where somebody listens, and two who look at the same moment see no third."""

import socket

import pytest

from port_session.admission.host import address_free
from port_session.description.expectations import Address


@pytest.fixture
def address() -> Address:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return Address(key="dashboard.port", host="127.0.0.1", port=probe.getsockname()[1])


def test_an_address_where_nobody_listens_is_free(address: Address) -> None:
    assert address_free(address).ok


def test_an_address_where_somebody_listens_is_in_use(address: Address) -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind((address.host, address.port))
        other.listen(1)
        found = address_free(address)
    assert not found.ok and "is in use" in found.problem


def test_somebody_who_looks_too_is_no_listener(address: Address) -> None:
    with socket.socket() as looks:
        looks.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        looks.bind((address.host, address.port))
        assert address_free(address).ok
