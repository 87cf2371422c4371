"""YAML files of a description, found and read as Structs. Decides nothing about what they say together."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from port_ros.decode import decode
from port_ros.file_kind import not_a_file
from port_ros.misfit import Misfit, listed, nearest
from port_ros.yaml_file import YamlError, read_yaml
from port_session.description.blank_values import blank_values
from port_session.description.errors import DescriptionError

T = TypeVar("T", bound=msgspec.Struct)

#: No file's name is longer.
_NAME_CHARACTERS = 64


def load(path: Path, kind: type[T], others: Iterable[type[msgspec.Struct]] = ()) -> T:
    """`path` as a `kind`. others: what people may take for one. Raises DescriptionError with file, key path and
    expectation."""
    try:
        tree = read_yaml(path)
        _refuse_another_kind(path, tree, kind, others)
        _refuse_blanks(path, tree, kind)
        return decode(tree, kind)
    except YamlError as error:
        raise DescriptionError(path, error.where, error.problem) from None
    except Misfit as error:
        raise DescriptionError(path, error.key, error.problem) from None


def _refuse_another_kind(
    path: Path, tree: Any, kind: type[msgspec.Struct], others: Iterable[type[msgspec.Struct]]
) -> None:
    """Raises DescriptionError for the file of a ground where a session's is wanted."""
    if not isinstance(tree, dict):
        return
    most = max((kind, *others), key=lambda one: len(tree.keys() & {*one.__struct_fields__}))
    if most is not kind:
        this, wanted = most.__name__.lower(), kind.__name__.lower()
        remedy = f"it is checked with a {wanted} that names it: port check {wanted.upper()}"
        raise DescriptionError(path, "", f"this is the file of a {this}, not of a {wanted}; {remedy}")


def _refuse_blanks(path: Path, tree: Any, kind: type[msgspec.Struct]) -> None:
    """Raises DescriptionError that names everything that is not filled in yet: whoever fills it in does it once."""
    if left := list(blank_values(tree, kind)):
        also = f", and so are {', '.join(left[1:])}; write a value for each" if left[1:] else "; write one"
        raise DescriptionError(path, left[0], f"left empty{also}")


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
        if problem := not_a_file(path):
            raise DescriptionError(path, "", problem if os.path.lexists(path) else "no such session file")
        return path
    if len(name_or_path) > _NAME_CHARACTERS or not name_or_path.isprintable():
        raise DescriptionError("", "", f"no session is called {name_or_path[:_NAME_CHARACTERS]!r}…")
    here = [Path.cwd()] if Path.cwd().name == "sessions" else []
    folders = [Path("config", "sessions").absolute(), *here, *(folder / "sessions" for folder in share_folders())]
    for folder in folders:
        if os.path.lexists(folder) and not folder.is_dir():
            raise DescriptionError(folder, "", "sessions are looked for there, and it is no folder; mend it")
        path = folder / f"{name_or_path}.yaml"
        if os.path.lexists(path):  # what is meant must not be another one, further on
            if problem := not_a_file(path):
                raise DescriptionError(path, "", f"{problem}; mend it or take it away")
            return path
    raise DescriptionError("", "", _not_found("session", name_or_path, folders))


def find_beside(session_file: Path, plural: str, key: str, name: str) -> Path:
    """The file of the ground, robot or trial that `session_file` names under `key`."""
    folder = session_file.parent.parent / plural
    path = folder / f"{name}.yaml"
    if not os.path.lexists(path):
        raise DescriptionError(session_file, key, _not_found(key, name, [folder]))
    if problem := not_a_file(path):
        raise DescriptionError(session_file, key, f"{path} {problem}; mend it or name another")
    return path


def _not_found(what: str, name: str, folders: list[Path]) -> str:
    known = {path.stem for folder in folders if folder.is_dir() for path in folder.glob("*.yaml")}
    hint = nearest(name, known) or f"; there are: {listed(known)}"
    return f"no {what} {name!r} in {' or '.join(map(str, folders))}{hint}"
