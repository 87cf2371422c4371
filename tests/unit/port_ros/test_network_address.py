"""URLs as people write them: read once, refused with what mends them, and never shown with a password."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from port_ros.network_address import AddressError, host_port, parse_url, without_login, without_logins

PORTS = {"http": 80, "rtsp": 554}


@pytest.mark.parametrize(
    ("text", "host", "port", "target", "user", "password"),
    [
        ("http://cam/x", "cam", 80, "/x", "", ""),
        ("HTTP://cam:8080", "cam", 8080, "/", "", ""),
        ("rtsp://10.0.0.8/s?channel=1", "10.0.0.8", 554, "/s?channel=1", "", ""),
        ("http://cam?x=1", "cam", 80, "/?x=1", "", ""),
        ("http://cam/ä b".replace(" ", "%20"), "cam", 80, "/%C3%A4%20b", "", ""),
        ("http://[::1]:8080/x", "::1", 8080, "/x", "", ""),
        ("http://[fe80::1%25eth0]/x", "fe80::1%eth0", 80, "/x", "", ""),
        ("http://[fe80::1%eth0]/x", "fe80::1%eth0", 80, "/x", "", ""),
        ("http://admin:pa%23ss@cam/x", "cam", 80, "/x", "admin", "pa#ss"),
        ("http://admin:p%C3%A4ss@cam/x", "cam", 80, "/x", "admin", "päss"),
        ("http://admin:p@ss:word@cam/x", "cam", 80, "/x", "admin", "p@ss:word"),
        ("http://admin@cam/x", "cam", 80, "/x", "admin", ""),
        ("http://bücher.example/x", "bücher.example", 80, "/x", "", ""),
    ],
)
def test_an_address_is_taken_apart(text: str, host: str, port: int, target: str, user: str, password: str) -> None:
    url = parse_url(text, PORTS)
    assert (url.host, url.port, url.target, url.user, url.password) == (host, port, target, user, password)
    assert "pa" not in url.shown and (not password or password not in repr(url))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("http://admin:s3cret#ss@cam/x", "has a # in it, behind which nothing counts; in a user or password write"),
        (
            "http://admin:s3cret/ss@cam/x",
            "the login of the http:// address ends too early; in a user or password write",
        ),
        ("http://admin:s3cret?ss@cam/x", "ends too early"),
        ("http://admin:s3cret%zz@cam/x", "has a % that begins no code"),
        ("http://admin:s3cret ss@cam/x", "has a space or a control character in it; write a space as %20"),
        ("http://cam/x\r\nHost: other", "has a space or a control character in it"),
        ("http://cam:99999/x", "'99999' is no port; a port is a number of 1…65535"),
        ("http://cam:0/x", "'0' is no port"),
        ("http://cam:8o8o/x", "'8o8o' is no port"),
        ("http://cam:-1/x", "'-1' is no port"),
        ("http://[::1/x", "the bracket of the IPv6 address is not closed; write [address]:port"),
        ("http://[::g]/x", "[::g] is no IPv6 address"),
        ("http://[::1]8080/x", "is no port"),
        ("http://fd00::8/x", "an IPv6 address stands in brackets"),
        ("http:///x", "the host is missing"),
        ("http://a..b/x", "'a..b' is no host name"),
        ("http://ca$m/x", "'ca$m' is no host name"),
        ("http://" + "a" * 70 + "/x", "is no host name"),
        ("https://admin:s3cret@cam/x", "is no http:// or rtsp:// address"),
        ("cam/x", "is no http:// or rtsp:// address"),
        ("", "is no http:// or rtsp:// address"),
    ],
)
def test_what_is_no_address_is_refused_with_its_remedy_and_without_the_password(text: str, words: str) -> None:
    with pytest.raises(AddressError) as refused:
        parse_url(text, PORTS)
    assert words in str(refused.value)
    assert "s3cret" not in str(refused.value)


def test_a_scheme_without_a_usual_port_needs_one() -> None:
    with pytest.raises(AddressError, match=r"has no port; write udp://host:port"):
        parse_url("udp://192.0.2.5", {"udp": 0})
    assert parse_url("udp://192.0.2.5:49152", {"udp": 0}).port == 49152


@given(st.text(max_size=30))
@example("http://a@[b")
@example("http://%@:1/")
def test_any_text_is_an_address_or_refused(text: str) -> None:
    for whole in (text, f"http://{text}", f"http://u:{text}@cam/x"):
        try:
            url = parse_url(whole, PORTS)
        except AddressError:
            continue
        assert url.target.isascii() and url.target.startswith("/") and 0 < url.port < 65536


@given(st.text(min_size=1, max_size=20), st.text(max_size=20))
def test_a_login_survives_the_way_into_an_address_and_back(user: str, password: str) -> None:
    plain = parse_url("rtsp://[::1]:8554/s?channel=1", PORTS)
    try:
        whole = plain.with_login(user, password)
    except UnicodeEncodeError:  # halves of characters: no text that anybody could have written
        return
    back = parse_url(whole, PORTS)
    assert (back.user, back.password, back.host, back.port, back.target) == (
        user, password, plain.host, plain.port, plain.target,
    )  # fmt: skip


@given(st.text(st.characters(codec="utf-8"), max_size=20).map(lambda odd: f"s3cret{odd}s3cret"))
@example("s3cret#s3cret")
@example("s3cret/s3cret@x/s3cret")
def test_nothing_of_a_login_is_shown_however_odd_the_address(password: str) -> None:
    assert "s3cret" not in without_login(f"rtsp://admin:{password}@cam:554/stream")


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("htp://port:s3cret@cam/x", "htp://cam/x"), ("port:s3cret@cam/x", "cam/x"),
        ("HTTP:/port:s3cret@cam/x", "HTTP:/cam/x"),
        ("http://cam/x?sid=s3cret", "http://cam/x?sid=***"), ("/dev/v4l/by-id/a@b", "/dev/v4l/by-id/a@b"),
    ],
)  # fmt: skip
def test_a_misspelt_address_shows_no_login_either(address: str, shown: str) -> None:
    assert without_login(address) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("rtsp://a:b@cam/s: no answer", "rtsp://cam/s: no answer"),
        ("http://cam/v?user=a&pwd=b&x=1 is slow", "http://cam/v?user=a&pwd=***&x=1 is slow"),
        ("rtsp://cam/user=a_password=b_channel=1", "rtsp://cam/user=a_password=***"),
        ("two: http://a:b@c/d and rtsp://e:f@g/h.", "two: http://c/d and rtsp://g/h."),
        ("http://cam/x, mail to a@b", "http://cam/x, mail to a@b"),
        ("/dev/ttyUSB0: pass=1 no such port", "/dev/ttyUSB0: pass=1 no such port"),
    ],
)
def test_addresses_in_a_text_lose_their_secrets_and_the_rest_stays(text: str, shown: str) -> None:
    assert without_logins(text) == shown


def test_an_ipv6_address_stands_in_brackets_before_its_port() -> None:
    assert host_port("::1", 8080) == "[::1]:8080"
    assert host_port("[::1]", 8080) == "[::1]:8080"
    assert host_port("127.0.0.1", 8080) == "127.0.0.1:8080"
