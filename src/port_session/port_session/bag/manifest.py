"""The manifests of a bag: one line a file, `SHA-256`, two spaces, path. What `sha256sum -c` reads. Pure.

Stricter than BagIt: the lines stand in the order of their paths, in lower case and with two spaces, so that the same
files make the same bytes, and no byte can be changed without a trace.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from port_session.bag.layout import DATA, shown, why_unfit

_LINE = re.compile(r"([0-9a-f]{64})  (.+)", re.DOTALL)
#: Problems that are told one by one; a file of another kind would have one in every line.
_TOLD = 20


@dataclass(frozen=True)
class Manifest:
    """digests: SHA-256 by path, of the lines that can be read. problems: one line of text for each other one."""

    digests: dict[str, str]
    problems: tuple[str, ...]


def text(digests: Mapping[str, str]) -> bytes:
    """The manifest of these files."""
    return "".join(f"{digests[path]}  {path}\n" for path in sorted(digests)).encode()


def parse(data: bytes, payload: bool) -> Manifest:
    """What `data` lists. payload: files in data/ only; otherwise none of them."""
    *lines, rest = data.split(b"\n")
    problems = [f"line {len(lines) + 1}: is not ended by a line feed"] if rest else []
    digests: dict[str, str] = {}
    last = ""
    for number, line in enumerate(lines, 1):
        digest, path, problem = _entry(line, payload)
        if not problem and path <= last:
            problem = f"{shown(path)} is out of order, or stands twice"
        if problem:
            problems.append(f"line {number}: {problem}")
            continue
        digests[path], last = digest, path
    if len(problems) > _TOLD:
        problems[_TOLD:] = [f"and {len(problems) - _TOLD} lines more that cannot be read"]
    return Manifest(digests, tuple(problems))


def _entry(line: bytes, payload: bool) -> tuple[str, str, str]:
    """Digest, path and what is wrong with them."""
    match = _LINE.fullmatch(line.decode("utf-8", "surrogateescape"))
    if match is None:
        return "", "", "is not `SHA-256, two spaces, path`"
    digest, path = match.groups()
    if why := why_unfit(path):
        return digest, path, f"{shown(path)} {why}"
    if path.startswith(DATA) is not payload:
        return digest, path, f"{shown(path)} does not lie {'in' if payload else 'outside of'} {DATA}"
    return digest, path, ""
