"""`port calibrate` with a live camera: the simulated one, over its own wire."""

import math
from collections.abc import Iterator

import pytest
import yaml

from port_sensors.calibrate import cli, sources
from port_sensors.core.edges import Gray
from port_sim.devices.overhead_camera import OverheadCamera
from port_sim.devices.scene import Scene
from port_sim.world import World
from tests import hall
from tests.ros.test_camera_wire import free_port

GROUND = str(hall.CONFIG / "hall_lane.yaml")


def test_a_live_camera_is_placed_by_its_floor_tags(capsys: pytest.CaptureFixture[str]) -> None:
    address = f"http://127.0.0.1:{free_port()}/overhead.mjpg"
    camera = OverheadCamera("overhead", {**hall.overhead(), "address": address}, hall.ground(), World())
    camera.knock([0.1, -0.05, 0.0, 0.02, 0.0, 0.0])
    camera.start()
    try:
        words = ["extrinsics", "--ground", GROUND, "--camera", "overhead", "--live", address, "--seconds", "0.5"]
        assert cli.main(words) == 0
    finally:
        camera.close()
    block = yaml.safe_load(capsys.readouterr().out.split("block:\n")[1])
    assert block["pose"][:3] == pytest.approx([5.1, -0.05, 6.0], abs=0.01)
    assert math.remainder(block["pose"][3] - math.pi, math.tau) == pytest.approx(0.02, abs=0.002)


def test_ctrl_c_ends_the_taking_and_the_pictures_taken_count(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def three_then_ctrl_c(*_: object) -> Iterator[tuple[str, Gray]]:
        picture = Scene(hall.overhead(), hall.ground()).render(None, None)
        yield from [("frame", picture)] * 3
        raise KeyboardInterrupt

    monkeypatch.setattr(sources, "from_camera", three_then_ctrl_c)
    assert cli.main(["extrinsics", "--ground", GROUND, "--camera", "overhead", "--live", "http://camera"]) == 0
    assert "pose: [" in capsys.readouterr().out


def test_a_camera_that_is_not_there_is_said_with_its_remedy(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources.from_camera, "__defaults__", (1.0,))
    address = f"http://127.0.0.1:{free_port()}/"
    assert cli.main(["extrinsics", "--ground", GROUND, "--camera", "overhead", "--live", address]) == 1
    assert "connection refused; switch the camera's video server on" in capsys.readouterr().err


def test_an_unknown_driver_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["extrinsics", "--ground", GROUND, "--camera", "overhead", "--live", "x", "--driver", "gige"])
    said = capsys.readouterr().err
    assert "gige" in said and "mjpeg_http" in said
