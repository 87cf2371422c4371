"""Mutation testing of the gate's pure rooms: is there a test that fails for every small change of the code?

`scripts/test mutation [FILE…]`, files relative to port_safety, as rules/keep_in.py; without any, all. Prints a row for
each file and the survivors by line. A survivor needs a reason in tests/mutation/survivors.yaml: what no test can see
(an equivalent mutant), never what a test could. Ends with 1 if less than nine in ten were killed or a survivor has no
reason.
"""

import argparse
import multiprocessing
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.mutation.mutants import mutants
from tests.mutation.report import Outcome, as_json, printed
from tests.mutation.runs import Account, Accountant, prepare, warm_up
from tests.mutation.swap import PACKAGE, pure_files
from tests.mutation.workers import Worker


def main(words: Sequence[str]) -> int:
    """The exit code; 2 where the tests fail without any mutant."""
    asked = _arguments().parse_args(words)
    files = _named(asked.files) or pure_files()
    began = time.monotonic()
    prepare()
    account = _accounted()
    if not account.good:
        print("the tests fail without any mutant", file=sys.stderr)
        return 2
    warm_up(account)
    work = [mutant for file in files for mutant in mutants(file)]
    outcomes = []
    for index, killed in Worker(work, account).results(asked.workers):
        outcomes.append(Outcome(work[index], killed))
        _tell(len(outcomes), len(work), outcomes, time.monotonic() - began)
    if asked.json:
        asked.json.write_text(as_json(outcomes, time.monotonic() - began))
    return printed(outcomes, whole=not asked.files)


def _named(names: Sequence[str]) -> list[Path]:
    """The files of these names. Ends the program at one that is none of the pure rooms'."""
    files, known = [PACKAGE / name for name in names], pure_files()
    if unknown := [str(file.relative_to(PACKAGE)) for file in files if file not in known]:
        raise SystemExit(f"{', '.join(unknown)}: no file of the pure rooms of port_safety, as rules/keep_in.py is")
    return files


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scripts/test mutation", description="small changes of the gate's pure rooms")
    parser.add_argument(
        "files", nargs="*", metavar="FILE", help="relative to port_safety, as rules/keep_in.py; default: all"
    )
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes (default: one a core)")
    parser.add_argument("--json", type=Path, help="write what came out to this file")
    return parser


def _accounted() -> Account:
    """What the tests touch, found in a child: this process imports nothing of the package."""
    context = multiprocessing.get_context("fork")
    told = context.SimpleQueue()
    child = context.Process(target=lambda: told.put(Accountant(PACKAGE).run()))
    child.start()
    account: Account = told.get()
    child.join()
    return account


def _tell(done: int, of: int, outcomes: Sequence[Outcome], seconds: float) -> None:
    """One line that renews itself."""
    if done % 20 == 0 or done == of:
        alive = sum(not each.killed for each in outcomes)
        end = "\n" if done == of else "\r"
        print(f"{done} of {of} mutants, {alive} survived, {seconds:.0f} s", end=end, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
