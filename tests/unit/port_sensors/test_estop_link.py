"""The link against each communication error of IEC 61784-3: caught, and named."""

import itertools
from collections.abc import Callable

import pytest

from port_sensors.core.estop_link import CLEAN_S, GAP_FRAMES, EstopLink, Phase, Terms
from port_sensors.protocol.estop_link import Relay, Word, encode
from port_sim.devices.heartbeat_watch import HeartbeatWatch
from tests.estop_bench import HOST, SESSION, STATION, TERMS, LinkBench, altered


def nothing(_: bytes) -> bytes:
    return b""


def flipped(data: bytes) -> bytes:
    return data[:9] + bytes((data[9] ^ 4,)) + data[10:]


def test_a_link_is_trusted_once_it_ran_clean_for_a_while() -> None:
    bench = LinkBench()
    assert bench.trust.phase is Phase.NEVER
    bench.turn(CLEAN_S - 0.02)
    assert (bench.trust.phase, bench.trust.reason) == (Phase.JOINING, "the link is coming up: wait a moment")
    bench.turn(0.1)
    assert bench.trust.ok
    assert bench.trust.reason == ""
    assert (bench.link.lost_frames, bench.link.faults) == (0, 0)


def test_a_trusted_link_stays_trusted() -> None:
    bench = LinkBench().up().turn(20.0)
    assert bench.reasons == []
    assert 0 <= bench.link.delay_s < 0.02


def test_corruption_is_loss_and_much_of_it_takes_the_trust() -> None:
    bench = LinkBench().up()
    numbers = itertools.count()
    bench.to_host = lambda data: flipped(data) if next(numbers) % 3 == 0 else data
    bench.turn(1.0)
    assert bench.trust.ok
    assert bench.link.lost_frames in (32, 33, 34)
    bench.to_host = flipped
    bench.turn(0.1)
    assert bench.trust.phase is Phase.LOST
    assert "no valid frame for 0." in bench.trust.reason


def test_unintended_repetition() -> None:
    bench = LinkBench().up()
    bench.hear(bench.sent[-1])
    assert bench.trust.phase is Phase.FAULTED
    assert bench.trust.reason.startswith(f"unintended repetition: frame {bench.sequence} came again")


def test_a_station_that_says_the_same_for_ever_is_never_silence() -> None:
    bench = LinkBench().up()
    last = bench.sent[-1]
    bench.to_host = lambda data: last
    bench.turn(1.0)
    assert "unintended repetition" in bench.trust.reason


def test_incorrect_sequence() -> None:
    bench = LinkBench().up()
    older, newer = bench.state(), bench.state()
    bench.arrive(newer, older)
    assert bench.trust.reason.startswith(f"incorrect sequence: frame {older.sequence} after {newer.sequence}")


def test_a_recording_played_back_is_incorrect_sequence() -> None:
    bench = LinkBench().up().turn(0.5)
    bench.hear(bench.sent[-20])
    assert bench.trust.reason.startswith("incorrect sequence")


def test_loss_is_counted_exactly_and_much_of_it_takes_the_trust() -> None:
    bench = LinkBench().up()
    bench.to_host = nothing
    bench.turn(0.04)
    bench.to_host = lambda data: data
    bench.turn(0.1)
    assert (bench.trust.ok, bench.link.lost_frames) == (True, 4)
    bench.arrive(altered(bench.state(), sequence=bench.sequence + GAP_FRAMES + 1))
    assert bench.trust.reason.startswith(f"loss: {GAP_FRAMES + 1} frames are missing")
    assert bench.link.lost_frames == 4 + GAP_FRAMES + 1


def test_silence_is_loss() -> None:
    bench = LinkBench().up()
    bench.to_host = nothing
    bench.turn(TERMS.lost_after_s + 0.02)
    assert bench.trust.phase is Phase.LOST
    assert bench.trust.reason == "no valid frame for 0.08 s: check the cable and the station's power"


def test_a_station_that_no_longer_hears_us_is_loss_of_the_other_direction() -> None:
    bench = LinkBench().up()
    bench.to_station = nothing
    bench.turn(0.2)
    assert bench.trust.reason.startswith("loss: the station has heard nothing for 0.")


def test_unacceptable_delay_of_the_line() -> None:
    bench = LinkBench().up()
    held_up: list[bytes] = []

    def late(data: bytes) -> bytes:
        held_up.append(data)
        return held_up.pop(0) if len(held_up) > 10 else b""

    bench.to_host = late
    bench.link = EstopLink(TERMS, HOST)  # a host that joins a line which is slow from the start
    bench.turn(1.0)
    assert not bench.trust.ok
    assert bench.trust.reason.startswith("unacceptable delay: a frame answers what was asked 0.1")


