"""The coverage picture: where in the camera's picture the board has been, and where it is still missing."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from port_sensors.core.board import BoardView
from port_sensors.core.edges import Gray
from port_sensors.core.intrinsics import GRID, coverage

_EMPTY, _CORNER = (60, 60, 220), (80, 200, 80)  # BGR


def draw(views: Sequence[BoardView], backdrop: Gray, path: Path) -> None:
    """Write the picture: every corner seen as a dot, empty cells framed and crossed. Raises OSError."""
    picture = cv2.cvtColor((backdrop // 2).astype(np.uint8), cv2.COLOR_GRAY2BGR)
    height, width = backdrop.shape
    counts = coverage(views, (width, height))
    for row, column in np.argwhere(counts == 0):
        corner = int(column * width / GRID[1]), int(row * height / GRID[0])
        opposite = int((column + 1) * width / GRID[1]) - 1, int((row + 1) * height / GRID[0]) - 1
        cv2.rectangle(picture, corner, opposite, _EMPTY, 2)
        cv2.line(picture, corner, opposite, _EMPTY, 1, cv2.LINE_AA)
    for view in views:
        for x, y in view.pixels:
            cv2.circle(picture, (round(float(x)), round(float(y))), max(2, width // 400), _CORNER, -1, cv2.LINE_AA)
    whole, data = cv2.imencode(path.suffix or ".png", picture)
    if not whole:
        raise OSError(f"{path}: cannot be written as a picture")
    path.write_bytes(bytes(data))
