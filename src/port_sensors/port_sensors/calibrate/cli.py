"""`port calibrate intrinsics|extrinsics`: takes pictures, calls core, says how good the calibration is."""

import argparse
import contextlib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from port_ros.command_line import refuse
from port_ros.yaml_file import read_yaml
from port_sensors.calibrate import coverage, sources
from port_sensors.calibrate.words import parser
from port_sensors.core import camera_model
from port_sensors.core.board import Board, BoardView, Charuco, Chessboard
from port_sensors.core.camera_info import to_yaml
from port_sensors.core.camera_model import CalibrationError, CameraModel
from port_sensors.core.edges import Gray
from port_sensors.core.extrinsics import Extrinsics, locate
from port_sensors.core.floor_tags import FloorTags, TagReader
from port_sensors.core.intrinsics import Intrinsics, calibrate, shortcomings
from port_sensors.drivers.cameras import CAMERA_DRIVERS

_MOVED_SHARE = 0.06  # of the picture's width, by which the board must have moved to be a new view
_STILL_PX = 1.5  # by which it may have moved since the picture before: it is held still


def main(argv: Sequence[str] | None = None) -> int:
    """0 if the calibration is good, 1 if it is weak or impossible (said why), 2 for wrong use."""
    arguments = parser(_intrinsics, _extrinsics).parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except (CalibrationError, OSError, ValueError) as error:
        refuse(error)
        return 1


def _pictures(arguments: argparse.Namespace) -> Iterator[tuple[str, Gray]]:
    if arguments.live:
        driver = CAMERA_DRIVERS[arguments.driver]
        settings = driver.settings_kind(arguments.live, arguments.user, arguments.password_file)
        return sources.from_camera(driver, settings, arguments.seconds)
    if not arguments.pictures:
        raise CalibrationError("name pictures or a folder of them, or a camera with --live")
    return sources.from_files(arguments.pictures)


def _until_enough(arguments: argparse.Namespace) -> contextlib.AbstractContextManager[Any]:
    """Ctrl-C ends the taking of live pictures, and those taken count."""
    return contextlib.suppress(KeyboardInterrupt) if arguments.live else contextlib.nullcontext()


def _intrinsics(arguments: argparse.Namespace) -> int:
    for file in (arguments.out, arguments.coverage):
        if file and not file.parent.is_dir():
            raise CalibrationError(f"{file}: there is no folder {file.parent}")
    views, size = _views(arguments, _board(arguments))
    if not views:
        raise CalibrationError(
            f"no picture shows the board: is it --board {arguments.board}"
            f"{' squares' if arguments.charuco else ' inner corners (squares less one)'}, and seen whole and sharp?"
        )
    lens = calibrate(views, size, arguments.model)
    arguments.out.write_text(to_yaml(arguments.name, lens), encoding="utf-8")
    _say_lens(lens)
    print(f"written: {arguments.out}")
    weak = shortcomings(lens)
    for line in weak:
        print(f"weak: {line}")
    return 1 if weak else 0


def _board(arguments: argparse.Namespace) -> Board:
    columns, by, rows = arguments.board.partition("x")
    if not (by and columns.isdigit() and rows.isdigit()):
        raise CalibrationError(f"--board: {arguments.board!r} is not of the form 9x6")
    if arguments.charuco:
        marker_m = arguments.marker or 0.75 * arguments.square
        return Charuco(int(columns), int(rows), arguments.square, marker_m, arguments.charuco)
    return Chessboard(int(columns), int(rows), arguments.square)


def _views(arguments: argparse.Namespace, board: Board) -> tuple[list[BoardView], tuple[int, int]]:
    """The pictures that show the board; of a live camera those in which it is held still at a new place."""
    views: list[BoardView] = []
    last: BoardView | None = None
    size = (0, 0)
    with _until_enough(arguments):
        for name, gray in _pictures(arguments):
            if size != (0, 0) and size != gray.shape[::-1]:
                raise CalibrationError(
                    f"{name} is {gray.shape[1]}x{gray.shape[0]} px, the ones before {size[0]}x{size[1]}"
                )
            size = (gray.shape[1], gray.shape[0])
            view = board.find(gray, name)
            if not arguments.live:
                print(f"{name}: {'found' if view else 'no board'}")
            still = not arguments.live or (view and last and _apart(view, last) < _STILL_PX)
            last = view
            if view and still and (not arguments.live or _is_new(view, views, size)):
                views.append(view)
                _show(arguments, views, gray)
    return views, size


