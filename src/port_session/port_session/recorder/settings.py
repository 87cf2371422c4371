"""What the recorder node makes of its parameters. Without ROS: the admission check asks the same function."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from port_ros.command_line import words
from port_ros.parameters import ParameterError, convert
from port_session.recorder.split_recorder import RecordedFile
from port_telemetry.core.seal import fingerprint
from port_telemetry.key_files import public_key


class TeamFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file of the robot's and the team's streams, where it is one of its own; as Settings."""

    path: str
    topics: list[str]
    readers: list[str]


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """path: of the MCAP file to write. topics: names, relative to the node's namespace or absolute.

    keys: files of public keys, by who has the private one. readers: names of `keys`, to whom the file is sealed; none:
    it lies open. team: the second file.
    """

    path: str
    topics: list[str]
    readers: list[str] = []
    keys: dict[str, str] = {}
    team: TeamFile | None = None

    def __post_init__(self) -> None:
        if not self.path or not self.topics:
            raise ValueError("path and topics must not be empty")
        for key, names in (("readers", self.readers), ("team.readers", self.team.readers if self.team else [])):
            if unknown := [name for name in names if name not in self.keys]:
                raise ValueError(f"{key}: {unknown[0]!r} has no key in keys")

    def files(self, resolved: Callable[[str], str]) -> list[RecordedFile]:
        """What to record, each topic's name `resolved`. Raises ParameterError for a key that cannot be used."""
        keys = {name: _key(name, file) for name, file in self.keys.items()}
        _refuse_one_for_two(keys, self.keys)
        parts: Sequence[Settings | TeamFile] = [self, self.team] if self.team else [self]
        return [
            RecordedFile(Path(part.path), tuple(map(resolved, part.topics)), tuple(keys[name] for name in part.readers))
            for part in parts
        ]


def read(tree: dict[str, Any]) -> Settings:
    """The node's settings; its keys can be used. Raises ParameterError."""
    settings = convert(tree, Settings)
    settings.files(str)
    return settings


def _key(name: str, file: str) -> X25519PublicKey:
    try:
        return public_key(Path(file))
    except (OSError, ValueError) as error:
        raise ParameterError(f"{words(error)}; name a public key: `port keys new` makes one", f"keys.{name}") from error


def _refuse_one_for_two(keys: dict[str, X25519PublicKey], files: dict[str, str]) -> None:
    """Whoever names the same key for two readers takes one of them for somebody else."""
    seen: dict[str, str] = {}
    for name, key in keys.items():
        if (other := seen.setdefault(fingerprint(key), name)) != name:
            problem = f"{files[name]} is the key of {other}, too: what is sealed to one would be open to both"
            raise ParameterError(f"{problem}; name a key of its own", f"keys.{name}")
