"""What every test may use: a ROS domain of its own."""

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.loopback import loopback

# How long an example takes says something about the machine, which is small and shared; nothing about the code.
_unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
# The same examples on every run: what fails here failed for the one who made the change, too.
settings.register_profile("port", _unhurried, derandomize=True)
# Others on every run (`scripts/test long`): here the search goes on.
settings.register_profile("explore", _unhurried, print_blob=True)
settings.load_profile("port")

_domains = itertools.count(1)
_DOMAINS_A_WORKER = 19


def next_domain() -> int:
    """A ROS domain id that no other test of this run uses now: 1 to 76; sessions lease themselves some from 80 on."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
    return 1 + _DOMAINS_A_WORKER * (worker % 4) + (os.getpid() * 7 + next(_domains)) % _DOMAINS_A_WORKER


@pytest.fixture
def ros_domain(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A ROS domain id that no other test of this run uses; set in the environment, loopback only."""
    domain = next_domain()
    monkeypatch.setenv("ROS_DOMAIN_ID", str(domain))
    for name, value in loopback().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("ROS_PYTHON_CHECK_FIELDS", "1")
    yield domain


@pytest.fixture(scope="session", autouse=True)
def _state_of_the_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What port keeps beyond a session (its catalogue, e-stop tests) is not that of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture
def runtime_root(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for runtime folders, set in the environment; short, because sockets lie below it."""
    folder = Path(tempfile.mkdtemp(prefix="port-", dir="/tmp"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
