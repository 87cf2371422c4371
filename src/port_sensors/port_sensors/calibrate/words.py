"""The words of `port calibrate`, and its help: the procedure in short."""

import argparse
from collections.abc import Callable
from pathlib import Path

from port_sensors.core.intrinsics import MODELS
from port_sensors.drivers.cameras import CAMERA_DRIVERS

Run = Callable[[argparse.Namespace], int]

_DESCRIPTION = "A camera's lens from pictures of a board, its place from surveyed floor tags, and how good both are."
_PROCEDURE = """\
examples:
  port calibrate intrinsics pictures/ --board 9x6 --square 0.025 --name north --out north.yaml --coverage north.png
  port calibrate intrinsics --live http://10.0.0.9/mjpg --board 9x6 --square 0.025 --out north.yaml --coverage north.png
  port calibrate extrinsics --ground config/grounds/hall.yaml --camera north --live http://10.0.0.9/mjpg --seconds 5

intrinsics: print a board, glue it onto something flat, and show it to the camera in 10 to 30 pictures: near and far,
tilted by 20 to 45 degrees to all sides, in every corner of the picture, held still. Focus and resolution stay as they
will be used. With --live, pictures are taken by themselves until --seconds are over or you press Ctrl-C; the coverage
picture shows where the board is missing.

extrinsics: glue floor tags where the camera sees them, measure where they are in the ground's frame, write them into
the ground's file (floor_tags), take a few pictures, and put the printed lines into the camera's block."""


def parser(intrinsics: Run, extrinsics: Run) -> argparse.ArgumentParser:
    """Of the command line; what each command runs becomes `run`."""
    top = argparse.ArgumentParser(
        prog="port calibrate", description=_DESCRIPTION, epilog=_PROCEDURE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    lens = commands.add_parser("intrinsics", help="the lens, from pictures of a board")
    lens.add_argument(
        "--board", default="9x6", metavar="CxR", help="chessboard: inner corners; ChArUco: squares (default 9x6)"
    )
    lens.add_argument("--square", type=float, required=True, metavar="M", help="side of a square in metres, measured")
    lens.add_argument("--charuco", metavar="DICT", help="the board is ChArUco, of this dictionary, e.g. DICT_5X5_100")
    lens.add_argument("--marker", type=float, metavar="M", help="side of a ChArUco marker in metres (default 3/4 M)")
    lens.add_argument(
        "--model", default=MODELS[0], choices=MODELS, help="plumb_bob (default), or rational_polynomial for wide lenses"
    )
    lens.add_argument("--name", default="camera", help="the camera's name in the file")
    lens.add_argument("--out", type=Path, required=True, metavar="FILE.yaml", help="file to write")
    lens.add_argument("--coverage", type=Path, metavar="FILE.png", help="picture of where the board has been")
    lens.set_defaults(run=intrinsics)
    place = commands.add_parser("extrinsics", help="the camera's place, from surveyed floor tags")
    place.add_argument("--ground", type=Path, required=True, metavar="FILE.yaml", help="ground's file")
    place.add_argument("--camera", required=True, help="name of the camera in the ground's file")
    place.set_defaults(run=extrinsics)
    for each in (lens, place):
        each.add_argument("pictures", nargs="*", type=Path, help="pictures or folders of them")
        each.add_argument("--live", metavar="ADDRESS", help="take the pictures from this camera")
        each.add_argument(
            "--driver", default="mjpeg_http", choices=sorted(CAMERA_DRIVERS), help="its driver (default mjpeg_http)"
        )
        each.add_argument("--user", default="", help="the camera's login; in ADDRESS everybody sees it (ps)")
        each.add_argument("--password-file", default="", metavar="FILE", help="holds the password of that login")
        each.add_argument("--seconds", type=float, default=60.0, help="how long to look at a live camera (default 60)")
    return top
