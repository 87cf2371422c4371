"""The instrument behind "no callback waits": it sees waits through any library, and locks held meanwhile."""

import os
import threading
import time

from tests.watched_threads import Watch, watch

__all__ = ["watch"]


def test_a_wait_is_seen_on_its_thread(watch: Watch) -> None:
    thread = threading.Thread(target=lambda: os.read(os.open("/dev/null", os.O_RDONLY), 1), name="reader")
    thread.start()
    thread.join()
    assert [wait.call for wait in watch.of("reader")] == ["posix.open", "posix.read"]
    assert not watch.locked()
    with watch.here():
        time.sleep(0)
    assert [wait.call for wait in watch.of(threading.current_thread().name)] == ["time.sleep"]


def test_a_wait_with_a_lock_held_is_seen_and_one_without_is_told_apart(watch: Watch) -> None:
    lock = threading.Lock()
    with watch.here():
        with lock:
            time.sleep(0)
        time.sleep(0)
        threading.Event().wait(0)
    assert [wait.locked for wait in watch.waits if wait.call == "time.sleep"] == [True, False]
    assert len(watch.locked()) == 1, "waiting for an event lets its lock go"
