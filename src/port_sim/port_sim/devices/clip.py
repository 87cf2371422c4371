"""A recorded clip as a camera's picture, over and over. Knows no wire."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

DATA = Path(__file__).parent.parent / "data"


class Clip:
    """Frames of the film at `path`; a plain name is looked for in the package's data. Raises ValueError."""

    def __init__(self, path: str) -> None:
        self._path = Path(path) if Path(path).is_absolute() else DATA / path
        self._film = cv2.VideoCapture(str(self._path))
        if self.next() is None:
            raise ValueError(f"{self._path}: no film that can be played")

    def next(self) -> NDArray[np.uint8] | None:
        """The next frame, gray; after the last one the first again."""
        for _ in range(2):
            there, frame = self._film.read()
            if there:
                gray: NDArray[np.uint8] = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
                return gray
            self._film.release()
            self._film = cv2.VideoCapture(str(self._path))
        return None
