"""What the operator's view paints: all that matters, in its room, and what is old as old."""

from dataclasses import replace
from typing import Any

import pytest

from port_session.view.app import LOOKS
from port_session.view.page import HEIGHT, WIDTH
from port_session.view.picture import Answer, Happened, Outcome, PartHeard
from tests.session_pictures import GATE, NOW_S, REQUIRED, gate, picture, session
from tests.view_screen import Screen, seen

RUN: dict[str, Any] = {"run": 2, "run_open": True, "runs_counting": 1, "next_steps": ("end_run", "finish")}
RESUMABLE: dict[str, Any] = {**RUN, "next_steps": ("resume", "end_run", "finish", "abort")}


def test_it_shows_session_gate_parts_runs_events_answer_and_the_next_step() -> None:
    at = replace(
        picture("HALTED", "RESET_READY", **RESUMABLE, reason="gate STOPPED", running_s=17.0),
        events=(Happened(1_800_000_000 * 10**9, "stop", "STOP  estop station_1: pressed"),),
        answer=Answer("resume", Outcome.REFUSED, "the gate refused: not ready; press reset", 1.0),
    )

    async def play(screen: Screen) -> None:
        await screen.shows(
            "demo robot sim_wheeled team blue trial lane_drive by li.wei", "▲ HALTED gate STOPPED",
            "▲ RESET_READY estop station_1: pressed remedy: make sure that nobody is near the robot",
            "then press reset at the station, then r to resume run 2", "run 2, open", "1 of 3 runs done",
            "PARTS ● 5 of 5 ok", "■ STOP estop station_1: pressed",
            "▲ resume refused the gate refused: not ready; press reset",
        )  # fmt: skip
        assert "┏━┓" in screen.text(), "the countdown is big"
        assert screen.struck() == ""

    seen(at, play)


def test_what_is_not_heard_any_more_is_struck_out_at_once_also_behind_a_dialogue() -> None:
    async def play(screen: Screen) -> None:
        await screen.shows("● RUN commands pass")
        await screen.press("x")
        silent = replace(gate("RUN"), heard_s=NOW_S - 3.0)
        screen.feed.shown = replace(
            screen.feed.shown, gate=silent, session=replace(session("RUNNING"), heard_s=NOW_S - 5.0)
        )
        await screen.shows("? not heard for 3 s", "? not heard for 5 s", "It cannot go on")
        assert "RUN commands pass" in " ".join(screen.struck().split()) and "RUNNING" in screen.struck()
        assert "┏" not in screen.text(), "no countdown goes on"

    seen(picture(**RUN), play)


def test_an_answer_is_shown_and_stays_until_the_next() -> None:
    async def play(screen: Screen) -> None:
        screen.feed.shown = replace(
            screen.feed.shown, answer=Answer("halt", Outcome.DONE, "halt", NOW_S - 1.0),
        )  # fmt: skip
        await screen.shows("● halt done")
        await screen.press("m")
        await screen.shows("○ arm not asked")
        screen.feed.shown = replace(
            screen.feed.shown, answer=Answer("halt", Outcome.SILENT, "PRESS AN E-STOP", NOW_S + 1.0)
        )
        await screen.shows("■ halt nobody answered PRESS AN E-STOP")

    seen(picture(**RUN), play)


def test_text_of_others_is_text() -> None:
    async def play(screen: Screen) -> None:
        await screen.shows("[bold]so it is[/bold] [@click=quit]x")

    seen(replace(picture(), gate=gate("STOPPED", reason="[bold]so it is[/bold] [@click=quit]x")), play)


@pytest.mark.parametrize("size", [(WIDTH, HEIGHT), (120, 30), (200, 60)])
@pytest.mark.parametrize("keys", [(), ("v",), ("x",)], ids=["no dialogue", "reason", "question"])
def test_nothing_that_matters_is_cut(size: tuple[int, int], keys: tuple[str, ...]) -> None:
    wrong = {name: PartHeard("error", NOW_S, "0.0 Hz, 5 Hz expected", "restart its driver") for name in REQUIRED}
    at = replace(
        picture("HALTED", "RESET_READY", **RESUMABLE, reason="the gate has stopped the robot; " * 10),
        parts={**wrong, "gate": PartHeard("ok", NOW_S)},
        events=tuple(Happened(at * 10**9, "ok", f"event {at}") for at in range(50)),
        answer=Answer("resume", Outcome.REFUSED, "the gate refused: not ready; press reset at the station", 1.0),
    )

    async def play(screen: Screen) -> None:
        await screen.press(*keys)
        reason, remedy = GATE["RESET_READY"]
        hint = {(): "r", ("v",): "Enter yes Esc leave it", ("x",): "y yes n leave it"}[keys]
        await screen.shows(
            "by li.wei", "▲ HALTED", f"▲ RESET_READY {reason} remedy: {remedy}", "then r to resume run 2",
            "run 2, open", "1 of 3 runs done", "1 of 5 ok", *REQUIRED, "event 49",
            "▲ resume refused the gate refused: not ready;", "Tab HALT", hint if keys else "q leave",
        )  # fmt: skip
        assert "HALT" in screen.rows()[-1].replace("\N{NO-BREAK SPACE}", " ")

    seen(at, play, size)


def test_another_size_is_filled() -> None:
    async def play(screen: Screen) -> None:
        await screen.shows("event 49")
        few = screen.text().count("event ")
        await screen.pilot.resize_terminal(140, 50)
        await screen.until(lambda: screen.text().count("event ") > few + 10, "there is room for more")
        assert "HALT" in screen.rows()[-1]

    at = replace(picture(**RUN), events=tuple(Happened(at * 10**9, "ok", f"event {at}") for at in range(50)))
    seen(at, play)


def test_no_two_looks_of_a_status_are_the_same() -> None:
    looks = [LOOKS[name] for name in ("plain", "ok", "abnormal", "stop", "unknown")]
    assert len(set(looks)) == len(looks)
