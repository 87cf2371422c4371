"""`port recording`: what recordings hold, what is wrong with them, to whom they are sealed; open and recover them.

A sealed recording is opened by whoever has the private key of one that it is sealed to: NAME.key of `port keys new`, or
an identity file of age's. Nothing is overwritten, and what ends early leaves nothing half behind.
"""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from port_session.recorder import reader_keys

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    from port_session.recorder.age_reader import Extent
    from port_session.recorder.opening import Opened
    from port_session.recorder.read import Recording

_COPIED_BYTES = 1 << 20


def add(commands: Any) -> None:
    """The words of `port recording`."""
    parser = commands.add_parser(
        "recording", help="what recordings hold; open sealed ones, recover cut and damaged ones", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    info = actions.add_parser("info", help="0: all whole or sealed, 1: one is cut or damaged, 2: one is no recording")
    info.add_argument("paths", nargs="+", type=Path, metavar="FILE|DIR", help="recordings, or folders of sessions")
    reader_keys.add_word(info)
    info.add_argument("--json", action="store_true", help="the same as JSON, for programs")
    info.set_defaults(run=run_info)
    unseal = actions.add_parser("open", help="write what is sealed as it was before, like age -d; 1: it does not hold")
    unseal.add_argument("file", type=Path, metavar="FILE", help="a sealed recording, or any other file of age's")
    unseal.add_argument("--key", type=Path, required=True, metavar="FILE", help="a private key that it is sealed to")
    unseal.add_argument("--to", type=Path, metavar="OUT", help="where to; without it FILE without .age")
    unseal.set_defaults(run=run_open)
    recover = actions.add_parser("recover", help="a whole MCAP with index out of a cut or damaged one; 1: nothing left")
    recover.add_argument("file", type=Path, metavar="FILE", help="a recording")
    reader_keys.add_word(recover)
    recover.add_argument("--to", type=Path, metavar="OUT", help="where to; without it FILE_recovered.mcap beside it")
    recover.set_defaults(run=run_recover)


def run_info(args: argparse.Namespace) -> int:
    """Print what each recording holds and what is wrong with it."""
    from port_ros.command_line import EXIT_BAD_REQUEST, refuse
    from port_session.commands.recording_info import as_json, as_text
    from port_session.recorder.read import recordings

    files = [file for path in args.paths for file in (recordings(path) if path.is_dir() else [path])]
    if not files:
        print(f"port: no recording in {', '.join(map(str, args.paths))}", file=sys.stderr)
        return EXIT_BAD_REQUEST
    try:
        keys = reader_keys.read(args.key)
    except (OSError, ValueError) as error:
        return refuse(error)
    looked_at = [_counted(file, keys) for file in files]
    print(as_json(looked_at) if args.json else "\n".join(map(as_text, looked_at)))
    if any(one.unreadable for one in looked_at):
        return EXIT_BAD_REQUEST
    return 0 if all(one.complete or one.locked for one in looked_at) else 1


def run_open(args: argparse.Namespace) -> int:
    """Write what is sealed, as far as it holds."""
    from port_ros.command_line import refuse
    from port_session.recorder.new_file import refuse_existing
    from port_session.recorder.opening import CannotOpen, opened

    try:
        keys, target = reader_keys.read([args.key]), args.to or _without_age(args.file)
        refuse_existing(target)
        with _progress(args.file) as progress, opened(args.file, keys, progress) as source:
            if source.extent is None:
                raise CannotOpen("is not sealed")
            if source.extent.plain_bytes or source.extent.whole:
                _copy(source, target)
            return _told(args.file, target, source.extent)
    except CannotOpen as error:
        return refuse(CannotOpen(f"{args.file} {error}"))
    except (OSError, ValueError) as error:
        return refuse(error)


def run_recover(args: argparse.Namespace) -> int:
    """Write every message that holds into a new recording."""
    from port_ros.command_line import refuse
    from port_session.recorder.condition import problem, since_first
    from port_session.recorder.mcap_file import SUFFIX, stem
    from port_session.recorder.new_file import refuse_existing
    from port_session.recorder.read import RECOVERED, Recording
    from port_session.recorder.recover import recover

    target = args.to or args.file.with_name(f"{stem(args.file)}{RECOVERED}{SUFFIX}")
    try:
        refuse_existing(target)
        with _progress(args.file) as progress:
            keys = reader_keys.read(args.key)
            recording = Recording(args.file, keys=keys, watch=progress)
            count = recover(recording, target)
    except (OSError, ValueError) as error:
        return refuse(error)
    told = problem(recording, since_first(recording))
    if recording.locked or recording.unreadable:
        return refuse(ValueError(f"{args.file} {told}"))
    print(f"{args.file} {told or 'is whole: nothing was lost'}")
    if not count:
        return 1
    print(f"{target}: {count} messages of {sum(1 for many in recording.counts.values() if many)} topics")
    return 0


def _counted(file: Path, keys: "list[X25519PrivateKey]") -> "Recording":
    """Read to its end, without a look at any message."""
    from port_session.recorder.read import Recording

    with _progress(file) as progress:
        recording = Recording(file, keys=keys, watch=progress)
        for _ in recording.messages(lambda topic, kind: False):
            pass
    return recording


def _progress(file: Path) -> Any:
    from port_session.commands.progress import Progress

    return Progress(file.name)


def _without_age(file: Path) -> Path:
    if file.suffix != ".age":
        raise ValueError(f"{file} does not end with .age: say where to write, --to OUT")
    return file.with_suffix("")


def _copy(source: "Opened", target: Path) -> None:
    from port_session.recorder.new_file import new_file

    with new_file(target) as out:
        while part := source.file.read(_COPIED_BYTES):
            out.write(part)


def _told(file: Path, target: Path, extent: "Extent") -> int:
    """Say what was written; the exit code."""
    if not extent.whole:
        how = "is damaged" if extent.damaged else "was cut off, or is damaged," if extent.rest_bytes else "was cut off"
        print(f"port: {file} {how} at its byte {extent.at_byte}", file=sys.stderr)
    if extent.plain_bytes or extent.whole:
        print(f"{target}: {extent.plain_bytes} bytes{'' if extent.whole else ', all that is before that'}")
    return 0 if extent.whole else 1
