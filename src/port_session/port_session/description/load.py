"""YAML files of a description, found and read as Structs. Decides nothing about what they say together."""

import os
import sys
from pathlib import Path
from typing import TypeVar

import msgspec

from port_ros.decode import decode
from port_ros.misfit import Misfit, listed, nearest
from port_ros.yaml_file import YamlError, read_yaml
from port_session.description.errors import DescriptionError

T = TypeVar("T", bound=msgspec.Struct)


def load(path: Path, kind: type[T]) -> T:
    """`path` as a `kind`. Raises DescriptionError with file, key path and expectation."""
    try:
        return decode(read_yaml(path), kind)
    except YamlError as error:
        raise DescriptionError(path, error.where, error.problem) from None
    except Misfit as error:
        raise DescriptionError(path, error.key, error.problem) from None


def share_folders() -> list[Path]:
    """Where an installed port keeps its configuration, nearest overlay first."""
    prefixes = os.environ.get("AMENT_PREFIX_PATH", "") or sys.prefix
    return [Path(prefix) / "share" / "port_bringup" / "config" for prefix in prefixes.split(os.pathsep) if prefix]


def find_session(name_or_path: str) -> Path:
    """The session file, as seen from anywhere: by path if it looks like one, else by name.

    Names are looked for in ./config/sessions, here if this is a folder of sessions, then among the installed ones.
    """
    if "/" in name_or_path or name_or_path.endswith((".yaml", ".yml")):
        path = Path(os.path.abspath(name_or_path))  # noqa: PTH100  (as people read it: symlinks and all)
        if not path.is_file():
            raise DescriptionError(path, "", "no such session file")
        return path
    here = [Path.cwd()] if Path.cwd().name == "sessions" else []
    folders = [Path("config", "sessions").absolute(), *here, *(folder / "sessions" for folder in share_folders())]
    for folder in folders:
        path = folder / f"{name_or_path}.yaml"
        if os.path.lexists(path) and not path.is_file():  # what is meant must not be another one, further on
            raise DescriptionError(path, "", "it is there, but is no file: mend it or take it away")
        if path.is_file():
            return path
    raise DescriptionError(f"{name_or_path}.yaml", "", _not_found("session", name_or_path, folders))


def find_beside(session_file: Path, plural: str, key: str, name: str) -> Path:
    """The file of the ground, robot or trial that `session_file` names under `key`."""
    folder = session_file.parent.parent / plural
    path = folder / f"{name}.yaml"
    if not path.is_file():
        raise DescriptionError(session_file, key, _not_found(key, name, [folder]))
    return path


def _not_found(what: str, name: str, folders: list[Path]) -> str:
    known = {path.stem for folder in folders if folder.is_dir() for path in folder.glob("*.yaml")}
    hint = nearest(name, known) or f"; there are: {listed(known)}"
    return f"no {what} {name!r} in {' or '.join(map(str, folders))}{hint}"
