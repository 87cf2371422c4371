"""Puts mutants to the tests: as many processes as there are workers, each with everything imported, a fork a mutant.

A mutant in the body of a function is swapped into a process that has collected all tests already. One at the level of
its module or class, or in a line that runs during import, needs a process that imports everything anew.
"""

import gc
import multiprocessing
import os
from collections.abc import Iterator, Sequence
from functools import partial
from multiprocessing.sharedctypes import Synchronized

import pytest

from tests.mutation.mutants import Mutant
from tests.mutation.runs import KILLED, Account, Chosen, ask, in_child, run
from tests.mutation.swap import MutantFinder, loaded_functions, swap

_CONTEXT = multiprocessing.get_context("fork")


class Worker:
    """One process: first what has to be imported anew, then, as a plugin of pytest, what can be swapped."""

    def __init__(self, work: Sequence[Mutant], account: Account) -> None:
        self._work = work
        self._account = account
        self._swapped = [index for index, mutant in enumerate(work) if can_be_swapped(mutant, account)]
        self._imported = sorted(set(range(len(work))) - set(self._swapped))
        self._turns: tuple[Synchronized[int], Synchronized[int]] = (_CONTEXT.Value("i", 0), _CONTEXT.Value("i", 0))
        self._reader, self._writer = _CONTEXT.Pipe(duplex=False)

    def results(self, workers: int) -> Iterator[tuple[int, bool]]:
        """Index of each mutant and whether it was killed, as they come. Raises EOFError when all workers died."""
        processes = [_CONTEXT.Process(target=self._process, daemon=False) for _ in range(workers)]
        for process in processes:
            process.start()
        self._writer.close()
        for _ in self._work:
            yield self._reader.recv()
        for process in processes:
            process.join()

    def _process(self) -> None:
        self._reader.close()  # so that the next word to a parent that was killed ends this process too
        for index in _taken(self._turns[0], self._imported):
            self._writer.send((index, in_child(partial(self._import, self._work[index]))))
        if self._swapped:
            ask(self)

    def _import(self, mutant: Mutant) -> None:
        MutantFinder(mutant).install()
        tests = sorted(self._account.seconds, key=lambda test: self._account.seconds[test])
        ask(Chosen(tests, self._account.seconds))
        os._exit(KILLED)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in session.items}
        functions = loaded_functions()
        gc.freeze()

        def job(mutant: Mutant) -> None:
            swap(mutant, functions)
            chosen = self._account.touching(mutant.file, mutant.place.lines)
            run([items[test] for test in chosen], self._account.seconds)

        for index in _taken(self._turns[1], self._swapped):
            self._writer.send((index, in_child(partial(job, self._work[index]))))
        return True


def can_be_swapped(mutant: Mutant, account: Account) -> bool:
    """Whether nothing but a function's code changes, and nobody has called it before the tests run."""
    return mutant.place.body_of is not None and "" not in account.touching(mutant.file, mutant.place.lines)


def _taken(turn: "Synchronized[int]", order: Sequence[int]) -> Iterator[int]:
    """The indices that fall to this process."""
    while True:
        with turn.get_lock():
            mine = turn.value
            turn.value += 1
        if mine >= len(order):
            return
        yield order[mine]
