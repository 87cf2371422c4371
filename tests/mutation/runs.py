"""Runs tests in a warm process: what each of them touches, and, in one forked child a mutant, whether one fails.

Every child ends with an exit code: KILLED or SURVIVED; a child that dies, by its time limit too, has killed its mutant.
"""

import contextlib
import importlib
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import coverage
import pytest
from hypothesis import HealthCheck, Phase, settings

ROOT = Path(__file__).parents[2]
#: All tests of the pure rooms, and of the property tests those that hold it against its promises in seconds.
TESTS = (
    ROOT / "tests/unit/port_safety",
    ROOT / "tests/property/test_commands.py",
    ROOT / "tests/property/test_stop_profiles.py",
)
SURVIVED, KILLED = 0, 1
#: A mutant that needs so much memory or time is stuck: killed. Time is the processor's, a busy machine kills nobody.
_MEMORY_BYTES = 4 << 30
_TIME_S, _TIME_FACTOR = 2.0, 3.0
#: That a test failed is enough: nobody reads why.
_OPTIONS = (
    "-q",
    "-x",
    "--assert=plain",
    "--tb=native",
    "--capture=sys",
    "-p",
    "no:xdist",
    "-o",
    "timeout=0",
    "--rootdir",
    str(ROOT),
)


@dataclass
class Account:
    """What the tests do without any mutant: lines touched of each file by test, seconds of each test.

    others: the modules of other people that they import.
    """

    good: bool = False
    lines: dict[str, dict[int, list[str]]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)

    def touching(self, file: Path, lines: range) -> list[str]:
        """The tests that run one of these lines, fastest first; the empty name stands for the import."""
        of_file = self.lines.get(str(file), {})
        found = {test for line in lines for test in of_file.get(line, ())}
        return sorted(found, key=lambda test: self.seconds.get(test, 0.0))


def prepare() -> None:
    """The same examples on every run, fewer of them, none of them made simpler, and no test fails for being slow."""
    settings.register_profile(
        "mutation", derandomize=True, deadline=None, database=None, max_examples=20,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    settings.load_profile("mutation")


def warm_up(account: Account) -> None:
    """Import what is not ours: no child needs to do it again."""
    for name in account.others:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


def ask(plugin: object) -> int:
    """One run of pytest over the tests in this process, with nothing printed."""
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
    return int(pytest.main([*_OPTIONS, *map(str, TESTS)], plugins=[plugin]))


class Accountant:
    """Plugin: notes what each test touches and how long it takes."""

    def __init__(self, package: Path) -> None:
        self.account = Account()
        self._coverage = coverage.Coverage(data_file=None, include=[f"{package}/*"], config_file=False, messages=False)

    def run(self) -> Account:
        """All tests once."""
        self._coverage.start()
        self.account.good = ask(self) == pytest.ExitCode.OK
        self._coverage.stop()
        data = self._coverage.get_data()
        for name in data.measured_files():
            self.account.lines[name] = data.contexts_by_lineno(name)
        self.account.others = [name for name in sys.modules if not name.startswith(("port_", "tests", "_"))]
        return self.account

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> object:
        self._coverage.switch_context(item.nodeid)
        began = time.process_time()
        done = yield
        self.account.seconds[item.nodeid] = time.process_time() - began
        self._coverage.switch_context("")
        return done


class Chosen:
    """Plugin: of what was collected only these tests, in this order, until one fails."""

    def __init__(self, tests: Sequence[str], seconds: dict[str, float]) -> None:
        self._tests = tests
        self._seconds = seconds

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        by_name = {item.nodeid: item for item in session.items}
        run([by_name[name] for name in self._tests if name in by_name], self._seconds)
        return True


def run(items: Sequence[pytest.Item], seconds: dict[str, float]) -> None:
    """Run them until one fails, and end this process with what they say."""
    for item in items:
        signal.setitimer(signal.ITIMER_PROF, _TIME_S + _TIME_FACTOR * seconds.get(item.nodeid, 0.0))
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
        if item.session.testsfailed:
            os._exit(KILLED)
    os._exit(SURVIVED)


def in_child(job: Callable[[], object]) -> bool:
    """Fork, do `job`, which ends the process, and wait: whether the mutant was killed."""
    child = os.fork()
    if child == 0:
        try:
            resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
            signal.setitimer(signal.ITIMER_PROF, 60.0)
            job()
        finally:
            os._exit(KILLED)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != SURVIVED
