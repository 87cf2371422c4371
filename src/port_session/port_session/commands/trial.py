"""`port trial`: what trials can measure, and how many repetitions a claim needs.

list   the indicators that are installed, with unit, method and source
plan   repetitions that show a reliability at a confidence, and what a number of passes shows
"""

import argparse
import json
from typing import Any


def add(commands: Any) -> None:
    """The words of `port trial`."""
    parser = commands.add_parser(
        "trial", help="indicators; how many repetitions a claim needs", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="the indicators that are installed")
    listing.set_defaults(run=run_list)
    plan = actions.add_parser("plan", help="how many repetitions show a reliability")
    plan.add_argument("--reliability", type=_share, default=0.9, metavar="R", help="0.9: nine of ten (the default)")
    plan.add_argument("--confidence", type=_share, default=0.9, metavar="C", help="0.9 by default")
    plan.add_argument("--failures", type=_count, default=3, metavar="N", help="tell it for up to N failures")
    plan.add_argument("--passed", nargs=2, type=_count, metavar=("PASSES", "N"), help="what so many passes of N show")
    plan.set_defaults(run=run_plan)
    for action in (listing, plan):
        action.add_argument("--json", action="store_true", help="the same as JSON, for programs")


def run_list(args: argparse.Namespace) -> int:
    """0."""
    from port_session.trials.indicator import indicators

    found = indicators()
    if args.json:
        keys = ("name", "title", "unit", "method", "source", "needs", "better")
        print(json.dumps([{key: getattr(one, key) for key in keys} for one in found.values()], indent=2))
        return 0
    for name, one in sorted(found.items()):
        print(f"{name}  [{one.unit}]  {one.title}\n    {one.method}\n    source: {one.source}")
    return 0


def run_plan(args: argparse.Namespace) -> int:
    """0; 2 where more passed than were tried."""
    from port_ros.command_line import refuse
    from port_session.trials.plan import repetitions, shown_reliability

    reliability, confidence = args.reliability, args.confidence
    if args.passed:
        try:
            passes, n = args.passed
            shown = shown_reliability(passes, n, confidence)
        except ValueError as error:
            return refuse(error)
        told: object = {"passes": args.passed[0], "n": args.passed[1], "confidence": confidence, "reliability": shown}
        words = f"{args.passed[0]} of {args.passed[1]} passed: reliability {shown:.1%} or more at {confidence:.0%}"
    else:
        rows = [(failures, repetitions(reliability, confidence, failures)) for failures in range(args.failures + 1)]
        told = {"reliability": reliability, "confidence": confidence, "repetitions": dict(rows)}
        head = f"repetitions that show a reliability of {reliability:.1%} or more at {confidence:.0%}:"
        words = "\n".join([head, *(f"  {n} with {failures} failed" for failures, n in rows)])
    print(json.dumps(told) if args.json else words)
    return 0


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = 0.0
    if not 0.0 < share < 1.0:
        raise argparse.ArgumentTypeError(f"expected a share like 0.95, got {text!r}")
    return share


def _count(text: str) -> int:
    if not text.isdecimal() or len(text) > 6:
        raise argparse.ArgumentTypeError(f"expected a whole number, got {text!r}")
    return int(text)
