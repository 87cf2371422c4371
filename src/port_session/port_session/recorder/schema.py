"""Message definitions as MCAP wants them: the type's own .msg text, then every type it uses, recursively.

Format: https://mcap.dev/spec/registry#ros2msg. The texts come from the installed share/<package>/msg/<Name>.msg.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

_SEPARATOR = "=" * 80
_FIELD = re.compile(r"^\s*(?:([A-Za-z]\w*)/)?(?:msg/)?([A-Z]\w*)\s*(?:<=\d+)?(?:\[[^\]]*\])?\s+\w+")

FindText = Callable[[str, str], str]


class UnknownType(Exception):
    """A message type whose definition is not installed; says which and what to install."""


def installed_text(prefixes: tuple[Path, ...]) -> FindText:
    """A finder that looks under each prefix's share/."""

    def find(package: str, name: str) -> str:
        for prefix in prefixes:
            path = prefix / "share" / package / "msg" / f"{name}.msg"
            if path.is_file():
                return path.read_text(encoding="utf-8")
        raise UnknownType(f"no definition of {package}/msg/{name}: install the package {package} on this machine")

    return find


def _used(text: str, package: str) -> Iterator[tuple[str, str]]:
    """Types that the fields of `text` have, package filled in; primitive types are lower case and do not match."""
    for line in text.splitlines():
        match = _FIELD.match(line.split("#", 1)[0])
        if match:
            yield match[1] or package, match[2]


def definition(type_name: str, find: FindText) -> str:
    """The whole ros2msg text of `type_name` ("package/msg/Name"). Raises UnknownType."""
    package, _, name = type_name.split("/")
    root = find(package, name)
    sections, seen, pending = [root], {(package, name)}, list(_used(root, package))
    while pending:
        used = pending.pop(0)
        if used in seen:
            continue
        seen.add(used)
        text = find(*used)
        sections.append(f"{_SEPARATOR}\nMSG: {used[0]}/{used[1]}\n{text}")
        pending += _used(text, used[0])
    return "\n".join(section.rstrip("\n") for section in sections) + "\n"
