"""Dictionaries of fiducial markers by the names that OpenCV gives them."""

from typing import Any

import cv2

from port_ros.misfit import nearest


def dictionary(name: str) -> Any:
    """OpenCV's dictionary. Raises ValueError for a name that it does not know."""
    number = getattr(cv2.aruco, name, None)
    if not name.startswith("DICT_") or number is None:
        hint = nearest(name, (known for known in dir(cv2.aruco) if known.startswith("DICT_")))
        raise ValueError(f"dictionary: {name!r} is none of OpenCV's{hint}")
    return cv2.aruco.getPredefinedDictionary(number)


def check_id(key: str, name: str, marker: int) -> None:
    """Raises ValueError where dictionary `name` has no `marker`; `key` is where that stands."""
    count = len(dictionary(name).bytesList)
    if not 0 <= marker < count:
        raise ValueError(f"{key}: {name} has no {marker}; it has 0…{count - 1}")
