"""What the gate says of itself: why it is in its state, and what to do next."""

import hashlib
import json
import math
from dataclasses import replace

import pytest

from port_safety.commands.twist import ZERO
from port_safety.evidence.hash_chain import Verification, decode, encode, plain, sound_length, verify
from port_safety.evidence.records import hops_ms
from port_safety.evidence.stop_log import Account, Measured, account, measured
from port_safety.gate import status_text
from port_safety.gate.moment import Moment
from port_safety.gate.recovery import Recovery
from port_safety.gate.state_machine import State
from port_safety.gate.stop import HEALTHY_FOR_NS, Stop
from port_safety.model.stop_profiles import Seen
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.stop_start import StopStart
from tests.gate_bench import ROBOT

NOW = 5_000_000_000
EDGE = ("rule", "edge")


def cause(source: str) -> Verdict:
    return Verdict(Severity.PROTECTIVE_STOP, "rule", source, f"why {source}")


def stop(*sources: str) -> Stop:
    made = Stop("e-1", ROBOT, StopStart(NOW, ZERO, 0.0), 0.0)
    made.take([cause(source) for source in sources], NOW)
    return made


def test_why_the_gate_is_in_its_state() -> None:
    recovery = Recovery()
    recovery.hold.by = "anna"

    def says(state: State, *verdicts: Verdict, stop: Stop | None = None) -> str:
        return status_text.reason(state, verdicts, stop, "broken", recovery)

    assert says(State.FAULT, cause("a"), stop=stop("b")) == "gate fault: broken"
    assert says(State.RECOVER, cause("a"), stop=stop("b")) == "anna leads the robot out of the zone"
    assert says(State.STOPPED, cause("a"), stop=stop("b")) == "why b"
    assert says(State.STOPPED, stop=stop("b", "c", "d")) == "why b (and 2 more)"
    assert says(State.STOPPED, cause("a"), stop=stop()) == "why a"
    assert says(State.INIT, cause("a"), cause("b")) == "why a"
    assert says(State.INIT) == "the robot is not measured to stand"
    assert says(State.STANDBY) == "ready, not armed" and says(State.RUN) == "commands pass"


@pytest.mark.parametrize(
    ("state", "says"),
    [
        (State.INIT, "mend what is named above; the gate gets ready by itself"),
        (State.STANDBY, "make sure that nobody is near the robot, then arm"),
        (State.RUN, ""),
        (State.REDUCED, ""),
        (State.FAULT, "end the session and start it again"),
    ],
)
def test_what_to_do_next_without_a_stop(state: State, says: str) -> None:
    assert status_text.remedy(state) == says


def moment(state: State, *objections: Verdict, stands: bool = True, overridden: bool = False) -> Moment:
    return Moment(NOW, state, objections, ZERO, 0.0, 0.0, Seen(0.0, 0.0, stands), "", overridden)


@pytest.mark.parametrize(
    ("state", "sources", "says"),
    [
        (State.STOPPING, ["x"], "wait until the robot stands"),
        (State.STOPPED, ["x"], "before a reset: why x"),
        (State.STOPPED, ["edge", "x"], "before a reset: why edge"),
        (State.STOPPED, ["edge"], "before a reset: why edge; lead it out (port safety recover) or move it by hand"),
        (State.RECOVER, ["edge"], "hold on until the robot is out; let go to stop"),
        (State.RESET_READY, [], "make sure that nobody is near the robot, then press reset at the station"),
        (State.FAULT, ["x"], "end the session and start it again"),
    ],
)
def test_what_to_do_next_while_a_stop_is_in_force(state: State, sources: list[str], says: str) -> None:
    one = stop("first", *sources)
    one.take([cause(each) for each in sources], NOW)
    objections = [cause(each) for each in sources]
    assert status_text.remedy_of_stop(one, moment(state, *objections), {EDGE}) == says


def test_a_stop_without_any_blocker_says_wait() -> None:
    one = stop("x")
    one.take([], NOW - HEALTHY_FOR_NS)
    assert status_text.remedy_of_stop(one, moment(State.STOPPED), {EDGE}) == "wait"


def test_an_emergency_is_led_out_of_nothing() -> None:
    one = stop()
    pressed = Verdict(Severity.EMERGENCY_STOP, *EDGE, "why edge")
    one.take([pressed], NOW)
    assert status_text.remedy_of_stop(one, moment(State.STOPPED, pressed), {EDGE}) == "before a reset: why edge"


