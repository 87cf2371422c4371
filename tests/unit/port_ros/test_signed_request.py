"""What is asked of a gate: every way in which a request is not the session's, fresh and first."""

from dataclasses import replace

import pytest

from port_ros.session_key import KEY_BYTES, MAC_BYTES
from port_ros.signed_request import AGE_NS, AHEAD_NS, ARM, REMEDIES, RESET, RequestCheck, SignedRequest, sign

KEY, OTHER_KEY = bytes(range(KEY_BYTES)), bytes(KEY_BYTES)
NOW = 1_800_000_000_000_000_000


def request(data: bytes = b"anna arms", key: bytes = KEY, session: str = "hall", stamp_ns: int = NOW) -> SignedRequest:
    return SignedRequest(ARM, session, stamp_ns, data, sign(key, ARM, data))


def refusal(asked: SignedRequest, now_ns: int = NOW) -> str:
    return RequestCheck("hall", KEY).refusal(asked, now_ns)


def test_a_request_that_the_session_signed_now_counts() -> None:
    assert refusal(request()) == ""


@pytest.mark.parametrize("mac", [b"", bytes(MAC_BYTES), request(key=OTHER_KEY).mac, request().mac[:-1]])
def test_a_request_without_the_session_s_signature_does_not(mac: bytes) -> None:
    assert refusal(replace(request(), mac=mac)).startswith("the request is not signed by the session")


@pytest.mark.parametrize("change", [{"service": RESET}, {"data": b"mallory arms"}])
def test_nothing_of_a_signed_request_can_be_changed(change: dict[str, object]) -> None:
    assert "not signed" in refusal(replace(request(), **change))  # type: ignore[arg-type]


def test_a_request_counts_once() -> None:
    check = RequestCheck("hall", KEY)
    assert check.refusal(request(), NOW) == ""
    assert check.refusal(request(), NOW + 1).startswith("the request was used before")
    assert check.refusal(request(), NOW + AGE_NS).startswith("the request was used before")
    assert check.refusal(request(b"anna arms again"), NOW + 1) == "", "in the same moment"


def test_what_is_too_old_to_be_tried_again_is_not_remembered() -> None:
    check = RequestCheck("hall", KEY)
    for step in range(1000):
        stamp_ns = NOW + step * AGE_NS
        assert check.refusal(request(b"%d" % step, stamp_ns=stamp_ns), stamp_ns) == ""
    assert len(check._used) <= 2


@pytest.mark.parametrize(
    ("age_ns", "well"), [(AGE_NS, True), (AGE_NS + 1, False), (-AHEAD_NS, True), (-AHEAD_NS - 1, False)]
)
def test_a_request_is_young(age_ns: int, well: bool) -> None:
    assert (refusal(request(), NOW + age_ns) == "") is well
    assert well or "1 s are allowed" in refusal(request(), NOW + age_ns)


def test_a_request_of_another_session_is_named() -> None:
    assert refusal(request(session="annex")).startswith("the request is for session annex, the gate is hall's")
    assert "session without a name" in refusal(request(session=""))


def test_a_gate_without_a_key_is_asked_by_nobody_and_every_refusal_has_its_remedy() -> None:
    without = RequestCheck("hall", None).refusal(request(), NOW)
    assert "no session_key_file" in without
    for said in (without, refusal(request(key=OTHER_KEY)), refusal(request(), 0), refusal(request(session=""))):
        assert said.endswith(f"; {REMEDIES[ARM]}")
