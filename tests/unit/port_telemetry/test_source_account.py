"""By its source's own count every sample is at the facility, recorded as lost, or named as lost in silence."""

from typing import Any

import pytest

from port_telemetry.core.source_account import Block, SourceAccount


def block(number: int, *, base: int = 0, lost: int = 0, lost_before: int = 0, samples: int = 20) -> Block:
    """The `number`-th full block of a plate whose count began at `base`, after `lost` samples lost on the wire."""
    values: dict[str, Any] = {
        "first_index": base + number * 20 + lost, "lost_before": lost_before, "status": bytes(samples),
        "received_total": number * 20 + samples, "lost_total": lost,
    }  # fmt: skip
    return Block.of(values)


def balanced(account: SourceAccount) -> bool:
    said = account.stored - account.twice + account.on_wire + account.lost.total() + account.unexplained
    return account.sent == said


def test_a_whole_stream_is_all_there() -> None:
    account = SourceAccount()
    for number in range(5):
        account.block(block(number, base=700))
    assert (account.sent, account.stored, account.unexplained, account.starts) == (100, 100, 0, 1)


def test_what_the_plate_lost_on_its_wire_is_told_by_its_blocks() -> None:
    account = SourceAccount()
    account.block(block(0))
    account.block(block(1, lost=3, lost_before=3))
    assert (account.sent, account.on_wire, account.unexplained) == (43, 3, 0) and balanced(account)


def test_a_hole_with_a_gap_record_in_it_is_explained_and_one_without_is_not() -> None:
    account = SourceAccount()
    account.block(block(0))
    account.gap("lost between its source and telemetry (40 samples)")
    account.block(block(3))
    account.block(block(5))
    assert account.lost == {"lost between its source and telemetry": 40}
    assert (account.sent, account.unexplained) == (120, 20) and balanced(account)


def test_a_gap_record_explains_no_later_hole() -> None:
    account = SourceAccount()
    account.gap("the spool was full")
    account.block(block(0))
    account.block(block(2))
    assert account.unexplained == 20


def test_what_was_sent_before_the_first_block_counts() -> None:
    account = SourceAccount()
    account.block(block(2, base=30))
    assert (account.sent, account.unexplained) == (60, 40)


def test_a_source_that_counts_anew_is_a_start_and_no_loss() -> None:
    account = SourceAccount()
    for base in (500, 20):
        for number in range(3):
            account.block(block(number, base=base))
    assert (account.sent, account.stored, account.unexplained, account.starts) == (120, 120, 0, 2)


def test_a_block_that_is_there_twice_counts_once() -> None:
    account = SourceAccount()
    for number in (0, 1, 1, 2):
        account.block(block(number))
    assert (account.sent, account.stored, account.twice, account.unexplained) == (60, 80, 20, 0) and balanced(account)


@pytest.mark.parametrize("changed", [{"first_index": 2}, {"lost_total": 10**6}, {"status": None}])
def test_a_block_that_says_nonsense_is_refused(changed: dict[str, Any]) -> None:
    values = {"first_index": 0, "lost_before": 5, "status": bytes(20), "received_total": 20, "lost_total": 0}
    with pytest.raises((ValueError, TypeError)):
        Block.of({**values, "lost_before": 5, **changed})