def test_unacceptable_delay_of_the_sampling() -> None:
    bench = LinkBench().up()
    bench.sample_age_s = 0.5
    bench.turn(0.01)
    assert bench.trust.reason.startswith("unacceptable delay: inputs sampled 0.500 s before")


def test_insertion_of_another_session() -> None:
    bench = LinkBench().up()
    bench.arrive(altered(bench.state(), session=0xBAD))
    assert bench.trust.reason.startswith("insertion: session 00000bad after 000051a7")
    for _ in range(50):  # two stations that answer side by side are never trusted
        bench.turn(0.02)
        bench.arrive(altered(bench.state(), session=0xBAD))
        assert not bench.trust.ok


def test_insertion_of_a_frame_that_was_well_formed_but_never_asked_for() -> None:
    bench = LinkBench().up()
    bench.arrive(altered(bench.state(), echo=12345))
    assert bench.trust.reason.startswith("masquerade: 00003039 answers no challenge")


def test_masquerade_of_our_own_frames() -> None:
    bench = LinkBench().up()
    bench.arrive(bench.beat())
    assert bench.trust.reason.startswith("masquerade: a host's own frame came back")


def test_masquerade_of_a_second_host() -> None:
    bench = LinkBench().up()
    other = EstopLink(TERMS, 0x0BAD)
    bench.watch.take(other.beat(Word.HOLD, 7, bench.now_s), bench.now_s)
    assert not bench.held, "another host's word opens the relay"
    bench.arrive(bench.state())
    assert bench.trust.reason.startswith("masquerade: the station answers another host (00000bad)")


def test_addressing() -> None:
    bench = LinkBench().up()
    bench.arrive(altered(bench.state(), station=9))
    assert bench.trust.reason == f"addressing: a frame of station 9, expected {STATION}: check the cabling"


def test_a_station_that_holds_longer_than_agreed_is_refused() -> None:
    bench = LinkBench().up()
    bench.arrive(altered(bench.state(), hold_s=1.0))
    assert "holds its relay for 1 s, not 0.15 s" in bench.trust.reason


@pytest.mark.parametrize("fault", [
    lambda bench: bench.hear(bench.sent[-1]),
    lambda bench: bench.arrive(altered(bench.state(), session=0xBAD)),
    lambda bench: bench.arrive(altered(bench.state(), station=9)),
    lambda bench: bench.arrive(bench.beat()),
])  # fmt: skip
def test_trust_comes_back_only_after_a_clean_while(fault: Callable[[LinkBench], None]) -> None:
    bench = LinkBench().up()
    fault(bench)
    reason = bench.trust.reason
    bench.turn(CLEAN_S - 0.02)
    assert not bench.trust.ok
    bench.turn(0.1)
    assert bench.trust.ok
    assert bench.reasons[0] == reason


def test_a_station_that_restarts_is_named_and_joined_anew() -> None:
    bench = LinkBench().up()
    bench.session, bench.sequence = 0x2222, 0
    bench.watch = HeartbeatWatch(STATION, 0x2222, TERMS.hold_s)
    bench.turn(0.1)
    assert bench.reasons[0].startswith("insertion: session 00002222 after 000051a7: wait if the station restarted")
    bench.turn(0.4)
    assert bench.trust.ok
    assert bench.held


def test_a_host_that_restarts_is_trusted_anew_and_the_relay_opens_meanwhile() -> None:
    bench = LinkBench().up()
    bench.link = EstopLink(TERMS, 0x77)
    bench.turn(0.02)
    assert not bench.trust.ok
    assert bench.watch.why(bench.now_s) in (Relay.NOBODY, Relay.OTHER_SESSION)
    bench.turn(0.4)
    assert bench.trust.ok
    assert bench.held


def test_the_sequence_may_wrap() -> None:
    bench = LinkBench(sequence=2**32 - 30)
    bench.turn(0.6)
    assert bench.sequence < 100
    assert bench.trust.ok
    assert bench.link.lost_frames == 0


#: The table of docs/estop_link.md: where each event leads from each phase.
EVENTS = ("wrong", "answer", "answers", "deaf", "silence")
TABLE = {
    Phase.NEVER: (Phase.FAULTED, Phase.JOINING, Phase.TRUSTED, Phase.JOINING, Phase.NEVER),
    Phase.JOINING: (Phase.FAULTED, Phase.JOINING, Phase.TRUSTED, Phase.JOINING, Phase.LOST),
    Phase.TRUSTED: (Phase.FAULTED, Phase.TRUSTED, Phase.TRUSTED, Phase.FAULTED, Phase.LOST),
    Phase.FAULTED: (Phase.FAULTED, Phase.FAULTED, Phase.TRUSTED, Phase.JOINING, Phase.LOST),
    Phase.LOST: (Phase.FAULTED, Phase.JOINING, Phase.TRUSTED, Phase.JOINING, Phase.LOST),
}


