"""The packages of the workspace as their files show them: what each uses, and what its package.xml says it needs."""

import ast
import re
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
#: A message's name, as in "nav_msgs/msg/Odometry" or a .msg file's "geometry_msgs/Point".
_MESSAGE = re.compile(r"([a-z][a-z0-9_]*)/(?:(?:msg|srv)/)?[A-Z]\w*")
_NOTE = re.compile(r"rosdep has no key for:?([^;]*)")
#: What a message's name is in a docstring's or an error's example.
_EXAMPLES = {"package", "pkg"}
_RUN_TIME = ("depend", "exec_depend")


@dataclass(frozen=True)
class Package:
    """One folder of src/."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    def uses(self) -> set[str]:
        """What it imports, wherever that stands, and the packages of messages and executables that it names."""
        found: set[str] = set()
        for file in self._sources():
            found |= set(uses(file.read_text()))
        for file in (*self.folder.glob("msg/*.msg"), *self.folder.glob("srv/*.srv")):
            found |= set(_MESSAGE.findall(file.read_text()))
        return {name for name in found if name not in sys.stdlib_module_names and name != self.name}

    def tests_use(self) -> set[str]:
        """What its unit tests import, and what they all share."""
        files = list((ROOT / "tests" / "unit" / self.name).glob("*.py"))
        files += [ROOT / "tests" / "conftest.py"] if files else []
        found = {name for file in files for name in imports(ast.parse(file.read_text()))}
        return {name for name in found if name not in {*sys.stdlib_module_names, "tests", "docs"}}

    def _sources(self) -> Iterator[Path]:
        yield from (self.folder / self.name).rglob("*.py")
        if self.name == "port_bringup":  # its launch files stand at the top of the repository
            yield from (ROOT / "launch").glob("*.py")

    def declares(self, *kinds: str) -> set[str]:
        """The keys of its package.xml for these kinds of dependency; without any, for those that count at run time."""
        root = ElementTree.parse(self.folder / "package.xml").getroot()  # noqa: S314  # our own file
        return {(item.text or "").strip() for kind in kinds or _RUN_TIME for item in root.iter(kind)}

    def notes(self) -> set[str]:
        """The distributions that its package.xml names in a comment, because rosdep has no key for them."""
        found = _NOTE.findall((self.folder / "package.xml").read_text().replace("\n", " "))
        return {name for note in found for name in re.findall(r"[a-z0-9-]*[a-z0-9]", note.split("(")[0])}


def packages() -> list[Package]:
    """All of them."""
    return [Package(file.parent) for file in sorted((ROOT / "src").glob("*/package.xml"))]


def uses(source: str) -> Iterator[str]:
    """What a Python file imports, and the packages that its texts name whole."""
    tree = ast.parse(source)
    yield from imports(tree)
    for item in ast.walk(tree):
        if isinstance(item, ast.Constant) and isinstance(item.value, str):
            yield from _named(item.value)


def imports(tree: ast.AST) -> Iterator[str]:
    """The first word of every import, those inside functions too."""
    for item in ast.walk(tree):
        if isinstance(item, ast.Import):
            yield from (alias.name.split(".")[0] for alias in item.names)
        elif isinstance(item, ast.ImportFrom) and item.level == 0 and item.module:
            yield item.module.split(".")[0]


def _named(text: str) -> Iterator[str]:
    if (message := _MESSAGE.fullmatch(text)) and message[1] not in _EXAMPLES:
        yield message[1]
    elif re.fullmatch(r"port_[a-z]+(\.[a-z_.]+)?", text) and (ROOT / "src" / text.split(".")[0]).is_dir():
        yield text.split(".")[0]


def pins(*files: str) -> dict[str, str]:
    """The distributions that requirements/FILE.txt name, with their versions."""
    lines = (line for name in files for line in (ROOT / "requirements" / f"{name}.txt").read_text().splitlines())
    split = (line.split("==") for line in lines if line and not line.startswith("#"))
    return {name.lower(): version for name, version in split}