@pytest.mark.parametrize(
    ("stands", "overridden", "healthy_ns", "says"),
    [
        (True, False, None, "stay clear: the robot goes on by itself 1 s after this is over: why x"),
        (False, False, 0, "stay clear: the robot goes on by itself 1 s after this is over: the robot is not measured "
         "to stand"),
        (True, False, 300_000_000, "stay clear: the robot goes on by itself in 0.7 s"),
        (True, False, 3_000_000_000, "stay clear: the robot goes on by itself in 0.0 s"),
        (True, True, 600_000_000, "wait"),
    ],
)  # fmt: skip
def test_a_stop_that_ends_by_itself_says_when(
    stands: bool, overridden: bool, healthy_ns: int | None, says: str
) -> None:
    one = stop()
    objecting = replace(cause("x"), self_clearing=True)
    one.take([objecting], NOW)
    if healthy_ns is not None:
        one.take([], NOW - healthy_ns)
    seen = moment(State.STOPPED, *([objecting] if healthy_ns is None else []), stands=stands, overridden=overridden)
    assert status_text.remedy_of_stop(one, seen, {EDGE}) == says


def test_the_hops_of_a_stop() -> None:
    made = Stop("e-1", ROBOT, StopStart(NOW, ZERO, 0.0), 0.0)
    made.take([Verdict(Severity.PROTECTIVE_STOP, "r", "s", "why", stamp_ns=NOW - 3_000_000)], NOW)
    made.received_ns = NOW - 1_000_000
    made.note_published(NOW + 500_000)
    assert hops_ms(made) == {
        "device_to_gate": 2.0, "gate_to_decision": 1.0, "decision_to_published": 0.5, "total": 3.5,
    }  # fmt: skip
    made.received_ns = None
    silent = hops_ms(made)
    assert math.isnan(silent["device_to_gate"]) and math.isnan(silent["gate_to_decision"]) and silent["total"] == 3.5
    made.received_ns, made.latency_ms, made.published_ns = NOW - 1_234_567, 1.23456, None
    assert hops_ms(made)["gate_to_decision"] == 1.2346 and hops_ms(made)["total"] == 1.2346
    assert math.isnan(hops_ms(made)["decision_to_published"])


def test_what_a_log_adds_up_to() -> None:
    opened = {"kind": "opened", "robot": "r"}
    log = [
        opened, {"kind": "stop_began", "event_id": "a"}, {"kind": "stop_began", "event_id": "b"},
        {"kind": "stop", "event_id": "a"}, {"kind": "not_kept", "records": 3}, {"kind": "not_kept"},
        opened, {"kind": "stop_began", "event_id": "a"}, {"kind": "set_aside"}, {"kind": "set_aside"},
        {"kind": "not_kept", "records": 2}, {"kind": "closed"},
    ]  # fmt: skip
    assert account(log) == Account(2, 1, True, ("a",), ("b", "a"), 5, 2)
    assert account([*log, opened]) == Account(3, 2, False, ("a",), ("b", "a"), 5, 2)
    assert account([]) == Account(0, 0, False, (), (), 0, 0)
    assert account([{"kind": "stop_began"}, {"kind": "stop"}]) == Account(0, 0, False, ("",), (), 0, 0)


def test_a_log_is_counted_as_it_is_read_from_the_disk() -> None:
    told = [("opened", ""), *(("stop_began", f"{name}-1") for name in "abc"), ("stop", "b-1")]
    for kind in ("a", "nothing", "p", "sz", "stop_", "stopped", "zzz"):
        told.append((kind, "x"))
    log = [{"kind": kind, "event_id": event_id, "records": 9, "stands": True, "robot": "r"} for kind, event_id in told]
    read = json.loads(json.dumps(log))
    assert account(read) == Account(1, 1, False, ("b-1",), ("a-1", "c-1"), 0, 0)
    assert [(each.robot, each.event_id) for each in measured(read)] == [("r", "b-1")]
    more = json.loads(
        json.dumps([*log, *({"kind": "stop", "event_id": f"{each}-1"} for each in "ca"), {"kind": "closed"}])
    )
    assert account(more) == Account(1, 0, True, ("b-1", "c-1", "a-1"), (), 0, 0)
    rest = json.loads(json.dumps([{"kind": "set_aside"}, {"kind": "not_kept", "records": 2}]))
    assert account(rest) == Account(0, 0, False, (), (), 2, 1)


