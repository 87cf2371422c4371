"""Calibration boards: where the corners of a chessboard or ChArUco board are in a picture, and on the board.

A chessboard must be seen whole; a ChArUco board may reach over the picture's rim, where lenses bend most.
"""

from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from port_sensors.core.camera_model import Array, CalibrationError
from port_sensors.core.dictionary import dictionary as find_dictionary
from port_sensors.core.edges import Gray

_CRITERIA = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 50, 0.001)
_LEAST_CORNERS = 8


@dataclass(frozen=True, eq=False)
class BoardView:
    """One picture of a board. points_m: corners on the board (N×3, z = 0). pixels: the same in the picture (N×2)."""

    name: str
    points_m: Array
    pixels: Array


class Board(Protocol):
    """What can be found in a picture."""

    def find(self, gray: Gray, name: str) -> BoardView | None: ...


class Chessboard:
    """columns, rows: inner corners, as OpenCV counts them. Raises CalibrationError for what is no board."""

    def __init__(self, columns: int, rows: int, square_m: float) -> None:
        if columns < 3 or rows < 3:
            raise CalibrationError(f"board: {columns}x{rows} inner corners: at least 3x3 are needed")
        _check_square(square_m)
        self._size = columns, rows
        grid = np.mgrid[0:columns, 0:rows].T.reshape(-1, 2) * square_m
        self._points_m = np.column_stack([grid, np.zeros(len(grid))]).astype(np.float64)

    def find(self, gray: Gray, name: str) -> BoardView | None:
        """The board if all of it is seen."""
        found, corners = cv2.findChessboardCorners(gray, self._size, flags=_FLAGS)
        if not found:
            return None
        steps = np.linalg.norm(np.diff(corners.reshape(-1, 2), axis=0), axis=1)
        # The window must not reach the next corner, and need not: the first guess is within a pixel or two.
        half = int(np.clip(0.17 * np.median(steps), 3, 11))
        sharp = cv2.cornerSubPix(gray, corners, (half, half), (-1, -1), _CRITERIA)
        return BoardView(name, self._points_m, sharp.reshape(-1, 2).astype(np.float64))


def _check_square(square_m: float) -> None:
    if not 0.0 < square_m <= 1.0:
        raise CalibrationError(f"board: a square of {square_m:g} m is none: give its side in metres, e.g. 0.025")


_FLAGS = cv2.CALIB_CB_ADAPTIVE_THRESH | cv2.CALIB_CB_NORMALIZE_IMAGE | cv2.CALIB_CB_FAST_CHECK


class Charuco:
    """columns, rows: squares. dictionary: OpenCV's name. Raises CalibrationError for what is no board."""

    def __init__(self, columns: int, rows: int, square_m: float, marker_m: float, dictionary: str) -> None:
        try:
            book = find_dictionary(dictionary)
        except ValueError as error:
            raise CalibrationError(f"board: {error}") from error
        if columns < 3 or rows < 3 or not 0 < marker_m < square_m:
            raise CalibrationError("board: at least 3x3 squares are needed, and markers smaller than them")
        _check_square(square_m)
        self.board = cv2.aruco.CharucoBoard((columns, rows), square_m, marker_m, book)
        self._detector = cv2.aruco.CharucoDetector(self.board)
        self._points_m = np.asarray(self.board.getChessboardCorners(), dtype=np.float64)

    def find(self, gray: Gray, name: str) -> BoardView | None:
        """The board, or the part of it that is seen."""
        corners, ids, _, _ = self._detector.detectBoard(gray)
        if ids is None or len(ids) < _LEAST_CORNERS:
            return None
        return BoardView(name, self._points_m[ids.ravel()], corners.reshape(-1, 2).astype(np.float64))