def _show(arguments: argparse.Namespace, views: list[BoardView], gray: Gray) -> None:
    if arguments.coverage:
        coverage.draw(views, gray, arguments.coverage)
    if arguments.live:
        print(f"{len(views)} pictures")


def _is_new(view: BoardView, views: list[BoardView], size: tuple[int, int]) -> bool:
    return all(_apart(view, other) > _MOVED_SHARE * size[0] for other in views)


def _apart(one: BoardView, other: BoardView) -> float:
    """Mean distance in px of the corners; infinite where different ones are seen."""
    if len(one.pixels) != len(other.pixels):
        return float("inf")
    return float(np.linalg.norm(one.pixels - other.pixels, axis=1).mean())


def _say_lens(lens: Intrinsics) -> None:
    k, sigma = lens.matrix, lens.sigmas_px
    print(f"{len(lens.view_px)} pictures of {lens.width_px}x{lens.height_px} px, {lens.covered():.0%} of it covered")
    print(f"fx {k[0, 0]:.2f} ± {sigma[0]:.2f}  fy {k[1, 1]:.2f} ± {sigma[1]:.2f} px")
    print(f"cx {k[0, 2]:.2f} ± {sigma[2]:.2f}  cy {k[1, 2]:.2f} ± {sigma[3]:.2f} px")
    print(f"reprojection error (RMS) {lens.rms_px:.3f} px; worst picture {max(lens.view_px.values()):.3f} px")


def _extrinsics(arguments: argparse.Namespace) -> int:
    tags, lens = _surveyed(arguments.ground, arguments.camera)
    reader = TagReader(tags)
    looks = []
    with _until_enough(arguments):
        for name, gray in _pictures(arguments):
            if gray.shape != (lens.height_px, lens.width_px):
                raise CalibrationError(
                    f"{name} is {gray.shape[1]}x{gray.shape[0]} px, but the camera's calibration is for "
                    f"{lens.width_px}x{lens.height_px}: use that resolution, or calibrate the lens anew"
                )
            looks.append(reader.read(gray))
    found = locate(looks, tags, lens)
    _say_place(found)
    return 1 if found.suspect else 0


def _surveyed(file: Path, camera: str) -> tuple[FloorTags, CameraModel]:
    """Floor tags and the camera's lens from the ground's file. Raises CalibrationError that names what is missing."""
    ground = read_yaml(file)
    try:
        cameras, tree = ground["cameras"], ground["floor_tags"]
        if camera not in cameras:
            raise CalibrationError(f"{file}: no camera {camera!r}; it has {', '.join(cameras)}")
        tags = FloorTags(
            tree["dictionary"], float(tree["size_m"]), {tag: (x, y, yaw) for tag, x, y, yaw in tree["places"]}
        )
        return tags, camera_model.load(file.parent / cameras[camera]["calibration"], [0.0] * 6)
    except (KeyError, TypeError) as error:
        raise CalibrationError(f"{file}: {error} is missing or of the wrong form") from error


def _say_place(found: Extrinsics) -> None:
    for tag, px in found.tag_px.items():
        print(f"tag {tag}: {px:.2f} px off{'  <- measure its place again' if tag in found.suspect else ''}")
    print(f"reprojection error (RMS) {found.rms_px:.2f} px; into the camera's block:")
    print(f"    pose: [{', '.join(f'{value:.5f}' for value in found.pose())}]")
    print(f"    survey_sigma_m: {found.camera.survey_sigma_m:.4f}")
    print(f"    survey_sigma_rad: {found.camera.survey_sigma_rad:.5f}")


if __name__ == "__main__":
    sys.exit(main())
