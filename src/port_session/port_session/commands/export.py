"""`port export`: the force plate samples of a recorded session as C3D and CSV.

Both hold every sample as it was recorded; lost ones are visibly missing. C3D needs to know where the plates lie, which
the session's folder says.
"""

import argparse
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from port_session.recorder import reader_keys

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    from port_sensors.core.surface import Surface
    from port_session.export.tracks import Track
    from port_session.recorder.read import Recording


def add(commands: Any) -> None:
    """The words of `port export`."""
    parser = commands.add_parser("export", help="force plate samples as C3D and CSV", description=__doc__)
    parser.add_argument("out", type=Path, metavar="FILE|DIR", help="a recording, or the folder of a session")
    parser.add_argument("--c3d", type=Path, metavar="FILE", help="where to write C3D")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="where to write CSV")
    parser.add_argument("--picture", type=Path, metavar="FILE", help="draw the centre of pressure (SVG or PNG)")
    parser.add_argument("--plate", action="append", default=[], metavar="NAME", help="this plate only; may be repeated")
    parser.add_argument("--from", dest="from_s", type=float, default=0.0, metavar="S", help="seconds after the start")
    parser.add_argument("--to", dest="to_s", type=float, default=math.inf, metavar="S", help="seconds after the start")
    reader_keys.add_word(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """0: written; 1: cannot be written so, or what was written is not all; 2: nothing there, or nothing asked for."""
    from port_ros.command_line import refuse
    from port_session.export import c3d_file, csv_file
    from port_session.export.plates import surfaces
    from port_session.export.tracks import aligned, between

    if not (args.c3d or args.csv or args.picture):
        print("port: say what to write: --c3d FILE, --csv FILE, --picture FILE", file=sys.stderr)
        return 2
    if not args.out.exists():
        print(f"port: {args.out}: no such file or folder", file=sys.stderr)
        return 2
    try:
        keys = reader_keys.read(args.key)
    except (OSError, ValueError) as error:
        return refuse(error)
    recorded, files = _tracks(args.out, keys)
    found = [track for track in recorded if not args.plate or track.name in args.plate]
    wrong = _wrong(files, found)
    if not found:
        print(f"port: no samples of {' or '.join(args.plate) or 'any plate'} in {args.out}", file=sys.stderr)
        _tell([*wrong, *_locked(files)])
        return 2
    try:
        known = surfaces(args.out if args.out.is_dir() else args.out.parent)
        tracks = between(aligned(found), args.from_s, args.to_s)
        for path, write in ((args.c3d, c3d_file.write), (args.csv, csv_file.write), (args.picture, _draw)):
            if path:
                write(tracks, known, path)
    except (ValueError, OSError) as error:
        refuse(error)
        return 1
    for track in tracks:
        print(f"{track.name}: {len(track.wrench)} samples at {track.rate_hz:g} Hz, {track.lost} of them lost")
        for remark in track.remarks:
            print(f"  {remark}")
    _tell([*wrong, *_locked(files)])
    return 1 if wrong else 0


def _draw(tracks: "list[Track]", known: "dict[str, Surface]", path: Path) -> None:
    # Only who wants a picture waits for matplotlib.
    from port_session.export import picture

    picture.write(tracks, known, path)


def _tracks(out: Path, keys: "list[X25519PrivateKey]") -> "tuple[list[Track], list[Recording]]":
    from port_session.export.tracks import WRENCH_BLOCK, collect
    from port_session.recorder.clock import Clock
    from port_session.recorder.read import in_time, recordings

    clock = Clock()
    files = in_time(recordings(out) if out.is_dir() else [out], clock, keys)
    found = (one for file in files for one in file.messages(lambda _, kind: kind == WRENCH_BLOCK))
    return collect(found), files


def _wrong(files: "list[Recording]", tracks: "list[Track]") -> list[str]:
    """What is not there, a line for each file; times as those of --from: since the first sample."""
    from port_session.recorder.condition import problem

    def seconds(stamp_ns: int) -> float:
        clock = files[0].clock
        start_ns = min((track.start_ns for track in tracks), default=files[0].first_ns or 0)
        return (clock.time_ns(stamp_ns) - clock.time_ns(start_ns)) / 1e9

    return [f"{file.path} {told}" for file in files if not file.locked and (told := problem(file, seconds))]


def _locked(files: "list[Recording]") -> list[str]:
    """What no key opens, a line for each file: whether it holds samples, too, is not known."""
    return [f"{file.path} {file.locked}" for file in files if file.locked]


def _tell(wrong: list[str]) -> None:
    for line in wrong:
        print(f"port: {line}", file=sys.stderr)
