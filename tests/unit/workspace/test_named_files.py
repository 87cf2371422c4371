"""Files that documents and comments name are there, so that whoever follows a name finds something."""

import re

import pytest

from tests.packages import ROOT

#: Names with a folder, as "gate/state_machine.py"; NAME.py stands for any.
NAMED = re.compile(r"(?<![\w/{<*.-])([a-z_]\w*(?:/\w+)*/[a-z_]\w*\.py)\b")
FILES = [
    *ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("docs/generate/*.py"), *ROOT.glob("src/*/*/**/*.py"),
]  # fmt: skip
KNOWN = {
    path.relative_to(ROOT).as_posix()
    for folder in ("src", "tests", "docs", "config", "launch", "requirements", "scripts")
    for path in (ROOT / folder).rglob("*.*")
}


def is_there(name: str) -> bool:
    return any(f"/{path}".endswith(f"/{name}") for path in KNOWN)


@pytest.mark.parametrize(("name", "there"), [("gate/state_machine.py", True), ("gate/statemachine.py", False)])
def test_a_file_is_found_by_the_end_of_its_path(name: str, there: bool) -> None:
    assert is_there(name) is there


def test_files_that_are_named_are_there() -> None:
    wrong = {
        f"{file.relative_to(ROOT)}: {name}"
        for file in FILES
        for name in NAMED.findall(file.read_text(encoding="utf-8"))
        if not is_there(name)
    }
    assert "\n".join(sorted(wrong)) == ""
