"""The recorder sealed beside the recorder open: the same messages into both, in turns; share of a core, what is lost.

Two loads: what a session of port records (two plates at 2 kHz, e-stop, gate, robot), and a busy one with pictures
(2,570 messages a second, 6.7 MB). Only the time of the recorder's own thread counts: it is the one that compresses,
seals and writes. Lost is what is not there of a recording whose recorder was killed.
"""

import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from port_session.recorder.read import Recording
from port_session.recorder.recorder import Recorder
from tests.packages import ROOT
from tests.recorder_keys import key_pair

SECONDS = 10.0
KILLS_A_ROUND = 2


@dataclass(frozen=True)
class Topic:
    """So many messages a second, of so many bytes. share: of its bytes that no compression makes smaller."""

    name: str
    rate_hz: float
    length: int
    share: float


SESSION = (
    Topic("/plates/left", 100.0, 560, 0.5), Topic("/plates/right", 100.0, 560, 0.5), Topic("/estop", 50.0, 200, 0.1),
    Topic("/safety", 50.0, 500, 0.1), Topic("/odom", 50.0, 720, 0.1), Topic("/cmd_vel", 50.0, 52, 0.2),
    Topic("/cmd_vel_request", 50.0, 52, 0.2), Topic("/pose", 15.0, 360, 0.2), Topic("/diagnostics", 10.0, 900, 0.1),
)  # fmt: skip
BUSY = (Topic("/pictures", 30.0, 200_000, 1.0), Topic("/plates", 400.0, 560, 0.5), Topic("/joints", 2140.0, 220, 0.2))
LOADS = {"": BUSY, "session_": SESSION}


def measure(rounds: int) -> tuple[dict[str, float], dict[str, Any]]:
    """Figures by key, and every round's values."""
    detail: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory(prefix="port-bench-") as name:
        recipient = key_pair(Path(name), "team").recipient
        for number in range(rounds):
            print(f"recorder: round {number + 1} of {rounds}", file=sys.stderr)
            for load, topics in LOADS.items():
                for kind, recipients in (("open", ()), ("sealed", (recipient,)))[:: 1 if number % 2 else -1]:
                    share_pct, file_mb = _round(Path(name), topics, recipients)
                    detail.setdefault(f"{load}{kind}_cpu_pct", []).append(share_pct)
                    detail.setdefault(f"{load}{kind}_mb_an_hour", []).append(file_mb * 3600.0 / SECONDS)
            detail.setdefault("lost_s", []).extend(_lost_s(Path(name)) for _ in range(KILLS_A_ROUND))
    figures = {f"recorder.{key}": statistics.median(values) for key, values in detail.items()}
    for load in LOADS:
        ratio = figures[f"recorder.{load}sealed_cpu_pct"] / figures[f"recorder.{load}open_cpu_pct"]
        figures[f"recorder.{load}seal_ratio"] = ratio
    figures["recorder.lost_s"] = max(detail["lost_s"])
    return figures, detail


def _round(folder: Path, topics: Sequence[Topic], recipients: Sequence[X25519PublicKey]) -> tuple[float, float]:
    """Share of a core of the recorder's thread, in percent; size of its file, in MB."""
    path = folder / f"{time.monotonic_ns()}.mcap"
    recorder = Recorder(path, recipients=recipients)
    [thread] = [one for one in threading.enumerate() if one.name == "recorder"]
    for topic in topics:
        recorder.add_topic(topic.name, "std_msgs/msg/String", "string data\n", {})
    before_s, begin_s = _cpu_s(thread), time.monotonic()
    for topic, data in _paced(topics, SECONDS):
        recorder.put(topic.name, time.time_ns(), data)
    used_s, took_s = _cpu_s(thread) - before_s, time.monotonic() - begin_s
    recorder.close()
    assert not recorder.counts().lost, "it is to be compared with all messages in it"
    size_mb = path.stat().st_size / 1e6
    path.unlink()
    return 100.0 * used_s / took_s, size_mb


def _cpu_s(thread: threading.Thread) -> float:
    """Time on a processor (Linux: schedstat)."""
    return int(Path(f"/proc/self/task/{thread.native_id}/schedstat").read_text().split()[0]) / 1e9


def _paced(topics: Sequence[Topic], seconds: float) -> Iterator[tuple[Topic, bytes]]:
    """The messages of so many seconds, in time."""
    chance = random.Random(1)
    kinds = {topic: _kinds(topic, chance) for topic in topics}
    due = sorted((number / topic.rate_hz, topic.name, topic, number) for topic in topics
                 for number in range(round(seconds * topic.rate_hz)))  # fmt: skip
    begin_s = time.monotonic()
    for at_s, _, topic, number in due:
        time.sleep(max(0.0, begin_s + at_s - time.monotonic()))
        yield topic, kinds[topic][number % len(kinds[topic])]


def _kinds(topic: Topic, chance: random.Random) -> list[bytes]:
    noise = round(topic.share * topic.length)
    return [chance.randbytes(noise) + bytes(topic.length - noise) for _ in range(50)]


def _lost_s(folder: Path) -> float:
    """A recorder killed at a random moment: how long before that the last message was taken that is there."""
    out = folder / f"{time.monotonic_ns()}"
    pairs = [key_pair(out, name) for name in ("ground", "team")]
    command = [sys.executable, "-m", "tests.recorder_child", str(out), *(str(pair.public) for pair in pairs)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(random.uniform(0.5, 3.0))
    finally:
        process.kill()
        killed_ns = time.time_ns()
        process.communicate()
    recording = Recording(out / "session.mcap.age", keys=[pairs[0].key])
    last_ns = max(one.log_ns for one in recording.messages())
    return (killed_ns - last_ns) / 1e9
