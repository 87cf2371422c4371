"""The words of `port calibrate intrinsics|extrinsics`: takes pictures, calls core, says how good it is."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import yaml

from port_sensors.calibrate import coverage, sources
from port_sensors.core import camera_model
from port_sensors.core.board import Board, BoardView, Charuco, Chessboard
from port_sensors.core.camera_info import to_yaml
from port_sensors.core.camera_model import CalibrationError
from port_sensors.core.edges import Gray
from port_sensors.core.extrinsics import Extrinsics, locate
from port_sensors.core.floor_tags import FloorTags, TagReader
from port_sensors.core.intrinsics import Intrinsics, calibrate, shortcomings

_MOVED_SHARE = 0.06  # of the picture's width, by which the board must have moved to be a new view
_STILL_PX = 1.5  # by which it may have moved since the picture before: it is held still

_PROCEDURE = """\
intrinsics: print a board, glue it onto something flat, and show it to the camera in 10 to 30 pictures: near and far,
tilted by 20 to 45 degrees to all sides, in every corner of the picture, held still. Focus and resolution stay as they
will be used. With --live, pictures are taken by themselves; the coverage picture shows where the board is missing.

extrinsics: glue floor tags where the camera sees them, measure where they are in the ground's frame, write them into
the ground's file (floor_tags), take a few pictures, and put the printed lines into the camera's block."""


def main(argv: Sequence[str] | None = None) -> int:
    """0 if the calibration is good, 1 if it is weak or impossible (said why), 2 for wrong use."""
    arguments = _parser().parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except (CalibrationError, OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="port calibrate", description=__doc__, epilog=_PROCEDURE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    lens = commands.add_parser("intrinsics", help="the lens, from pictures of a board")
    lens.add_argument("--board", default="9x6", help="chessboard: inner corners; charuco: squares (default 9x6)")
    lens.add_argument("--square", type=float, required=True, metavar="M", help="side of a square in metres, measured")
    lens.add_argument("--charuco", metavar="DICT", help="the board is ChArUco, of this dictionary, e.g. DICT_5X5_100")
    lens.add_argument("--marker", type=float, metavar="M", help="side of a ChArUco marker in metres")
    lens.add_argument(
        "--model", default="plumb_bob", help="plumb_bob (default) or rational_polynomial, for wide lenses"
    )
    lens.add_argument("--name", default="camera", help="the camera's name in the file")
    lens.add_argument("--out", type=Path, required=True, metavar="FILE.yaml", help="file to write")
    lens.add_argument("--coverage", type=Path, metavar="FILE.png", help="picture of where the board has been")
    lens.set_defaults(run=_intrinsics)
    place = commands.add_parser("extrinsics", help="the camera's place, from surveyed floor tags")
    place.add_argument("--ground", type=Path, required=True, metavar="FILE.yaml", help="ground with floor_tags")
    place.add_argument("--camera", required=True, help="name of the camera in the ground's file")
    place.set_defaults(run=_extrinsics)
    for each in (lens, place):
        each.add_argument("pictures", nargs="*", type=Path, help="pictures or folders of them")
        each.add_argument("--live", metavar="ADDRESS", help="take the pictures from this camera")
        each.add_argument("--driver", default="mjpeg_http", help="its driver (default mjpeg_http)")
        each.add_argument("--seconds", type=float, default=60.0, help="how long to look at a live camera (default 60)")
    return top


def _pictures(arguments: argparse.Namespace) -> Iterator[tuple[str, Gray]]:
    if arguments.live:
        return sources.from_camera(arguments.driver, arguments.live, arguments.seconds)
    if not arguments.pictures:
        raise CalibrationError("name pictures or a folder of them, or a camera with --live")
    return sources.from_files(arguments.pictures)


def _intrinsics(arguments: argparse.Namespace) -> int:
    views, size = _views(arguments, _board(arguments))
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
    for name, gray in _pictures(arguments):
        if size != (0, 0) and size != gray.shape[::-1]:
            raise CalibrationError(f"{name} is {gray.shape[1]}x{gray.shape[0]} px, the ones before {size[0]}x{size[1]}")
        size = (gray.shape[1], gray.shape[0])
        view = board.find(gray, name)
        if arguments.live:
            take = (
                view is not None and last is not None and _apart(view, last) < _STILL_PX and _is_new(view, views, size)
            )
            last = view
        else:
            take = view is not None
            print(f"{name}: {'found' if take else 'no board'}")
        if view is not None and take:
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
    ground = yaml.safe_load(arguments.ground.read_text(encoding="utf-8"))
    try:
        block, tree = ground["cameras"][arguments.camera], ground["floor_tags"]
        tags = FloorTags(
            tree["dictionary"], float(tree["size_m"]), {tag: (x, y, yaw) for tag, x, y, yaw in tree["places"]}
        )
        lens = camera_model.load(arguments.ground.parent / block["calibration"], [0.0] * 6)
    except (KeyError, TypeError) as error:
        raise CalibrationError(f"{arguments.ground}: {error} is missing or of the wrong form") from error
    reader = TagReader(tags)
    found = locate([reader.read(gray) for _, gray in _pictures(arguments)], tags, lens)
    _say_place(found)
    return 1 if found.suspect else 0


def _say_place(found: Extrinsics) -> None:
    for tag, px in found.tag_px.items():
        print(f"tag {tag}: {px:.2f} px off{'  <- measure its place again' if tag in found.suspect else ''}")
    print(f"reprojection error (RMS) {found.rms_px:.2f} px; into the camera's block:")
    print(f"    pose: [{', '.join(f'{value:.5f}' for value in found.pose())}]")
    print(f"    survey_sigma_m: {found.camera.survey_sigma_m:.4f}")
    print(f"    survey_sigma_rad: {found.camera.survey_sigma_rad:.5f}")


if __name__ == "__main__":
    sys.exit(main())
