"""When a machine counts as too busy, and what is said then."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from port_ros.machine_load import LateWakes, LoadWatch, MachineLoad, read, remedy_for_late
from tests.waiting import wait_until


@pytest.mark.parametrize(
    ("load", "busy"),
    [
        (MachineLoad(13.2, 2, 0.97), True),
        (MachineLoad(13.2, 2, None), True),  # a kernel that does not measure pressure
        (MachineLoad(13.2, 2, 0.1), False),  # it was busy a moment ago
        (MachineLoad(13.2, 16, 0.97), False),
        (MachineLoad(2.0, 2, 0.6), False),  # a session alone on a small machine
        (MachineLoad(0.5, 2, 0.0, late_s=0.6), True),  # the work of others does not show in a container's figures
        (MachineLoad(0.5, 2, 0.0, late_s=0.1), False),
    ],
)
def test_busy(load: MachineLoad, busy: bool) -> None:
    assert load.busy is busy
    assert (load.slowness > 1.0) is (busy and load.load > load.cores)


def test_it_is_said_in_one_line() -> None:
    assert str(MachineLoad(13.2, 2, 0.97)) == "load 13 on 2 cores"
    assert str(MachineLoad(3.0, 1, None, 0.61)) == "load 3 on 1 core, a thread woke 0.6 s late"


def test_a_device_is_blamed_only_where_the_machine_had_time_for_it() -> None:
    assert remedy_for_late("check its cable", MachineLoad(0.2, 2, 0.01)) == "check its cable"
    said = remedy_for_late("check its cable", MachineLoad(13.2, 2, 0.97))
    assert said == ("this machine is too busy (load 13 on 2 cores), end other work on it; if it stays, check its cable")


def test_what_the_kernel_says_is_read(tmp_path: Path) -> None:
    (tmp_path / "loadavg").write_text("13.17 9.50 4.02 14/233 28882\n")
    assert read(0.3, tmp_path) == MachineLoad(13.17, len(os.sched_getaffinity(0)), None, 0.3)
    (tmp_path / "pressure").mkdir()
    (tmp_path / "pressure" / "cpu").write_text(
        "some avg10=96.40 avg60=2.54 avg300=2.33 total=16208038\nfull avg10=0.00\n"
    )
    assert read(0.0, tmp_path).waiting_share == pytest.approx(0.964)


def test_this_machine_is_read() -> None:
    here = read()
    assert here.load >= 0.0 and here.cores >= 1


def test_a_late_wake_is_remembered_for_a_while() -> None:
    wakes = LateWakes()
    wakes.woke(1.0, 1.01)
    assert wakes.worst_s(1.01) == 0.0
    wakes.woke(2.0, 2.7)
    wakes.woke(3.0, 3.4)
    assert wakes.worst_s(4.0) == pytest.approx(0.7)
    assert wakes.worst_s(13.0) == pytest.approx(0.4)
    assert wakes.worst_s(14.0) == 0.0


def test_a_process_that_got_no_processor_knows_it() -> None:
    """Stopped from outside: the processor is given to others, as on a machine that is far too busy."""
    program = (
        "import sys, time\nfrom port_ros.machine_load import LoadWatch\nwatch = LoadWatch()\n"
        "print('watches', flush=True)\n"
        "while watch.look().late_s < 0.3: time.sleep(0.02)\n"
        "print(watch.look().busy, flush=True)\nwatch.close()\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "watches\n"
        process.send_signal(signal.SIGSTOP)
        wait_until(lambda: _state(process.pid) == "T", what="it is stopped")
        time.sleep(0.6)
        process.send_signal(signal.SIGCONT)
        assert process.stdout.readline() == "True\n"
        assert process.wait(60) == 0


def _state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def test_its_thread_ends_with_it() -> None:
    watch = LoadWatch()
    assert watch.look().late_s >= 0.0
    watch.close()
    assert not watch._thread.is_alive()
