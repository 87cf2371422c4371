"""The pedestrian clip with its hand-made labels, and how the occupancy watch does on it."""

import math
import warnings
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import yaml
from numpy.typing import NDArray

from port_sensors.core import camera_model
from port_sensors.core.camera_model import CameraModel
from port_sensors.core.occupancy import Occupancy, OccupancySettings, OccupancyWatch
from port_sim.devices.clip import DATA

FOLDER = Path(__file__).parent / "data" / "pedestrians"
PERIOD_NS = 200_000_000
PITCH = math.radians(90 + 28)
CELL_M = 3.0
BORDER_M = 0.5  # a person so near to a cell's border may be on either side of it: labels are no better
NEAR_M = 1.0

Gray = NDArray[np.uint8]


@dataclass
class Score:
    """What was said against what was so."""

    right: int = 0
    invented: int = 0
    missed: int = 0

    def precision(self) -> float:
        return self.right / max(1, self.right + self.invented)

    def recall(self) -> float:
        return self.right / max(1, self.right + self.missed)


def camera() -> CameraModel:
    return camera_model.load(FOLDER / "camera.yaml", [0.0, 0.0, 8.0, -PITCH, 0.0, -math.pi / 2])


def frames() -> list[Gray]:
    film, found = cv2.VideoCapture(str(DATA / "pedestrians.avi")), []
    while (read := film.read())[0]:
        found.append(cv2.cvtColor(read[1], cv2.COLOR_BGR2GRAY))
    return found


def feet(frame: int) -> NDArray[np.float64]:
    """Where the people of `frame` stand: N×2 px."""
    tracks = yaml.safe_load((FOLDER / "tracks.yaml").read_text())
    found = []
    for track in tracks.values():
        at = sorted(track)
        if at[0] <= frame <= at[-1]:
            found.append([np.interp(frame, at, [track[number][axis] for number in at]) for axis in (0, 1)])
    return np.array(found).reshape(-1, 2)


def cells(model: CameraModel) -> dict[str, list[tuple[float, float]]]:
    """The squares of the floor's grid that the camera sees whole, up to 30 m away."""
    found = {}
    for row in range(2, 10):
        for column in range(-7, 7):
            x, y = row * CELL_M, column * CELL_M
            square = [(x, y), (x + CELL_M, y), (x + CELL_M, y + CELL_M), (x, y + CELL_M)]
            if model.sees_on_floor(square):
                found[f"{row} {column}"] = square
    return found


def empty_floor(pictures: list[Gray]) -> Gray:
    """Each pixel's median over the frames in which no labelled person is in front of it."""
    stack = np.array(pictures, dtype=np.float32)
    for number, picture in enumerate(stack):
        for x, y in feet(number):
            tall = 0.21 * (y + 59) + 8  # as tall as people are at that height of the picture, and some
            top, left = max(0, int(y - tall)), max(0, int(x - tall / 2))
            picture[top : int(y) + 8, left : int(x + tall / 2)] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        middle = np.nanmedian(stack, axis=0)
    return np.where(np.isfinite(middle), middle, np.median(np.array(pictures), axis=0)).astype(np.uint8)


def watched() -> list[Occupancy]:
    """What the watch says of each frame.

    The clip never shows the floor empty, which the watch must see first: it is given `empty_floor` for that.
    """
    model, pictures = camera(), frames()
    watch = OccupancyWatch(model, cells(model), OccupancySettings())
    empty = empty_floor(pictures)
    for number in range(25):
        watch.judge(empty, number * PERIOD_NS, None)
    return [watch.judge(picture, (25 + number) * PERIOD_NS, None) for number, picture in enumerate(pictures)]


def scores(said: list[Occupancy]) -> tuple[Score, Score]:
    """By cells (occupied or free), and by people (a position within NEAR_M of each)."""
    model, by_cell, by_person = camera(), Score(), Score()
    for number, one in enumerate(said):
        people = model.to_plane(feet(number))
        _score_cells(by_cell, one, people, cells(model))
        _score_people(by_person, one, people)
    return by_cell, by_person


def _score_cells(
    score: Score, said: Occupancy, people: NDArray[np.float64], grid: dict[str, list[tuple[float, float]]]
) -> None:
    for name, square in grid.items():
        low, high = np.array(square[0]), np.array(square[2])
        beyond = np.maximum(low - people, people - high).max(axis=1)  # < 0 inside
        if (beyond < -BORDER_M).any():
            score.right += said.occupied[name]
            score.missed += not said.occupied[name]
        elif (beyond > BORDER_M).all():
            score.invented += said.occupied[name]


def _score_people(score: Score, said: Occupancy, people: NDArray[np.float64]) -> None:
    left = [tuple(place) for place in people]
    for position in said.positions_m:
        nearest = min(left, key=lambda place: math.dist(place, position), default=None)
        if nearest is not None and math.dist(nearest, position) <= NEAR_M:
            left.remove(nearest)
            score.right += 1
        else:
            score.invented += 1
    score.missed += len(left)
