"""The whole view, as rows of text: wording, marks of what is old, and what goes first where there is little room."""

from dataclasses import replace
from typing import Any

import pytest

from port_dashboard.state.words import ABNORMAL, OK, STOP, UNKNOWN
from port_session.view.head_rows import NO_TIME, SHAPES, countdown
from port_session.view.page import HEIGHT, RUN_ROWS, WIDTH, Page, page
from port_session.view.picture import Answer, Asked, Happened, Outcome, PartHeard, Picture
from port_session.view.rows import Row, cells, plain
from tests.session_pictures import GATE, NOW_S, REQUIRED, gate, picture, session, with_part

NOW_NS = 1_800_000_000_000_000_000
SECTIONS = ("identity", "session", "gate", "next", "runs", "parts", "events", "answer", "keys")
RUN: dict[str, Any] = {"run": 2, "run_open": True, "runs_counting": 1}


def shown(of: Picture, size: tuple[int, int] = (WIDTH, HEIGHT), notice: Answer | None = None) -> Page:
    return page(of, NOW_S, NOW_NS, size, "li.wei", notice)


def text(rows: list[Row]) -> str:
    return "\n".join(map(plain, rows))


def words(rows: list[Row]) -> str:
    """Its text in one line, however it was broken."""
    return " ".join(text(rows).split())


def style_of(rows: list[Row], part: str) -> str:
    """The style of what holds this text."""
    return next(span.style for row in rows for span in row if part in span.text)


def height(of: Page) -> int:
    beside_the_countdown = RUN_ROWS - len(of.runs)
    return sum(len(getattr(of, name)) for name in SECTIONS) + beside_the_countdown


# --- the head -------------------------------------------------------------------------------------------------------


def test_it_tells_who_is_here() -> None:
    said = words(shown(picture()).identity)
    assert said.startswith("demo robot sim_wheeled team blue trial lane_drive by li.wei ")


@pytest.mark.parametrize(
    ("state", "status"),
    [("BOOKED", "plain"), ("RUNNING", OK), ("HALTED", ABNORMAL), ("ABORTED", ABNORMAL), ("state 42", UNKNOWN)],
)
def test_the_session_s_state_has_a_word_a_shape_and_a_colour(state: str, status: str) -> None:
    rows = shown(picture(state, reason="so it is")).session
    assert f"{SHAPES[status]} {state}" in text(rows) and "so it is" in text(rows)
    assert style_of(rows, state) == status


@pytest.mark.parametrize("of_gate", GATE)
def test_the_gate_tells_state_reason_and_remedy(of_gate: str) -> None:
    rows = shown(picture(of_gate=of_gate)).gate
    reason, remedy = GATE[of_gate]
    status = style_of(rows, of_gate)
    assert f"{SHAPES[status]} {of_gate} {reason}" in words(rows)
    assert (f"remedy: {remedy}" if remedy else "Commands pass") in words(rows)
    assert status in (OK, ABNORMAL, STOP, UNKNOWN)


def test_a_state_of_the_gate_that_is_not_known_looks_unknown() -> None:
    rows = shown(picture(of_gate="state 42")).gate
    assert style_of(rows, "state 42") == UNKNOWN and "? state 42" in text(rows)


def test_no_two_statuses_have_the_same_shape() -> None:
    assert len(set(SHAPES.values())) == len(SHAPES)


def test_what_is_not_heard_is_struck_out_and_says_for_how_long() -> None:
    old = replace(
        picture(**RUN),
        session=replace(session("RUNNING", **RUN), heard_s=NOW_S - 4.0),
        gate=replace(gate("RUN"), heard_s=NOW_S - 2.0),
    )
    now = shown(old)
    assert "? not heard for 4 s" in text(now.session) and style_of(now.session, "RUNNING") == "struck"
    assert "? not heard for 2 s" in text(now.gate) and style_of(now.gate, "RUN") == "struck"
    assert now.countdown == NO_TIME and "not heard for 4 s" in text(now.runs)
    assert {span.style for row in now.session + now.gate for span in row} == {"label", "unknown", "struck", ""}
    fresh = shown(picture(**RUN))
    assert "struck" not in {span.style for row in fresh.session + fresh.gate + fresh.runs for span in row}


def test_before_anything_is_heard_nothing_looks_fine() -> None:
    now = shown(Picture("demo", NOW_S, REQUIRED))
    assert "? not heard yet" in text(now.session) and "? not heard yet" in text(now.gate)
    styles = {span.style for name in SECTIONS for row in getattr(now, name) for span in row}
    assert OK not in styles


