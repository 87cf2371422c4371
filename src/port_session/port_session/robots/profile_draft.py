"""A robot's profile on its way: values that are known, blanks that somebody must fill in, and the YAML text of both.

A blank is a key without a value, with a comment that begins with FILL IN. `port check` names every one that is left.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from port_ros.yaml_file import parse_yaml

FILL_IN = "FILL IN: "
#: Comments begin here where the value leaves room for it.
_COLUMN = 32


@dataclass(frozen=True)
class Entry:
    """One key of a profile by its path, like `limits.latency_s`. value: None for a blank."""

    key: str
    value: Any = None
    comment: str = ""

    @property
    def blank(self) -> bool:
        return self.value is None


#: What a profile of each kind says beside its name, kind and topics; in the order of the file.
_COMMON = (
    "limits.speed_mps", "limits.yaw_rate_radps", "limits.acceleration_mps2", "limits.deceleration_mps2",
    "limits.latency_s", "footprint_radius_m", "marker_height_m",
)  # fmt: skip
_ARM = ("joints.deceleration_radps2", "joints.reach_m", "base_pose")
FIGURES: dict[str, tuple[str, ...]] = {
    "wheeled": (*_COMMON, "stop.ramp_s"),
    "quadruped": (*_COMMON, "marker_sinks_m", "stop.ramp_s", "stop.settle_s", "stop.settled_height_m"),
    "humanoid": (
        *_COMMON, "marker_sinks_m", "stop.ramp_s", "stop.settle_s", "stop.damp_s", "stop.settled_height_m",
    ),
    "arm": (*_ARM, *_COMMON, "stop.ramp_s"),
}  # fmt: skip

#: What each of them means, in words that tell where the number comes from.
MEANING = {
    "limits.speed_mps": "m/s, the most that it may drive here (of an arm: any point of it)",
    "limits.yaw_rate_radps": "rad/s, the most that it may turn",
    "limits.acceleration_mps2": "m/s², the gate lets a command rise no faster",
    "limits.deceleration_mps2": "m/s², what its brakes reach: something cautious, then `port robot measure`",
    "limits.latency_s": "s, command to first effect: something cautious, then `port robot measure`",
    "footprint_radius_m": "m, the circle around the whole robot",
    "marker_height_m": "m, the ground's marker above the floor: stick it on and measure",
    "marker_sinks_m": "m, how much lower the marker is when it sits, kneels or squats",
    "joints.deceleration_radps2": "rad/s², what every joint reaches in a stop, with its load",
    "joints.reach_m": "m, greatest distance of any point from any joint, tool and load included",
    "base_pose": "[x, y, yaw] in m and rad, where it stands in frame ground: measure it",
    "stop.ramp_s": "s, within which it stands; more than latency_s + speed_mps / deceleration_mps2",
    "stop.settle_s": "s, within which its body is down after that",
    "stop.damp_s": "s, its joints are damped for so long, then its power goes",
    "stop.settled_height_m": "m, at or below this height its body counts as down",
}


def blanks(kind: str) -> list[Entry]:
    """Every figure of a profile of this kind, to be filled in."""
    return [Entry(key, comment=f"{FILL_IN}{MEANING[key]}") for key in FIGURES[kind]]


def tree(entries: Iterable[Entry]) -> dict[str, Any]:
    """The entries as what the YAML file holds, blanks left out."""
    made: dict[str, Any] = {}
    for entry in entries:
        if not entry.blank:
            *groups, last = entry.key.split(".")
            block = made
            for group in groups:
                block = block.setdefault(group, {})
            block[last] = entry.value
    return made


def text(comments: Iterable[str], entries: Iterable[Entry]) -> str:
    """The file: first `comments`, a line each; then the entries, those of one group together."""
    lines = [f"# {comment}" for comment in comments]
    for group, members in groupby(entries, key=lambda entry: entry.key.rpartition(".")[0]):
        lines += [f"{group}:"] if group else []
        for entry in members:
            lines += _lines(entry, "  " if group else "")
    return "\n".join(lines) + "\n"


def _lines(entry: Entry, indent: str) -> Iterator[str]:
    key = entry.key.rpartition(".")[2]
    line = f"{indent}{key}:" if entry.blank else f"{indent}{key}: {scalar(entry.value)}"
    if entry.comment and len(line) > _COLUMN + len(indent) + 40:
        yield f"{indent}# {entry.comment}"
        yield line
    else:
        yield f"{line:<{_COLUMN - 2}}  # {entry.comment}" if entry.comment else line


def scalar(value: Any) -> str:
    """One value, or a list of them, as it stands behind its key."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(scalar, value))}]"
    if not isinstance(value, str):
        return json.dumps(value)
    plain = value.isascii() and not set(value) & set(',[]{}#&*!|>"%@`:? ')
    return value if plain and value and parse_yaml(value) == value else json.dumps(value)