def test_only_stops_of_robots_that_were_seen_to_stand_were_measured() -> None:
    whole = {
        "kind": "stop", "stands": True, "event_id": "a", "severity": "EMERGENCY_STOP", "speed_at_start_mps": 1.0,
        "distance_m": 0.5, "travel_after_zero_m": 0.25, "hops_ms": {"total": 2.0},
    }  # fmt: skip
    log = [{"kind": "opened", "robot": "r"}, whole, {**whole, "stands": False}, {"kind": "armed", "stands": True}]
    assert measured(log) == [Measured("r", "a", "EMERGENCY_STOP", 1.0, 0.5, 0.25, 2.0)]
    assert measured([{"kind": "stop", "stands": True, "hops_ms": None}]) == [
        Measured("", "", "", None, None, None, None)
    ]
    assert Measured("", "", "", None, None, None).latency_ms is None


def test_a_line_is_canonical_and_carries_its_own_check() -> None:
    line = encode({"b": 1.0, "a": ("ü", math.nan, math.inf, {"x": [True, None]})}, 7, "p")
    body = '{"a":["ü",null,null,{"x":[true,null]}],"b":1.0,"prev":"p","seq":7'.encode()
    assert line == body + b',"check":"' + hashlib.sha256(body).hexdigest().encode() + b'"}'
    assert decode(line) == {"a": ["ü", None, None, {"x": [True, None]}], "b": 1.0, "prev": "p", "seq": 7}
    assert decode(line.replace(b"7", b"8")) is None and decode(line + b" ") is None and decode(b"") is None
    assert plain({1: -math.inf, "t": (1, 2.5)}) == {"1": None, "t": [1, 2.5]}


def chain(*records: dict[str, object]) -> bytes:
    data, prev = b"", ""
    for seq, record in enumerate(records, 1):
        line = encode(record, seq, prev)
        prev = hashlib.sha256(line).hexdigest()
        data += line + b"\n"
    return data


def test_a_chain_tells_the_first_line_that_is_wrong() -> None:
    good = chain({"kind": "a"}, {"kind": "b"}, {"kind": "c"})
    lines = good.splitlines(keepends=True)
    whole = verify(good)
    assert whole.ok and (len(whole.records), len(whole.heads), whole.broken_line, whole.problem) == (3, 3, 0, "")
    assert verify(b"") == Verification((), (), 1, "line 1: missing: the log is empty")
    cut = verify(good[:-1])
    assert (cut.broken_line, len(cut.records), cut.ok) == (3, 2, False)
    assert cut.problem == "line 3: cut off in the middle: the write was broken off, or the file was cut"
    gone = verify(lines[0] + lines[2])
    assert (gone.broken_line, gone.problem) == (2, "line 2: carries number 3: lines were removed, added or moved")
    changed = verify(lines[0] + lines[1].replace(b'"b"', b'"x"') + lines[2])
    assert (changed.broken_line, changed.problem) == (2, "line 2: changed: its content does not fit its own check")
    replaced = verify(lines[0] + encode({"kind": "b"}, 2, "other") + b"\n")
    assert replaced.problem == "line 2: does not follow from line 1: one of the two was replaced"
    assert verify(encode({"kind": "a"}, 1, "other") + b"\n").problem == "line 1: is not the first"


@pytest.mark.parametrize("prev", ["", "0" * 64, "g"])
def test_a_line_that_names_another_one_before_it_follows_from_none(prev: str) -> None:
    first = encode({"kind": "a"}, 1, "")
    told = verify(first + b"\n" + encode({"kind": "b"}, 2, prev) + b"\n")
    assert told.problem == "line 2: does not follow from line 1: one of the two was replaced"


def test_a_line_that_is_told_twice_is_found_and_a_long_chain_holds() -> None:
    long = chain(*({"kind": "a"} for _ in range(300)))
    assert verify(long).ok
    lines = long.splitlines(keepends=True)
    twice = verify(b"".join([*lines[:280], lines[278]]))
    assert twice.problem == "line 281: carries number 279: lines were removed, added or moved"


@pytest.mark.parametrize("body", [b'{"seq":1', b"{nothing", b'{"seq":' + b"9" * 5000, b'{"a":"\xff"'])
def test_a_line_that_fits_its_check_must_still_be_a_record(body: bytes) -> None:
    line = body + b',"check":"' + hashlib.sha256(body).hexdigest().encode() + b'"}'
    assert (decode(line) is not None) is (body == b'{"seq":1')


def test_where_a_chain_can_be_continued() -> None:
    good = chain({"kind": "a"}, {"kind": "b"})
    for end in (b"", b"torn", b"torn\n", b"\n", b"torn\ntorn\n\n"):
        assert sound_length(good + end) == len(good)
    assert sound_length(b"torn\n" + good) == len(good) + 5
    assert sound_length(b"\n" + chain({"kind": "a"})) == len(chain({"kind": "a"})) + 1
    assert sound_length(b"") == sound_length(b"torn") == sound_length(b"torn\n") == 0
