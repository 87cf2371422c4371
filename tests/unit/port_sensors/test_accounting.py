"""Every sample accounted for: gaps, turns of the counter, repeats, damaged numbers, a device that counts anew."""

import numpy as np

from port_sensors.core.accounting import Accounting, Run

RATE_HZ = 2000.0


def feed(accounting: Accounting, numbers: list[int], elapsed_s: float = 0.01) -> list[Run]:
    """Samples whose Fx is their place in `numbers`."""
    wrench = np.zeros((len(numbers), 6), dtype=np.float32)
    wrench[:, 0] = np.arange(len(numbers))
    return accounting.take(np.array([number % 65536 for number in numbers], dtype=np.uint16), wrench, elapsed_s)


def shape(runs: list[Run]) -> list[tuple[int, int, int]]:
    return [(run.first_index, len(run.wrench), run.lost_before) for run in runs]


def test_an_unbroken_stream_is_one_run_and_starts_at_the_devices_number() -> None:
    accounting = Accounting(RATE_HZ)
    assert shape(feed(accounting, [7, 8, 9])) == [(7, 3, 0)]
    assert shape(feed(accounting, [10])) == [(10, 1, 0)]


def test_the_counter_turns_over() -> None:
    accounting = Accounting(RATE_HZ)
    assert shape(feed(accounting, [65534, 65535, 65536, 65537])) == [(65534, 4, 0)]


def test_a_gap_splits_the_stream_and_is_counted() -> None:
    accounting = Accounting(RATE_HZ)
    assert shape(feed(accounting, [0, 1, 5, 6])) == [(0, 2, 0), (5, 1, 3), (6, 1, 0)]
    assert (accounting.totals.received, accounting.totals.lost) == (4, 3)


def test_a_gap_of_whole_turns_is_told_by_the_clock() -> None:
    accounting = Accounting(RATE_HZ)
    feed(accounting, [0, 1])
    (first, _) = feed(accounting, [65536 * 2 + 100, 65536 * 2 + 101], elapsed_s=(65536 * 2 + 100) / RATE_HZ + 0.3)
    assert (first.first_index, first.lost_before) == (65536 * 2 + 100, 65536 * 2 + 98)


def test_a_device_that_paused_has_lost_nothing() -> None:
    accounting = Accounting(RATE_HZ)
    feed(accounting, [0, 1])
    assert shape(feed(accounting, [2, 3], elapsed_s=5.0)) == [(2, 2, 0)]


def test_a_repeated_sample_is_dropped() -> None:
    accounting = Accounting(RATE_HZ)
    assert shape(feed(accounting, [0, 1, 1, 2])) == [(0, 2, 0), (2, 1, 0)]
    assert (accounting.totals.duplicates, accounting.totals.lost) == (1, 0)


def test_a_repeated_sample_before_a_lost_one_is_not_taken_for_it() -> None:
    accounting = Accounting(RATE_HZ)
    assert shape(feed(accounting, [0, 1, 1, 3, 4])) == [(0, 2, 0), (3, 1, 1), (4, 1, 0)]
    assert (accounting.totals.received, accounting.totals.lost, accounting.totals.duplicates) == (4, 1, 1)


def test_a_repeated_sample_behind_a_lost_one_is_not_taken_for_it() -> None:
    accounting = Accounting(RATE_HZ)
    assert shape(feed(accounting, [0, 1, 3, 3, 4])) == [(0, 2, 0), (3, 1, 1), (4, 1, 0)]
    assert (accounting.totals.received, accounting.totals.lost) == (4, 1)


def test_a_damaged_number_is_mended_by_its_neighbours() -> None:
    accounting = Accounting(RATE_HZ)
    assert shape(feed(accounting, [0, 1, 2 ^ 0x4000, 3, 4])) == [(0, 2, 0), (2, 1, 0), (3, 2, 0)]
    assert (accounting.totals.renumbered, accounting.totals.lost) == (1, 0)


def test_a_damaged_number_at_the_end_of_a_read_waits_for_the_next() -> None:
    accounting = Accounting(RATE_HZ)
    assert shape(feed(accounting, [0, 1, 2 ^ 0x4000])) == [(0, 2, 0)]
    assert shape(feed(accounting, [3])) == [(2, 1, 0), (3, 1, 0)]
    assert accounting.totals.lost == 0


def test_two_damaged_numbers_cost_what_is_lost_and_no_more() -> None:
    accounting = Accounting(RATE_HZ)
    feed(accounting, [0, 1, 2 ^ 0x4000, 3 ^ 0x2000, 4, 5])
    assert accounting.totals.received + accounting.totals.lost == 6
    assert accounting.totals.lost <= 2


def test_a_device_that_counts_anew_is_placed_by_the_clock() -> None:
    accounting = Accounting(RATE_HZ)
    feed(accounting, [40000, 40001])
    runs = feed(accounting, [0, 1, 2], elapsed_s=2.0)
    assert shape(runs) == [(44001, 1, 3999), (44002, 2, 0)]
    assert accounting.totals.restarts == 1
    assert shape(feed(accounting, [3])) == [(44004, 1, 0)]


def test_what_is_held_comes_out_at_the_end() -> None:
    accounting = Accounting(RATE_HZ)
    feed(accounting, [0, 1, 5])
    assert shape(accounting.flush()) == [(5, 1, 3)]
    assert accounting.flush() == []


def test_samples_that_waited_in_a_stalled_machine_and_the_loss_after_them_are_counted_exactly() -> None:
    accounting, rate_hz = Accounting(2000.0), 2000.0
    reads = [(0.0, range(0, 40)), (2.0, range(40, 2040)), (0.01, range(4040, 4060)), (0.01, range(4060, 4080))]
    for elapsed_s, numbers in reads:
        accounting.take(np.array(numbers), np.zeros((len(numbers), 6), np.float32), elapsed_s)
    totals = accounting.totals
    assert (totals.received, totals.lost, totals.restarts) == (2080, 2000, 0), "no restart, though it jumped a second"
    accounting.take(np.array(range(30_000, 30_020)), np.zeros((20, 6), np.float32), 1 / rate_hz)
    assert totals.restarts == 1, "nothing waits any more: nobody counts thirteen seconds in half a millisecond"
