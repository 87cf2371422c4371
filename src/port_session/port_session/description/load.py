"""YAML files of a description, found and read as Structs. Decides nothing about what they say together."""

import os
import sys
from collections.abc import Hashable
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import yaml

from port_session.description.decode import DecodeError, decode
from port_session.description.errors import DescriptionError, listed, nearest

T = TypeVar("T", bound=msgspec.Struct)


class _StrictLoader(yaml.SafeLoader):
    """YAML without the silent last-one-wins of a key that stands twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen and key.tag != "tag:yaml.org,2002:merge":
                problem = f"the key {key.value!r} stands twice"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


def read_yaml(path: Path) -> Any:
    """The tree in `path`. Raises DescriptionError that names the line of a syntax error."""
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_StrictLoader)  # noqa: S506  (a SafeLoader)
    except FileNotFoundError:
        raise DescriptionError(path, "", "no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise DescriptionError(path, "", f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise DescriptionError(path, where, f"not YAML: {error.problem or error.context}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise DescriptionError(path, "", f"not YAML: {str(error).splitlines()[0]}") from None


def load(path: Path, kind: type[T]) -> T:
    """`path` as a `kind`. Raises DescriptionError with file, key path and expectation."""
    tree = read_yaml(path)
    try:
        return decode(tree, kind)
    except DecodeError as error:
        raise DescriptionError(path, error.key, error.problem) from None


def share_folders() -> list[Path]:
    """Where an installed port keeps its configuration, nearest overlay first."""
    prefixes = os.environ.get("AMENT_PREFIX_PATH", "") or sys.prefix
    return [Path(prefix) / "share" / "port_bringup" / "config" for prefix in prefixes.split(os.pathsep) if prefix]


def find_session(name_or_path: str) -> Path:
    """The session file: by path if it looks like one, else by name in ./config/sessions and the installed ones."""
    if "/" in name_or_path or name_or_path.endswith((".yaml", ".yml")):
        path = Path(name_or_path)
        if not path.is_file():
            raise DescriptionError(path, "", "no such session file")
        return path
    folders = [folder / "sessions" for folder in (Path("config"), *share_folders())]
    for folder in folders:
        if (folder / f"{name_or_path}.yaml").is_file():
            return folder / f"{name_or_path}.yaml"
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
