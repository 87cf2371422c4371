"""A recorder in a process of its own, to be killed: python -m tests.recorder_child FOLDER GROUND_PUB TEAM_PUB.

It records 200 numbered messages a second on /ground and on /team into two files, and prints a line whenever more is on
the disk: how many of each.
"""

import sys
import time
from pathlib import Path

from port_session.recorder.split_recorder import RecordedFile, SplitRecorder
from port_telemetry.key_files import public_key

TOPICS = ("/ground", "/team")
PERIOD_S = 0.005


def message(number: int) -> bytes:
    """A std_msgs/String as CDR."""
    text = f"{number:09}".encode()
    return b"\x00\x01\x00\x00" + (len(text) + 1).to_bytes(4, "little") + text + b"\x00"


def files(folder: Path, keys: list[str]) -> list[RecordedFile]:
    """One for the ground, one for the team."""
    named = zip(("session", "session_team"), TOPICS, keys, strict=True)
    return [RecordedFile(folder / f"{name}.mcap.age", (topic,), (public_key(Path(key)),)) for name, topic, key in named]


def main() -> None:
    folder, *keys = sys.argv[1:]
    recorder = SplitRecorder(files(Path(folder), keys))
    for topic in TOPICS:
        recorder.add_topic(topic, "std_msgs/msg/String", "string data\n", {})
    number, told, due_s = 0, (0, 0), time.monotonic()
    while True:
        for topic in TOPICS:
            recorder.put(topic, time.time_ns(), message(number))
        number += 1
        written = recorder.counts().written
        saved = (written.get(TOPICS[0], 0), written.get(TOPICS[1], 0))
        if saved != told:
            told = saved
            print(*told, flush=True)
        due_s = max(due_s + PERIOD_S, time.monotonic() - 1.0)
        time.sleep(max(0.0, due_s - time.monotonic()))


if __name__ == "__main__":
    main()
