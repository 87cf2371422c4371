"""The keys of the operator's view: each asks for its step, and one halts from anywhere."""

from typing import Any

import pytest
from textual.events import AppBlur

from port_session.view.picture import Picture
from tests.session_pictures import NOW_S, REQUIRED, picture
from tests.view_screen import Screen, seen

RUN: dict[str, Any] = {"run": 2, "run_open": True, "runs_counting": 1, "next_steps": ("end_run", "finish")}


@pytest.mark.parametrize(
    ("state", "of_gate", "key", "step"),
    [
        ("BOOKED", "STANDBY", "a", "admit"), ("ADMITTED", "STANDBY", "m", "arm"), ("ARMED", "RUN", "s", "start"),
        ("HALTED", "STANDBY", "r", "resume"), ("RUNNING", "RUN", "e", "end_run"),
    ],
)  # fmt: skip
def test_a_key_asks_for_its_step(state: str, of_gate: str, key: str, step: str) -> None:
    async def play(screen: Screen) -> None:
        await screen.shows(f" {key} {step.replace('_', ' ')}")
        await screen.press(key)

    runs: dict[str, Any] = {} if state in ("BOOKED", "ADMITTED") else RUN
    assert seen(picture(state, of_gate, **runs), play).asked == [(step, "", 0)]


def test_a_step_that_is_not_possible_is_not_asked_for_and_the_view_says_so() -> None:
    async def play(screen: Screen) -> None:
        await screen.press("m")
        await screen.shows("○ arm not asked it is not possible now")

    assert seen(picture("ADMITTED", "STOPPED"), play).asked == []


@pytest.mark.parametrize("key", ["tab", "space"])
@pytest.mark.parametrize("state", ["BOOKED", "ARMED", "RUNNING", "HALTED", "COMPLETED", "state 42"])
def test_halt_is_one_key_in_every_state(state: str, key: str) -> None:
    async def play(screen: Screen) -> None:
        await screen.press(key)

    assert seen(picture(state, **RUN), play).asked == [("halt", "", 0)]


def test_halt_is_asked_for_also_where_nothing_is_heard() -> None:
    async def play(screen: Screen) -> None:
        await screen.press("tab")

    assert seen(Picture("demo", NOW_S, REQUIRED), play).asked == [("halt", "", 0)]


def test_halt_from_inside_a_dialogue_in_which_a_reason_is_typed() -> None:
    async def play(screen: Screen) -> None:
        await screen.press("v")
        await screen.shows("Why does run 2 not count?", "Tab HALT Enter yes Esc leave it")
        await screen.press("a", "space", "s", "tab")
        assert screen.feed.asked == [("halt", "", 0)], "what is typed is text, whatever key it would be"
        await screen.press("q", "enter")

    asked = seen(picture(**RUN), play).asked
    assert asked == [("halt", "", 0), ("void_run", "a sq", 2)], "the reason that was begun is not lost"


@pytest.mark.parametrize("halts", ["tab", "space"])
def test_halt_from_inside_a_question(halts: str) -> None:
    async def play(screen: Screen) -> None:
        await screen.press("x")
        await screen.shows("Break the session off? It cannot go on after that", "Tab HALT y yes n leave it")
        await screen.press(halts)
        assert screen.feed.asked == [("halt", "", 0)]
        await screen.press("y")

    assert seen(picture(**RUN), play).asked == [("halt", "", 0), ("abort", "", 0)]


@pytest.mark.parametrize("no", ["n", "escape"])
@pytest.mark.parametrize("key", ["x", "f"])
def test_a_step_that_ends_the_session_too_early_needs_a_yes(key: str, no: str) -> None:
    async def play(screen: Screen) -> None:
        await screen.press(key)
        await screen.shows("It cannot go on after that")
        await screen.press("e", "a", "enter", no)
        await screen.until(lambda: "It cannot go on" not in screen.text(), "the question is gone")
        await screen.press("y")

    assert seen(picture(**RUN), play).asked == []


def test_the_last_run_s_finish_asks_nothing_back() -> None:
    async def play(screen: Screen) -> None:
        await screen.press("f")

    last: dict[str, Any] = {"run": 3, "run_open": True, "runs_counting": 2}
    assert seen(picture(**last), play).asked == [("finish", "", 0)]


def test_no_run_is_void_without_a_reason() -> None:
    async def play(screen: Screen) -> None:
        await screen.press("v", "enter", "space", "enter")
        await screen.shows("Why does run 2 not count?")
        await screen.press("escape")
        await screen.until(lambda: "Why does run" not in screen.text(), "the dialogue is gone")
        await screen.press("e")

    assert seen(picture(**RUN), play).asked == [("end_run", "", 0)]


def test_where_the_terminal_takes_the_focus_away_no_letter_of_a_reason_is_a_step() -> None:
    async def play(screen: Screen) -> None:
        await screen.press("v")
        screen.app.post_message(AppBlur())
        await screen.until(lambda: screen.app.focused is None, "nothing is typed at")
        await screen.press("y", "e", "enter")
        await screen.until(lambda: screen.feed.asked, "the reason is complete")
        await screen.press("v")
        screen.app.screen.set_focus(None)
        await screen.press("y", "e", "x", "f")
        await screen.shows("Why does run 2 not count?")

    assert seen(picture(**RUN), play).asked == [("void_run", "ye", 2)]


def test_the_run_that_is_void_is_the_one_that_was_asked_about() -> None:
    async def play(screen: Screen) -> None:
        await screen.press("v", "x")
        screen.feed.shown = picture(run=3, run_open=True)
        await screen.shows("run 3, open")
        await screen.press("enter")

    assert seen(picture(**RUN), play).asked == [("void_run", "x", 2)]


@pytest.mark.parametrize("keys", [("q",), ("ctrl+c",), ("v", "ctrl+c"), ("x", "ctrl+c")])
def test_it_is_left_by_q_and_by_ctrl_c_and_asks_for_nothing(keys: tuple[str, ...]) -> None:
    async def play(screen: Screen) -> None:
        await screen.press(*keys)
        await screen.until(lambda: screen.app.return_code == 0, "it ends")

    assert seen(picture(**RUN), play).asked == []
