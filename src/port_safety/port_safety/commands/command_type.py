"""What a type of command says of itself: its message, who reads it, and the command that asks for nothing.

The registry finds it by its entry point (`port.commands`), so that a ground adds its own from its own package.
"""

import ast
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

from port_safety.commands.command import Command
from port_safety.model.installed import InstalledError
from port_safety.model.joints import Joints


@dataclass(frozen=True, slots=True)
class CommandType:
    """One type of command.

    message: its ROS type, as a robot's profile names it. codec: "module:class" of what reads and writes its bytes
    (ros/codecs.py), kept as a word so that no rule loads ROS. zero: makes the command of a robot that asks for nothing;
    by_joints: the command is about joints, in the order of the robot's description; both take the joints then, else
    nothing.
    """

    name: str
    message: str
    codec: str
    zero: Callable[..., Command]
    by_joints: bool = False

    def zero_command(self, joints: Joints | None) -> Command:
        """The command that asks for nothing. Raises ValueError for a robot without the joints that it needs, and where
        what was brought asks for something."""
        if self.by_joints and joints is None:
            raise ValueError(f"command_type: {self.message} needs the names of the robot's joints")
        try:
            zero = self.zero(joints) if self.by_joints else self.zero()
            rests = not zero.fault and zero.near_zero and zero.rests_at(0)
        except Exception as error:
            raise self._broken(f"no zero command can be made: {error!r}") from error
        if not rests:
            raise self._broken(f"its zero command asks for something: {zero!r}")
        return zero

    def check_codec(self) -> None:
        """Raises ValueError where its codec is not to be found. Loads nothing: a check needs no ROS."""
        module, _, name = str(self.codec).partition(":")
        try:
            found = find_spec(module)
        except (ImportError, ValueError) as error:
            raise self._broken(f"its codec {self.codec!r} is not found: {error!r}") from error
        source = None if found is None or not found.has_location else found.origin
        written = source is not None and source.endswith(".py")  # of a compiled module nobody knows without loading it
        if source is None or not name or (written and name not in _names_in(Path(source))):
            raise self._broken(f"its codec {self.codec!r} is not found; expected module:class")

    def load_codec(self) -> Any:
        """The class of its codec. Raises ValueError where there is none."""
        try:
            return resolve_name(self.codec)
        except Exception as error:
            raise self._broken(f"its codec {self.codec!r} is not found: {error!r}") from error

    def _broken(self, problem: str) -> InstalledError:
        return InstalledError(f"command_type: {self.message}, brought as {self.name}: {problem}; mend its package")


def _names_in(source: Path) -> set[str]:
    """What a module defines or imports at its top, read from its text."""
    names: set[str] = set()
    for node in ast.parse(source.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.ImportFrom | ast.Import):
            names.update(each.asname or each.name for each in node.names)
        elif isinstance(node, ast.Assign):
            names.update(each.id for each in node.targets if isinstance(each, ast.Name))
    return names
