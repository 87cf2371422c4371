"""`scripts/test chaos [--kills N] [--seed S] [--json FILE]`: prints what was killed and what became of the records."""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from tests.chaos.run import Chaos


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/test chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=200.0, metavar="HZ", help="blocks a second of both plates")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="port-chaos-") as folder:
        chaos = Chaos(Path(folder), chosen.seed, chosen.rate)
        try:
            verdict = chaos.run(chosen.kills)
        finally:
            chaos.close()
    print(verdict.table())
    if chosen.json:
        figures = {"chaos.lost": verdict.lost, "chaos.duplicated": verdict.twice, "chaos.records": verdict.durable,
                   "chaos.samples_sent": verdict.sent, "chaos.samples_told_lost": verdict.told,
                   "chaos.samples_silent": verdict.silent, "chaos.events_absent": verdict.absent}  # fmt: skip
        chosen.json.write_text(json.dumps({"figures": figures}, indent=1) + "\n")
    return 0 if verdict.clean else 1


if __name__ == "__main__":
    sys.exit(main())