# --- runs -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "of_session", "digits", "status"),
    [
        ("RUNNING", {**RUN, "running_s": 12.3}, "0:48", "plain"),  # heard 0.2 s ago: it has run on since
        ("HALTED", {**RUN, "running_s": 12.3}, "0:48", "plain"),
        ("RUNNING", {**RUN, "running_s": 12.9}, "0:47", "plain"),
        ("HALTED", {**RUN, "running_s": 50.0}, "0:10", ABNORMAL),
        ("RUNNING", {**RUN, "running_s": 70.0}, "0:00", ABNORMAL),
        ("RUNNING", {**RUN, "running_s": 0.0, "timeout_s": 600.0}, "10:00", "plain"),
        ("RUNNING", {**RUN, "running_s": 75.9, "timeout_s": 0.0}, "1:16", "plain"),
        ("ADMITTED", {"run": 1, "runs_counting": 1, "running_s": 12.0}, NO_TIME, UNKNOWN),
        ("RUNNING", {**RUN, "running_s": float("nan")}, NO_TIME, UNKNOWN),
    ],
)
def test_the_countdown(state: str, of_session: dict[str, Any], digits: str, status: str) -> None:
    assert countdown(picture(state, **of_session), NOW_S) == (digits, status)


@pytest.mark.parametrize(
    ("of_session", "said"),
    [
        (RUN, "run 2, open 1 of 3 runs done left of 60 s"),
        ({**RUN, "timeout_s": 0.0}, "run 2, open 1 of 3 runs done since its start; no limit"),
        ({"run": 2, "runs_counting": 2}, "run 2, ended 2 of 3 runs done 60 s for each run"),
        ({"runs_asked": 1, "timeout_s": 0.0}, "no run yet 0 of 1 run done no time limit"),
    ],
)
def test_how_the_runs_stand(of_session: dict[str, Any], said: str) -> None:
    assert words(shown(picture(**of_session)).runs) == said


# --- readiness ------------------------------------------------------------------------------------------------------


def test_the_parts_that_are_not_ok_come_first_each_with_message_and_remedy() -> None:
    at = with_part(picture(), "recorder", "warn", "the disk is nearly full", "free some")
    at = with_part(at, "gate", "ok", "500 Hz", age_s=5.0)
    at = with_part(at, "camera overhead", "error", "no frame", "plug it in")
    said = text(shown(at, (WIDTH, 40)).parts).splitlines()
    assert said[0].split() == ["PARTS", "▲", "2", "of", "5", "ok"]
    rest = " ".join(" ".join(said[1:]).split())
    for part in (
        "■ error camera overhead: no frame remedy: plug it in",
        "? silent gate: not heard for 5 s; it said: 500 Hz",
        "▲ warn recorder: the disk is nearly full remedy: free some",
        "● ok estop station_1: as it should be",
    ):
        assert part in rest
    order = [rest.index(word) for word in ("■ error", "? silent", "▲ warn", "● ok")]
    assert order == sorted(order)


@pytest.mark.parametrize("wrong", range(13))
def test_all_parts_are_named_also_where_there_is_little_room(wrong: int) -> None:
    many = tuple(f"force_plate {number:02}" for number in range(12))
    ok, error = (PartHeard(level, NOW_S, "no data for 2.0 s", "plug it in, give it power") for level in ("ok", "error"))
    parts = {name: error if at < wrong else ok for at, name in enumerate(many)}
    now = shown(replace(picture(), required=many, parts=parts))
    said = words(now.parts)
    assert height(now) <= HEIGHT and said.startswith(f"PARTS {'▲' if wrong else '●'} {12 - wrong} of 12 ok")
    assert [name for name in many if name not in said] == []
    assert wrong == 0 or "■ error force_plate 00: no data for 2.0 s" in said


def test_a_part_that_is_required_and_never_spoke_is_silent() -> None:
    assert "? silent gate: never heard" in words(shown(replace(picture(), parts={})).parts)


# --- events, answers, keys ------------------------------------------------------------------------------------------


def test_the_newest_of_what_happened_is_at_the_bottom() -> None:
    events = tuple(Happened(NOW_NS + at * 10**9, STOP, f"STOP  cause {at}") for at in range(40))
    rows = shown(replace(picture(), events=events)).events
    assert plain(rows[-1]).endswith("■  STOP  cause 39") and len(rows) > 2
    assert [plain(row).split()[-1] for row in rows] == [str(at) for at in range(40 - len(rows), 40)]


LONG = " | ".join(f"camera {at}: 0.0 Hz, expected 5 Hz or more; see the log of who publishes it" for at in range(20))


