"""`port telemetry account`: is all that the sources sent at the facility, or recorded as lost?"""

import argparse
import json
from pathlib import Path

from port_telemetry.core.source_account import SourceAccount
from port_telemetry.ingest.account import accounts, missing_events

_EXIT_UNEXPLAINED = 1


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The words of this command."""
    parser = commands.add_parser("account", help="is all that the sources sent at the facility, or recorded as lost?")
    parser.add_argument("--store", default="facility.sqlite", help="SQLite file or postgresql:// URL")
    parser.add_argument("--stop-log", type=Path, metavar="FILE", help="the gate's, stops.jsonl: are its events there?")
    parser.add_argument("--stream", default="safety/event", help="of the events, where the database has several")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """0 if everything is accounted for, 1 if not."""
    found = accounts(chosen.store)
    lines = missing_events(chosen.store, chosen.stream, chosen.stop_log) if chosen.stop_log else []
    if chosen.json:
        said = {topic: each.summary() if isinstance(each, SourceAccount) else each for topic, each in found.items()}
        print(json.dumps({"streams": said, "missing_events": [line.values for line in lines]}, indent=1))
    else:
        for topic, each in found.items():
            print(f"{topic}: {_words(each)}")
        for line in lines:
            print(f"not at the facility: line {line.number} of the stop log, {line.event}")
        if chosen.stop_log and not lines:
            print("every event of the stop log is at the facility")
    unexplained = any(isinstance(each, SourceAccount) and each.unexplained for each in found.values())
    return _EXIT_UNEXPLAINED if unexplained or lines else 0


def _words(account: SourceAccount | str) -> str:
    if isinstance(account, str):
        return f"{account}: only its team can tell"
    said = [f"{account.sent} samples sent", f"{account.stored - account.twice} at the facility"]
    said += [f"{account.on_wire} lost on the wire"] if account.on_wire else []
    said += [f"{count} {reason}" for reason, count in sorted(account.lost.items())]
    said += [f"{account.unexplained} LOST IN SILENCE"] if account.unexplained else []
    said += [f"{account.twice} twice"] if account.twice else []
    said += [f"{account.starts} starts of the source"] if account.starts > 1 else []
    return ", ".join(said)
