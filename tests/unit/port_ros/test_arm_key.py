"""Who may arm a gate: every way in which a request is not the session's, fresh and first."""

from dataclasses import replace
from pathlib import Path

import pytest

from port_ros.arm_key import (
    AGE_NS,
    AHEAD_NS,
    KEY_BYTES,
    MAC_BYTES,
    REMEDY,
    ArmCheck,
    ArmKeyError,
    ArmRequest,
    make_key_file,
    read_key,
    sign,
)

KEY, OTHER_KEY = bytes(range(KEY_BYTES)), bytes(KEY_BYTES)
NOW, EPOCH = 1_800_000_000_000_000_000, 7
REQUEST = ArmRequest("hall", NOW, EPOCH, "anna")


def refusal(request: ArmRequest = REQUEST, key: bytes = KEY, epoch: int = EPOCH, now_ns: int = NOW) -> str:
    return ArmCheck("hall", KEY).refusal(request, sign(key, request), epoch, now_ns)


def test_a_request_that_the_session_signed_now_arms() -> None:
    assert refusal() == ""
    assert len(sign(KEY, REQUEST)) == MAC_BYTES


@pytest.mark.parametrize("mac", [b"", bytes(MAC_BYTES), sign(OTHER_KEY, REQUEST), sign(KEY, REQUEST)[:-1]])
def test_a_request_without_the_session_s_signature_arms_nothing(mac: bytes) -> None:
    assert ArmCheck("hall", KEY).refusal(REQUEST, mac, EPOCH, NOW).startswith("the request is not signed by the sess")


@pytest.mark.parametrize(
    "change", [{"session": "hallo"}, {"stamp_ns": NOW - 1}, {"epoch": EPOCH + 1}, {"by": "mallory"}, {"by": ""}]
)
def test_nothing_of_a_signed_request_can_be_changed(change: dict[str, object]) -> None:
    changed = replace(REQUEST, **change)  # type: ignore[arg-type]
    assert ArmCheck(changed.session, KEY).refusal(changed, sign(KEY, REQUEST), changed.epoch, NOW)


def test_what_one_text_ends_with_is_not_what_the_next_begins_with() -> None:
    one, other = ArmRequest("ab", NOW, EPOCH, "c"), ArmRequest("a", NOW, EPOCH, "bc")
    assert sign(KEY, one) != sign(KEY, other)


def test_a_request_counts_once() -> None:
    check, mac = ArmCheck("hall", KEY), sign(KEY, REQUEST)
    assert check.refusal(REQUEST, mac, EPOCH, NOW) == ""
    assert check.refusal(REQUEST, mac, EPOCH, NOW + 1).startswith("the request was used before")
    later = replace(REQUEST, stamp_ns=NOW + 1)
    assert check.refusal(later, sign(KEY, later), EPOCH, NOW + 1) == ""


@pytest.mark.parametrize(
    ("age_ns", "well"), [(AGE_NS, True), (AGE_NS + 1, False), (-AHEAD_NS, True), (-AHEAD_NS - 1, False)]
)
def test_a_request_is_young(age_ns: int, well: bool) -> None:
    assert (refusal(now_ns=NOW + age_ns) == "") is well
    assert well or "1 s are allowed" in refusal(now_ns=NOW + age_ns)


def test_a_stop_since_the_request_makes_it_void() -> None:
    assert "a stop came between the request and now (epoch 7, now 8)" in refusal(epoch=EPOCH + 1)


def test_a_request_of_another_session_is_named() -> None:
    assert refusal(replace(REQUEST, session="annex")).startswith("the request is for session annex, the gate is hall's")


def test_a_gate_without_a_key_arms_for_nobody_and_every_refusal_has_its_remedy() -> None:
    without = ArmCheck("hall", None).refusal(REQUEST, sign(KEY, REQUEST), EPOCH, NOW)
    assert "no arm_key_file" in without
    refusals = [
        without,
        refusal(key=OTHER_KEY),
        refusal(epoch=0),
        refusal(now_ns=0),
        refusal(replace(REQUEST, session="")),
    ]
    assert all(each.endswith(f"; {REMEDY}") for each in refusals)


def test_a_name_that_is_no_text_can_be_signed() -> None:
    assert refusal(replace(REQUEST, by="\udcff")) == ""


def test_the_key_file_is_for_this_user_alone_and_never_made_twice(tmp_path: Path) -> None:
    path = tmp_path / "arm.key"
    make_key_file(path)
    assert path.stat().st_mode & 0o777 == 0o600 and len(read_key(path)) == KEY_BYTES
    with pytest.raises(FileExistsError):
        make_key_file(path)
    make_key_file(tmp_path / "other.key")
    assert read_key(path) != read_key(tmp_path / "other.key")


def test_a_key_file_that_cannot_be_used_is_named_with_its_remedy(tmp_path: Path) -> None:
    short, public = tmp_path / "short", tmp_path / "public"
    short.write_bytes(b"abc")
    make_key_file(public)
    public.chmod(0o644)
    for path, says in ((tmp_path / "none", "No such file"), (short, "3 bytes"), (public, "others may read it")):
        with pytest.raises(ArmKeyError, match=f"{path}: .*{says}.*port up"):
            read_key(path)