@pytest.mark.parametrize(
    ("outcome", "word", "status"),
    [
        (Outcome.DONE, "● arm done", OK), (Outcome.REFUSED, "▲ arm refused", ABNORMAL),
        (Outcome.SILENT, "■ arm nobody answered", STOP), (Outcome.NOT_ASKED, "○ arm not asked", "plain"),
    ],
)  # fmt: skip
def test_an_answer_says_what_came_of_the_step(outcome: Outcome, word: str, status: str) -> None:
    rows = shown(
        replace(picture(), answer=Answer("arm", outcome, "odom: silent; start it | gate: STOPPED", 1.0))
    ).answer
    assert words(rows) == f"ANSWER {word} odom: silent; start it {SHAPES[status]} gate: STOPPED"
    assert style_of(rows, "arm") == status


def test_the_later_of_answer_and_notice_is_told() -> None:
    at = replace(picture(), answer=Answer("arm", Outcome.DONE, "armed", 2.0))
    for told_s, said in ((1.0, "armed"), (3.0, "not now")):
        assert said in text(shown(at, notice=Answer("start", Outcome.NOT_ASKED, "not now", told_s)).answer)


def test_a_step_that_is_asked_for_hides_no_answer() -> None:
    at = replace(picture(), asked=(Asked("admit", NOW_S - 3.0),), answer=Answer("halt", Outcome.DONE, "halted", 1.0))
    assert "admit asked 3 s ago, not answered yet" in words(shown(at).answer) and "halt done" in text(shown(at).answer)


def test_what_the_view_cannot_do_is_told() -> None:
    assert "■ failed ValueError" in words(shown(replace(picture(), problem="ValueError: so it is")).answer)


def test_a_long_refusal_leaves_room_for_what_else_matters_and_says_that_there_is_more() -> None:
    at = with_part(picture("BOOKED", "STANDBY"), "camera overhead", "error", "no frame", "plug it in")
    now = shown(replace(at, answer=Answer("admit", Outcome.REFUSED, LONG, 1.0), events=(Happened(1, OK, "admit"),) * 9))
    assert height(now) == HEIGHT
    assert "rows more, in events.jsonl" in text(now.answer)
    assert "camera overhead" in text(now.parts) and len(now.events) >= 2


@pytest.mark.parametrize(
    ("state", "of_gate", "of_session", "said"),
    [
        ("BOOKED", "STANDBY", {}, "Tab HALT a admit x abort q leave"),
        ("ADMITTED", "STANDBY", {"next_steps": ("arm",)}, "Tab HALT m arm x abort q leave"),
        ("ADMITTED", "STOPPED", {}, "Tab HALT x abort q leave"),
        ("RUNNING", "RUN", {**RUN, "next_steps": ("end_run", "finish")},
         "Tab HALT e end run f finish v void run x abort q leave"),
        ("HALTED", "STANDBY", {**RUN, "next_steps": ("resume", "end_run")},
         "Tab HALT r resume e end run v void run f finish x abort q leave"),
    ],
)  # fmt: skip
def test_only_the_keys_that_can_be_pressed_are_offered(
    state: str, of_gate: str, of_session: dict[str, Any], said: str
) -> None:
    rows = shown(picture(state, of_gate, **of_session)).keys
    assert words(rows) == said and len(rows) == 1
    assert style_of(rows, "HALT") == "halt"


# --- room -----------------------------------------------------------------------------------------------------------

WORST_REASON = "now gate STOPPED: separation: a person is 1.2 m from the robot, 2.4 m are needed; " * 4


@pytest.mark.parametrize("size", [(WIDTH, HEIGHT), (200, 60), (100, 30)])
@pytest.mark.parametrize("state", ["BOOKED", "ADMITTED", "ARMED", "RUNNING", "HALTED", "COMPLETED"])
@pytest.mark.parametrize("of_gate", GATE)
def test_it_fits_the_terminal_and_the_instruction_is_whole(size: tuple[int, int], state: str, of_gate: str) -> None:
    at = picture(state, of_gate, **RUN, reason=WORST_REASON, next_steps=("resume", "end_run", "finish", "abort"))
    at = replace(at, events=tuple(Happened(NOW_NS, OK, f"{at} {WORST_REASON}") for at in range(99)))
    for part in REQUIRED:
        at = with_part(
            at, part, "error", "0.0 Hz, expected 5 Hz or more", "see the log of who publishes it, and restart it"
        )
    now = shown(replace(at, answer=Answer("admit", Outcome.REFUSED, LONG, 1.0)), size)
    assert height(now) <= size[1]
    assert all(cells(plain(row)) <= size[0] for name in SECTIONS for row in getattr(now, name))
    assert "…" not in text(now.next) and "Tab" in text(now.keys)


def test_a_small_terminal_is_told() -> None:
    assert "this terminal has 70×20, 80×24 is needed" in text(shown(picture(), (70, 20)).identity)
    assert len(shown(picture()).identity) == 1
