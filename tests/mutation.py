"""Mutation testing of the gate's core: is there a test that fails for every small change of the code?

`scripts/test mutation [FILE…]`, files relative to port_safety/core; without any, the most critical ones. Works on a
copy, one mutant after the other, by cosmic-ray. Prints a row for each file and the survivors by line.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from cosmic_ray.work_db import WorkDB, use_db

ROOT = Path(__file__).parents[1]
CORE = Path("src/port_safety/port_safety/core")
UNIT = "tests/unit/port_safety"
#: Tests that are asked first, by file; every other file is held against all unit tests of the gate.
TESTS = {
    "machine.py": ("test_machine.py",),
    "hold.py": ("test_held.py",),
    "held.py": ("test_held.py",),
    "permits.py": ("test_held.py",),
    "recovery.py": ("test_held.py",),
    "stop.py": ("test_gate.py", "test_held.py", "test_what_went_wrong_elsewhere.py"),
    "stricter.py": ("test_amendment.py",),
    "amendment.py": ("test_amendment.py",),
}
CRITICAL = (
    "machine.py", "hold.py", "stop.py", "verdict.py", "stricter.py", "held.py", "permits.py", "recovery.py", "asks.py",
    "stopping.py", "gate.py", "reading.py",
)  # fmt: skip
TIMEOUT_S = 120.0


def main(names: Sequence[str]) -> int:
    """0 if nine in ten mutants of every file were killed."""
    files = [CORE / name for name in names or CRITICAL]
    good = True
    print(f"{'file':<24} mutants  killed  score")
    with tempfile.TemporaryDirectory(prefix="port-mutation-") as folder:
        copy = _copied(Path(folder))
        for file in files:
            outcomes = list(_mutated(copy, file))
            killed = sum(kill for kill, _ in outcomes)
            score = killed / len(outcomes) if outcomes else 1.0
            good = good and score >= 0.9
            print(f"{file.relative_to(CORE)!s:<24} {len(outcomes):>7}  {killed:>6}  {score:>5.0%}", flush=True)
            for line in sorted({where for kill, where in outcomes if not kill}):
                print(f"    survived: {line}", flush=True)
    return 0 if good else 1


def _copied(folder: Path) -> Path:
    for name in ("src/port_safety", "tests", "config", "docs"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "build"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def _mutated(copy: Path, file: Path) -> Iterator[tuple[bool, str]]:
    """Of each mutant of `file`: whether a test failed, and where and how it was changed."""
    tests = " ".join(f"{UNIT}/{name}" for name in TESTS.get(file.name, ("",)))
    (copy / "mutation.toml").write_text(
        f'[cosmic-ray]\nmodule-path = ["{file}"]\ntimeout = {TIMEOUT_S}\nexcluded-modules = []\n'
        f'test-command = "{sys.executable} -m pytest -x -q {tests}"\n'
        '[cosmic-ray.distributor]\nname = "local"\n'
    )
    database = copy / "mutation.sqlite"
    database.unlink(missing_ok=True)
    environment = {**os.environ, "PYTHONPATH": f"{copy / 'src/port_safety'}:{copy}", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "cosmic_ray.cli"]
    for words in (["init", "mutation.toml", database.name], ["exec", "mutation.toml", database.name]):
        subprocess.run([*command, *words], cwd=copy, env=environment, check=True)
    with use_db(database, WorkDB.Mode.open) as found:
        for item, result in found.completed_work_items:
            mutation = item.mutations[0]
            line, _ = mutation.start_pos
            text = (copy / file).read_text().splitlines()[line - 1].strip()
            yield result.is_killed, f"line {line}: {mutation.operator_name.split('/')[-1]}: {text}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
