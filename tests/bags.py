"""A small folder of evidence, SSH keys, and bags made of both, for the tests that seal and verify."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

from port_session.bag import facts
from port_session.bag.seal import Sealed, seal
from port_session.bag.signatures import Signer

BEGAN_NS, ENDED_NS = 1_800_000_002_000_000_001, 1_800_000_036_000_000_123
SESSION = {
    "session": "demo", "robot": "sim_wheeled", "team": "blue", "ground": "hall_lane", "trial": "lane_drive",
    "kind": "test", "site": "shuangpu", "edge": "edge-1", "state": "REVIEWED",
    "runs": [{"number": 1, "void": ""}, {"number": 2, "void": "a person walked in"}],
}  # fmt: skip
EVENTS = [
    {"stream": "session", "stamp_ns": BEGAN_NS, "accepted": True, "after": "ADMITTED"},
    {"stream": "safety", "stamp_ns": ENDED_NS - 5, "after": "STOPPED"},
    {"stream": "session", "stamp_ns": ENDED_NS - 1, "accepted": False, "after": "COMPLETED"},
    {"stream": "session", "stamp_ns": ENDED_NS, "accepted": True, "after": "COMPLETED"},
    {"stream": "session", "stamp_ns": ENDED_NS + 7, "accepted": True, "after": "REVIEWED"},
]


def evidence(folder: Path) -> Path:
    """Write it into the new folder."""
    content = {
        "session.json": json.dumps(SESSION).encode(),
        "events.jsonl": "".join(json.dumps(event) + "\n" for event in EVENTS).encode(),
        "stops.jsonl": b"{}\n",
        "report.html": b"<p>report</p>",
        "session.mcap": bytes(range(256)) * 40,
        "plates.mcap.age": b"age-encryption.org/v1\n" + bytes(100),
        "log/gate 1.log": b"",
        "devices/左.json": b"{}",
    }
    for path, data in content.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    return folder


def make_key(file: Path, kind: str = "ed25519", passphrase: str = "") -> Path:
    """A new SSH key."""
    words = ["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", "", "-f", str(file)]
    subprocess.run(words, check=True, stdin=subprocess.DEVNULL)
    return file


def sealed(folder: Path, bag: Path, signers: Sequence[Signer]) -> Sealed:
    """`folder` sealed as `bag`."""
    return seal(folder, bag, facts.read(folder), signers)


def signers_file(file: Path, **keys: Path) -> Path:
    """Whose key is whose; a name's _ stands for a dash."""
    lines = []
    for name, key in keys.items():
        public = " ".join(key.with_name(key.name + ".pub").read_text().split()[:2])
        lines.append(f'{name.replace("_", "-")} namespaces="port-bag" {public}\n')
    file.write_text("".join(lines))
    return file


def tree(folder: Path) -> dict[str, bytes]:
    """Every file by its path."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