def in_phase(phase: Phase) -> LinkBench:
    bench = LinkBench()
    if phase is Phase.NEVER:
        return bench
    bench.turn(0.1 if phase is Phase.JOINING else 0.5)
    if phase is Phase.FAULTED:
        bench.arrive(altered(bench.state(), station=9))
    elif phase is Phase.LOST:
        bench.now_s += TERMS.lost_after_s + 0.01
    assert bench.trust.phase is phase
    return bench


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize(("place", "event"), list(enumerate(EVENTS)))
def test_every_event_leads_from_every_phase_where_the_document_says(phase: Phase, place: int, event: str) -> None:
    bench = in_phase(phase)
    if event == "wrong":
        bench.arrive(altered(bench.state(), station=9))
    elif event == "answer":
        bench.watch.take(bench.beat(), bench.now_s)
        bench.arrive(bench.state())
    elif event == "answers":
        bench.turn(CLEAN_S + 0.05)
    elif event == "deaf":
        bench.arrive(altered(bench.state(), host=0xBAD))
    else:
        bench.now_s += TERMS.lost_after_s + 0.01
    assert bench.trust.phase is TABLE[phase][place]


@pytest.mark.parametrize("values", [
    {"station": 0}, {"station": 70000}, {"hold_s": 0.155}, {"hold_s": 3.0}, {"lost_after_s": 0.0}, {"answer_s": 2.0},
])  # fmt: skip
def test_terms_that_cannot_be_are_refused(values: dict[str, float]) -> None:
    good = {"station": 3, "hold_s": 0.15, "lost_after_s": 0.1, "answer_s": 0.1}
    with pytest.raises(ValueError, match=r"station_id|watchdog_s|lost_after_s|answer_s"):
        Terms(**{**good, **values})  # type: ignore[arg-type]


# The station's end: what its relay makes of the heartbeats.


def test_the_relay_is_held_while_heartbeats_say_so() -> None:
    bench = LinkBench().up().turn(5.0)
    assert bench.held
    assert bench.watch.why(bench.now_s) is Relay.HELD


def test_the_relay_opens_within_its_time_when_heartbeats_stop() -> None:
    bench = LinkBench().up()
    bench.beats, stopped_s = False, bench.now_s
    while bench.held:
        bench.turn(0.01)
    assert bench.now_s - stopped_s <= TERMS.hold_s + 1e-6
    assert bench.watch.why(bench.now_s) is Relay.LATE


def test_a_heartbeat_that_says_nothing_renews_nothing() -> None:
    bench = LinkBench().up()
    bench.word = Word.NONE
    bench.turn(TERMS.hold_s + 0.01)
    assert not bench.held
    assert bench.trust.ok, "the link itself lives on"


def test_a_release_opens_the_relay_at_once() -> None:
    bench = LinkBench().up()
    bench.watch.take(bench.link.beat(Word.RELEASE, 5, bench.now_s), bench.now_s)
    assert not bench.held
    assert bench.watch.why(bench.now_s) is Relay.RELEASED


def test_repeated_heartbeats_hold_nothing() -> None:
    bench = LinkBench().up()
    stuck = encode(bench.beat())
    bench.to_station = lambda _: stuck
    bench.turn(TERMS.hold_s + 0.03)
    assert not bench.held
    assert bench.watch.why(bench.now_s) is Relay.REPEATED


def test_heartbeats_that_were_held_up_hold_nothing() -> None:
    bench = LinkBench().up()
    bench.word = Word.NONE
    late = bench.link.beat(Word.HOLD, 5, bench.now_s)
    bench.beats = False
    bench.turn(TERMS.hold_s + 0.01)
    bench.watch.take(late, bench.now_s)
    assert not bench.held
    assert bench.watch.why(bench.now_s) is Relay.LATE


def test_a_heartbeat_for_another_life_of_the_station_holds_nothing() -> None:
    bench = LinkBench().up()
    beat = bench.beat()
    reborn = HeartbeatWatch(STATION, SESSION + 1, TERMS.hold_s)
    reborn.sent(beat.seen, bench.now_s)
    reborn.take(beat, bench.now_s)
    assert not reborn.held(bench.now_s)
    assert reborn.why(bench.now_s) is Relay.OTHER_SESSION


def test_a_heartbeat_for_another_station_is_none() -> None:
    bench = LinkBench().up()
    beat = bench.beat()
    other = HeartbeatWatch(STATION + 1, SESSION, TERMS.hold_s)
    other.sent(beat.seen, bench.now_s)
    other.take(beat, bench.now_s)
    assert (other.host, other.ignored, other.held(bench.now_s)) == (0, 1, False)


def test_damaged_heartbeats_hold_nothing() -> None:
    bench = LinkBench().up()
    bench.to_station = flipped
    bench.turn(TERMS.hold_s + 0.01)
    assert not bench.held
