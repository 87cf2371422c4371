"""The dashboard as an officer sees it: real node, real ROS messages, real Chromium."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from port_interfaces.msg import SafetyState
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from tests.browser import stage
from tests.waiting import PATIENCE_S, quickest_s

expect.set_options(timeout=1000 * PATIENCE_S)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        made = stage.launch(playwright)
        yield made
        made.close()


@pytest.fixture
def ground(ros_domain: int) -> Iterator[stage.Ground]:
    made = stage.Ground(ros_domain)
    yield made
    made.close()


@pytest.fixture
def node(ground: stage.Ground, tmp_path: Path) -> Iterator[stage.NodeProcess]:
    made = stage.NodeProcess(tmp_path, stage.free_port())
    yield made
    made.end()


@pytest.fixture
def page(browser: Browser, node: stage.NodeProcess) -> Iterator[Page]:
    made = browser.new_page(viewport={"width": 1280, "height": 800})
    errors: list[str] = []
    made.on("pageerror", lambda error: errors.append(str(error)))
    stage.visit(made, node)
    yield made
    made.close()
    assert not errors


def shows(page: Page, word: str) -> None:
    expect(page.locator("#word")).to_have_text(word)


def test_run_then_stopped_with_cause(page: Page, ground: stage.Ground) -> None:
    shows(page, "RUN")
    expect(page.locator("#state")).to_have_class("ok")
    expect(page.locator("#banner")).to_be_hidden()
    expect(page.locator("#line")).to_contain_text("session RUNNING · run 2 · sim_wheeled · team blue")
    expect(page.locator("#inputs article")).to_have_count(6)
    expect(page).to_have_title("RUN · demo")

    def stop_s() -> float:
        """Stop a robot that is shown to run; how long until the page says so."""
        ground.state = ground.make_state(SafetyState.RUN, "driving: all checks pass")
        shows(page, "RUN")
        began_s = time.monotonic()
        ground.stop()
        shows(page, "STOPPED")
        return time.monotonic() - began_s

    assert quickest_s(stop_s, 1.0) < 1.0
    expect(page.locator("#state")).to_have_class("stop")
    expect(page.locator("#reason")).to_have_text("estop station_1: channel A open")
    first, later = page.locator("#causes li").all()
    expect(first).to_contain_text("channel A open")
    expect(first).to_contain_text("first")
    expect(later).to_contain_text("is 0.78 m/s, limit 0.50 m/s")
    expect(page.locator("#remedy")).to_contain_text("Twist the e-stop")
    expect(page.locator("#estops article")).to_contain_text("Pressed")
    expect(page.locator("#events li").first).to_contain_text("STOPPING → STOPPED")
    expect(page.locator("#spoken")).to_contain_text("STOPPED. estop station_1")


def test_a_silent_gate_hatches_then_not_live_then_live_again(page: Page, ground: stage.Ground) -> None:
    shows(page, "RUN")
    ground.speaking.discard("safety")
    expect(page.locator("#speed.old")).to_be_visible()
    shows(page, "NOT LIVE")
    expect(page.locator("#banner")).to_contain_text("The safety gate is silent.")
    expect(page.locator("#since-label")).to_contain_text("last known: RUN")
    expect(page.locator("#inputs .ok")).to_have_count(0)
    expect(page).to_have_title("NOT LIVE · demo")
    ground.speaking.add("safety")
    shows(page, "RUN")
    expect(page.locator("#banner")).to_be_hidden()


def test_one_silent_source_hatches_only_its_tile(page: Page, ground: stage.Ground) -> None:
    shows(page, "RUN")
    expect(page.locator("#estops article.ok")).to_be_visible()
    ground.speaking.discard("estop")
    expect(page.locator("#estops article.old.unknown")).to_be_visible()
    shows(page, "RUN")
    expect(page.locator("#speed.old")).to_have_count(0)


def test_a_killed_node_is_not_live_and_comes_back(page: Page, node: stage.NodeProcess, tmp_path: Path) -> None:
    shows(page, "RUN")
    node.kill()
    shows(page, "NOT LIVE")
    expect(page.locator("#banner")).to_contain_text("No connection to the dashboard.")
    again = stage.NodeProcess(tmp_path, node.port)
    try:
        shows(page, "RUN")
    finally:
        again.end()


def test_a_page_whose_clock_did_not_load_is_not_live(
    browser: Browser, ground: stage.Ground, node: stage.NodeProcess
) -> None:
    """Its node may die while the page loads: nothing would ever grow old on it."""
    made = browser.new_page()
    made.route("**/tick.js", lambda route: route.abort())
    stage.visit(made, node)
    expect(made.locator("#since-label")).to_have_text("last known: RUN")
    shows(made, "NOT LIVE")
    expect(made.locator("#banner")).to_contain_text("The clock of this page does not run: load the page again.")
    made.unroute("**/tick.js")
    made.reload()
    shows(made, "RUN")
    made.close()


def test_a_background_tab_goes_not_live_too(browser: Browser, ground: stage.Ground, node: stage.NodeProcess) -> None:
    context = browser.new_context()
    hidden = context.new_page()
    stage.visit(hidden, node)
    shows(hidden, "RUN")
    context.new_page().bring_to_front()
    ground.speaking.discard("safety")
    shows(hidden, "NOT LIVE")
    context.close()


def test_a_page_that_slept_never_shows_the_old_as_live(page: Page, ground: stage.Ground) -> None:
    shows(page, "RUN")

    def not_live_s() -> float:
        """How long a page that slept shows a gate that fell silent meanwhile as live."""
        ground.speaking.add("safety")
        shows(page, "RUN")
        ground.speaking.discard("safety")
        # The page's thread is blocked as in a frozen tab; what waited in its socket must not count as new afterwards.
        assert page.evaluate("() => { const t = Date.now(); while (Date.now() - t < 1600); return document.title; }")
        began_s = time.monotonic()
        shows(page, "NOT LIVE")
        return time.monotonic() - began_s

    assert quickest_s(not_live_s, 0.5) < 0.5


def test_a_reason_with_markup_is_text(page: Page, ground: stage.Ground) -> None:
    shows(page, "RUN")
    evil = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
    ground.stop(evil)
    shows(page, "STOPPED")
    expect(page.locator("#reason")).to_have_text(evil)
    expect(page.locator("#causes li").first).to_contain_text(evil)
    expect(page.locator("main img, main script")).to_have_count(0)
    expect(page).to_have_title("STOPPED · demo")


def test_another_origin_is_refused(page: Page, node: stage.NodeProcess) -> None:
    shows(page, "RUN")
    with pytest.raises(InvalidStatus):
        connect(f"ws://127.0.0.1:{node.port}/ws", origin=Origin("http://evil.example"))


def test_two_slow_pages_do_not_matter(page: Page, ground: stage.Ground, node: stage.NodeProcess) -> None:
    shows(page, "RUN")
    address, origin = f"ws://127.0.0.1:{node.port}/ws", Origin(node.url.rstrip("/"))
    with connect(address, origin=origin), connect(address, origin=origin):
        ground.stop()
        shows(page, "STOPPED")
        expect(page.locator("#banner")).to_be_hidden()


def test_unknown_is_not_shown_as_fine(browser: Browser, ros_domain: int, tmp_path: Path) -> None:
    """Without anything on the ground the page shows nothing as ok, and says NOT LIVE."""
    node = stage.NodeProcess(tmp_path, stage.free_port())
    page = browser.new_page()
    try:
        stage.visit(page, node)
        expect(page.locator("#estops")).to_contain_text("No station has been heard")
        shows(page, "NOT LIVE")
        expect(page.locator("#banner")).to_contain_text("Nothing received yet.")
        expect(page.locator("#state.ok, #estops .ok, #inputs .ok")).to_have_count(0)
    finally:
        page.close()
        node.end()


def test_a_standing_robot_that_moves_is_said(page: Page, ground: stage.Ground) -> None:
    shows(page, "RUN")
    state = ground.make_state(SafetyState.STOPPED, "stop_response: the robot still moves")
    state.speed_mps = 0.4
    ground.state = state
    expect(page.locator("#speed.stop")).to_contain_text("moves although it is held")


def test_ends_in_order_and_says_when_its_port_is_taken(node: stage.NodeProcess, tmp_path: Path) -> None:
    stage.wait_for(node)
    second = tmp_path / "second"
    second.mkdir()
    late = stage.NodeProcess(second, node.port)
    assert late.process.wait(PATIENCE_S) == 2
    assert f"127.0.0.1:{node.port} is in use" in late.output() and "dashboard.port" in late.output()
    assert "Traceback" not in late.output()
    assert node.end() == 0
    assert "Traceback" not in node.output()
