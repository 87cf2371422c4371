"""The station's reading and the watchdog's rules: missing means unsafe, only fresh heartbeats feed the output."""

import pytest

from port_sensors.core.estop import DISCREPANCY_S, Contacts, DualChannel, Station, Wiring
from port_sensors.core.watchdog import Action, Watchdog

WIRING = Wiring(channel_a=0, channel_b=1, reset=2, relay=3)
CLOSED = WIRING.contacts((True, True, False, True, False, False, False, False))


def test_inputs_are_read_by_the_wiring() -> None:
    station, wiring = Station(), Wiring(channel_a=4, channel_b=5, reset=6, relay=7)
    station.answered(wiring.contacts((False,) * 4 + (True, False, True, False)), now_s=1.0, stamp_ns=9)
    reading = station.reading(1.05, trusted=True)
    assert (reading.channel_a_closed, reading.channel_b_closed) == (True, False)
    assert (reading.reset_pressed, reading.relay_closed) == (True, False)
    assert (reading.link_ok, reading.answers, reading.stamp_ns) == (True, 1, 9)


@pytest.mark.parametrize(("now_s", "trusted"), [(1.11, True), (1.01, False)])
def test_without_a_fresh_answer_every_contact_is_open(now_s: float, trusted: bool) -> None:
    station = Station()
    station.answered(CLOSED, now_s=1.0, stamp_ns=9)
    reading = station.reading(now_s, trusted)
    assert not reading.link_ok
    assert not (reading.channel_a_closed or reading.channel_b_closed or reading.relay_closed)
    assert not reading.never


def test_only_a_change_or_an_answer_after_silence_is_news() -> None:
    station = Station()
    assert station.answered(CLOSED, now_s=1.0, stamp_ns=1)
    assert not station.answered(CLOSED, now_s=1.01, stamp_ns=2)
    assert station.answered(Contacts(False, True, False, True), now_s=1.02, stamp_ns=3)
    assert station.answered(Contacts(False, True, False, True), now_s=2.0, stamp_ns=4)


def test_before_the_first_answer_the_link_is_never() -> None:
    assert Station().reading(0.0, trusted=True).never


@pytest.mark.parametrize(
    ("numbers", "reason"),
    [
        ((0, 0, 2, 3), "channel_b: input 0 is channel_a already"), ((0, 1, 2, 8), "relay: 8 is no input"),
        ((-1, 1, 2, 3), "channel_a: -1 is no input"),
    ],
)  # fmt: skip
def test_a_wiring_that_cannot_be_is_refused(numbers: tuple[int, ...], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Wiring(*numbers)


def channels(*steps: tuple[bool, bool, float]) -> tuple[bool, bool, bool]:
    """A, B and the latch as they count after contacts (A, B) were seen at each time."""
    dual = DualChannel()
    for a_closed, b_closed, now_s in steps:
        seen = dual.look(Contacts(a_closed, b_closed, False, True), now_s)
    return seen.channel_a_closed, seen.channel_b_closed, dual.latched


def test_a_press_and_a_release_with_channels_a_little_apart_is_no_discrepancy() -> None:
    pressed = ((True, True, 0.0), (False, True, 0.1), (False, False, 0.13))
    assert channels(*pressed) == (False, False, False)
    assert channels(*pressed, (True, False, 2.0), (True, True, 2.1)) == (True, True, False)


@pytest.mark.parametrize("alone", [(False, True), (True, False)])
def test_a_channel_that_opened_alone_stays_open_until_both_were_seen_open(alone: tuple[bool, bool]) -> None:
    blip = ((True, True, 0.0), (*alone, 1.0), (True, True, 1.01))
    assert channels(*blip) == (*alone, True)
    assert channels(*blip, (True, True, 500.0)) == (*alone, True)
    assert channels(*blip, (False, False, 501.0), (True, True, 502.0)) == (True, True, False)


def test_the_other_channel_does_not_take_over_the_blame() -> None:
    blip = ((True, True, 0.0), (False, True, 1.0), (True, True, 1.01))
    assert channels(*blip, (True, False, 1.1)) == (False, False, True)
    assert channels(*blip, (True, False, 1.1), (True, True, 1.2)) == (False, True, True)


def test_channels_that_stay_apart_after_a_press_are_a_discrepancy() -> None:
    late = ((False, False, 0.0), (True, False, 1.0), (True, False, 1.0 + DISCREPANCY_S + 0.01), (True, True, 3.0))
    assert channels(*late) == (True, False, True)


def test_the_reading_says_that_a_discrepancy_is_latched() -> None:
    station = Station()
    for closed, now_s in ((True, 1.0), (False, 1.01), (True, 1.02)):
        station.answered(Contacts(closed, True, False, True), now_s, 9)
    reading = station.reading(1.03, trusted=True)
    assert (reading.discrepancy, reading.channel_a_closed, reading.channel_b_closed) == (True, False, True)


def test_a_fresh_heartbeat_renews_at_a_third_of_the_hold_time() -> None:
    watchdog = Watchdog(hold_s=0.3)
    assert watchdog.due(0.0) is Action.NOTHING
    watchdog.heartbeat(1, True, 0.0, 0.0)
    assert watchdog.due(0.0) is Action.RENEW
    watchdog.written(Action.RENEW, 0.0)
    watchdog.heartbeat(2, True, 0.0, 0.05)
    assert watchdog.due(0.09) is Action.NOTHING
    assert watchdog.due(0.11) is Action.RENEW


def test_silence_feeds_nothing() -> None:
    watchdog = Watchdog(hold_s=0.3)
    watchdog.heartbeat(1, True, 0.0, 0.0)
    assert watchdog.due(0.101) is Action.NOTHING


@pytest.mark.parametrize(("sequence", "age_s"), [(5, 0.0), (4, 0.0), (6, 0.2), (6, -0.2), (6, float("nan"))])
def test_a_repeated_old_or_future_heartbeat_feeds_nothing(sequence: int, age_s: float) -> None:
    watchdog = Watchdog(hold_s=0.3)
    watchdog.heartbeat(5, True, 0.0, 0.0)
    watchdog.heartbeat(sequence, True, age_s, 0.15)
    assert watchdog.due(0.15) is Action.NOTHING


def test_a_disable_releases_once_and_again_after_each_renewal() -> None:
    watchdog = Watchdog(hold_s=0.3)
    watchdog.heartbeat(1, True, 0.0, 0.0)
    watchdog.due(0.0)  # sent, its answer lost: the output may be on
    assert watchdog.heartbeat(2, False, 0.0, 0.01)
    assert watchdog.due(0.01) is Action.RELEASE
    watchdog.written(Action.RELEASE, 0.01)
    assert not watchdog.heartbeat(3, False, 0.0, 0.02)
    assert watchdog.due(0.02) is Action.NOTHING
    watchdog.heartbeat(4, True, 0.0, 0.03)
    assert watchdog.due(0.03) is Action.RENEW


def test_a_new_gate_counts_from_one() -> None:
    watchdog = Watchdog(hold_s=0.3)
    watchdog.heartbeat(1000, True, 0.0, 0.0)
    watchdog.heartbeat(1, True, 0.0, 0.5)
    assert watchdog.due(0.5) is Action.NOTHING
    watchdog.heartbeat(2, True, 0.0, 1.5)
    assert watchdog.due(1.5) is Action.RENEW
