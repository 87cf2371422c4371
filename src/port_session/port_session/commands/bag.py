"""`port bag`: a session's evidence sealed, so that anybody can check it for ever, without port too.

  seal DIR      a BagIt bag with an RO-Crate, signed; DIR stays
  sign BAG      one more person signs a bag that is whole
  verify BAG    what was changed, is missing or was added, and who signed
  show BAG      what is in it

exit code of verify: 0 whole, and every signature is by somebody in the file --signers; 1 something is wrong, or nobody
says whose the signatures are; 2 it cannot be read
"""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from port_session.bag.facts import Facts
    from port_session.bag.integrity import Contents
    from port_session.bag.signatures import Signer

_KEY_HELP = "SSH private key, or its .pub where ssh-agent has the private one"


def add(commands: Any) -> None:
    """The words of `port bag`."""
    parser = commands.add_parser(
        "bag", help="seal a session's evidence, sign it, verify it", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    seal = _action(actions, "seal", run_seal, "make a signed bag of a session's folder")
    seal.add_argument("folder", type=Path, metavar="DIR", help="the folder of a session's evidence")
    add_seal_options(seal)
    sign = _action(actions, "sign", run_sign, "verify that a bag is whole, and sign it")
    sign.add_argument("bag", type=Path, metavar="BAG")
    _add_signer(sign)
    verify = _action(actions, "verify", run_verify, "0: whole and signed by known signers, 1: not, 2: cannot be read")
    verify.add_argument("bag", type=Path, metavar="BAG")
    verify.add_argument("--signers", type=Path, metavar="FILE", help="whose key is whose: allowed signers")
    verify.add_argument("--require", action="append", default=[], metavar="NAME", help="must have signed; repeatable")
    show = actions.add_parser("show", help="what is in a bag, and who signed")
    show.add_argument("bag", type=Path, metavar="BAG")
    show.set_defaults(run=run_show)


def _action(actions: Any, name: str, run: Any, text: str) -> Any:
    parser = actions.add_parser(name, help=text)
    parser.add_argument("--json", action="store_true", help="the same as JSON, for programs")
    parser.set_defaults(run=run)
    return parser


def add_seal_options(parser: Any) -> None:
    """Who signs, and where the bag goes."""
    _add_signer(parser)
    parser.add_argument("--edge-key", type=Path, metavar="KEY", help="the edge signs, too, by its name in session.json")
    parser.add_argument("--to", type=Path, metavar="BAG", help="the new folder (default: DIR.bag)")


def _add_signer(parser: Any) -> None:
    parser.add_argument("--by", required=True, metavar="NAME", help="who signs, for example li.wei@example.org")
    parser.add_argument("--key", required=True, type=Path, metavar="KEY", help=_KEY_HELP)


def run_seal(args: argparse.Namespace) -> int:
    """0: sealed; 2: cannot be, and nothing was written."""
    from port_ros.command_line import refuse
    from port_session.bag import facts
    from port_session.bag.layout import BagError
    from port_session.bag.seal import seal

    try:
        folder = args.folder.resolve(strict=True)
        _refuse_running(folder)
        told = facts.read(folder)
        _remark(folder, told)
        sealed = seal(folder, args.to or folder.with_name(f"{folder.name}.bag"), told, _signers(args, told))
    except (BagError, OSError) as error:
        return refuse(error)
    keys = {name: f"{one.key_type} {one.fingerprint}" for name, one in sealed.keys.items()}
    if args.json:
        document = {"bag": str(sealed.bag), "files": sealed.files, "bytes": sealed.bytes, "signers": keys}
        print(json.dumps(document, indent=2))
        return 0
    print(f"{sealed.bag}: {told.line()}; {sealed.files} files sealed")
    for name, key in keys.items():
        print(f"  signed by {name}, {key}")
    return 0


def run_sign(args: argparse.Namespace) -> int:
    """0: signed; 1: the bag is not whole; 2: cannot be signed."""
    from port_ros.command_line import refuse
    from port_session.bag import signatures, ssh_signature
    from port_session.bag.layout import BagError
    from port_session.bag.show import verdict_lines
    from port_session.bag.verify import verify

    try:
        signer = signatures.Signer(args.by, args.key)
        ssh_signature.check_key(signer.key)
        verdict = verify(args.bag)
        if not verdict.may_be_signed:
            for line in verdict_lines(args.bag, verdict, None):
                print(line)
            print("port: nobody signs a bag that is not whole", file=sys.stderr)
            return 1
        key = signatures.add(args.bag, [signer])[signer.name]
    except (BagError, OSError) as error:
        return refuse(error)
    told = f"{key.key_type} {key.fingerprint}"
    if args.json:
        print(json.dumps({"bag": str(args.bag), "signers": {signer.name: told}}, indent=2))
    else:
        print(f"{args.bag}: signed by {signer.name}, {told}")
    return 0


def run_verify(args: argparse.Namespace) -> int:
    """See the exit codes above."""
    from port_ros import named_file
    from port_ros.command_line import refuse
    from port_session.bag.layout import BagError
    from port_session.bag.show import verdict_document, verdict_lines
    from port_session.bag.verify import verify

    try:
        if args.signers:
            named_file.check(args.signers)
            if args.signers.resolve().is_relative_to(args.bag.resolve()):
                print(
                    f"port: {args.signers} lies in the bag: whoever made that wrote it; have one of yours",
                    file=sys.stderr,
                )
        elif args.require:
            raise BagError("--require needs --signers: whose key is whose is not in the bag")
        verdict = verify(args.bag, args.signers, args.require)
    except (BagError, OSError) as error:
        return refuse(error)
    if args.json:
        print(json.dumps(verdict_document(args.bag, verdict), indent=2, ensure_ascii=False))
    else:
        for line in verdict_lines(args.bag, verdict, args.signers):
            print(line)
    return 0 if verdict.ok else 1


def run_show(args: argparse.Namespace) -> int:
    """0: shown; 2: there is no bag."""
    from port_ros.command_line import refuse
    from port_session.bag.layout import BagError
    from port_session.bag.show import bag_lines
    from port_session.bag.verify import tags_of

    try:
        contents = tags_of(args.bag)
    except (BagError, OSError) as error:
        return refuse(error)
    for line in bag_lines(args.bag, contents, _facts_of(args.bag, contents)):
        print(line)
    return 0


def _facts_of(bag: Path, contents: "Contents") -> "Facts | None":
    from port_session.bag import facts
    from port_session.bag.layout import DATA, BagError

    if not any(f"{DATA}{name}" in contents.sizes for name in (facts.SESSION, facts.EVENTS)):
        return None  # where data/ is a link, nothing of it is followed
    try:
        return facts.read(bag / DATA)
    except BagError:
        return None


def _signers(args: argparse.Namespace, told: "Facts") -> "list[Signer]":
    from port_session.bag.layout import BagError
    from port_session.bag.signatures import Signer

    signers = [Signer(args.by, args.key)]
    if args.edge_key is not None:
        if not told.edge:
            raise BagError("--edge-key: session.json does not name the edge; seal without it")
        if told.edge.casefold() == args.by.casefold():
            raise BagError(f"--by {args.by}: is the name of the edge; a person has another one")
        signers.append(Signer(told.edge, args.edge_key))
    return signers


def _refuse_running(folder: Path) -> None:
    from port_ros.runtime_folder import records
    from port_session.bag.layout import BagError
    from port_session.supervisor.leases import held, session_lease_name

    for run, record in records().items():
        if Path(str(record.get("out", ""))).resolve() == folder and held(session_lease_name(str(run))):
            raise BagError(f"{folder}: its session runs; end it first: port session finish, then Ctrl-C at port up")


def _remark(folder: Path, told: "Facts") -> None:
    if not told.ended_as:
        print(f"port: {folder}: the session's log has no end; its last event counts as one", file=sys.stderr)
    if not (folder / "report.html").is_file():
        print(f"port: {folder}: there is no report in it; `port report` makes it, before sealing", file=sys.stderr)
