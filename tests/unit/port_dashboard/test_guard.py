"""Who may talk to the server: only pages of this very host."""

import pytest

from port_dashboard.web.guard import host_is_ours, origin_is_ours


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost:8080", "[::1]:8080", "10.0.0.7", "edge-1.site:8080"])
def test_our_hosts(host: str) -> None:
    assert host_is_ours(host, "edge-1.site")


@pytest.mark.parametrize("host", ["", "evil.example:8080", "127.0.0.1.evil.example", "localhost.evil.example:8080"])
def test_foreign_hosts(host: str) -> None:
    assert not host_is_ours(host, "127.0.0.1")


@pytest.mark.parametrize(
    ("origin", "ours"),
    [
        ("http://127.0.0.1:8080", True), ("https://127.0.0.1:8080", True), ("http://127.0.0.1:9090", False),
        ("http://evil.example", False), ("null", False), ("", False), ("file://127.0.0.1:8080", False),
    ],
)  # fmt: skip
def test_origins(origin: str, ours: bool) -> None:
    assert origin_is_ours(origin, "127.0.0.1:8080") is ours
