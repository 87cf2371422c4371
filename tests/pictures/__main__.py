"""Draws the pictures of docs/pictures that come from a command: `python -m tests.pictures [NAME …]`."""

import argparse
from collections.abc import Callable
from pathlib import Path

from tests.pictures import cameras, plates

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"

#: file → what draws it there
PICTURES: dict[str, Callable[[Path], None]] = {
    "camera_overlay.jpg": cameras.overlay,
    "camera_track.png": cameras.track,
    "jump_cop.png": plates.jump_cop,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.pictures", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of: {', '.join(PICTURES)} (default: all)")
    for name in parser.parse_args().names or PICTURES:
        PICTURES[name](FOLDER / name)
        print(FOLDER / name)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
