"""HTTP logins against the examples of RFC 7616, RFC 2069 and RFC 7617."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from port_sensors.protocol.http_login import LoginUnsupported, Request, authorization, challenges

NONCE = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
OPAQUE = "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"
OFFER = (
    f'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={{}}, nonce="{NONCE}", opaque="{OPAQUE}"'
)
REQUEST = Request("GET", "/dir/index.html", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ")
RESPONSES = {
    "MD5": "8ca523f5e9506fed4657c9700eebdbec",
    "SHA-256": "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
}


@pytest.mark.parametrize("algorithm", RESPONSES)
def test_the_answer_is_that_of_rfc_7616(algorithm: str) -> None:
    header = authorization(challenges([OFFER.format(algorithm)]), REQUEST, "Mufasa", "Circle of Life")
    for field in (
        'Digest username="Mufasa"', 'realm="http-auth@example.org"', 'uri="/dir/index.html"', f"algorithm={algorithm}",
        f'nonce="{NONCE}"', "nc=00000001", f'cnonce="{REQUEST.client_nonce}"', "qop=auth",
        f'response="{RESPONSES[algorithm]}"', f'opaque="{OPAQUE}"',
    ):  # fmt: skip
        assert field in header


@pytest.mark.parametrize("several", [True, False], ids=["in one header", "each in its own"])
@pytest.mark.parametrize("order", [("MD5", "SHA-256"), ("SHA-256", "MD5")])
def test_the_strongest_that_both_know_is_taken(several: bool, order: tuple[str, str]) -> None:
    offers = [OFFER.format("SHA-512-256"), *map(OFFER.format, order), 'Basic realm="a, b"']
    header = authorization(challenges([", ".join(offers)] if several else offers), REQUEST, "Mufasa", "Circle of Life")
    assert RESPONSES["SHA-256"] in header


def test_a_server_without_qop_is_answered_by_rfc_2069() -> None:
    """The values of RFC 2069, 2.4, with its erratum 749."""
    offer = 'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc"'
    header = authorization(challenges([offer]), REQUEST, "Mufasa", "CircleOfLife")
    assert 'response="1949323746fe6a43ef61f9606e7febea"' in header
    assert "nc=" not in header and "qop" not in header


def test_basic_is_answered_where_nothing_better_is_offered() -> None:
    for offered in (['Basic realm="WallyWorld"'], []):
        header = authorization(challenges(offered), REQUEST, "Aladdin", "open sesame")
        assert header == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="


@pytest.mark.parametrize(
    ("offer", "words"),
    [
        (OFFER.format("SHA-512-256"), "digest algorithm=SHA-512-256 qop=auth, auth-int"),
        ('Digest realm="a", nonce="b", qop="auth-int"', "digest qop=auth-int"),
        ("Negotiate", "negotiate"),
        ("Digest realm=a", "digest"),
    ],
)
def test_what_is_not_known_here_is_named(offer: str, words: str) -> None:
    with pytest.raises(LoginUnsupported, match=words):
        authorization(challenges([offer]), REQUEST, "Mufasa", "Circle of Life")


@given(st.lists(st.text(max_size=40), max_size=3), st.text(max_size=8))
def test_any_header_is_answered_or_refused(headers: list[str], user: str) -> None:
    with contextlib.suppress(LoginUnsupported, UnicodeEncodeError):
        assert authorization(challenges(headers), REQUEST, user, "p").split()[0] in ("Basic", "Digest")
