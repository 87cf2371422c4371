"""`port robot measure`: the robot drives forward at some speeds and is stopped; its figures come from how it stops.

It asks through the gate, in a running session of this robot that is armed; everything that holds for the robot holds.
"""

import argparse
import signal
import sys
from typing import TYPE_CHECKING, Any

from port_session.commands.running import choose

if TYPE_CHECKING:
    from port_session.robots.stop_drive import StopDrive
    from port_session.ros.stop_measurement import StopMeasurement

_TWISTS = ("geometry_msgs/msg/Twist", "geometry_msgs/msg/TwistStamped")
#: Of the profile's top speed, where no speeds are named.
_SHARES = (0.25, 0.5, 0.75)
#: Standard uncertainty between the clocks of two machines that chrony or PTP keeps, s.
_CLOCK_S = 0.003


def add(actions: Any) -> None:
    """The words of `port robot measure`."""
    parser = actions.add_parser("measure", help="drive and stop the robot; latency, response, deceleration")
    parser.add_argument("--session", metavar="NAME", help="which one, if several run")
    parser.add_argument(
        "--speeds", type=float, nargs="+", metavar="MPS", help="in m/s (default: 1/4, 1/2, 3/4 of limits.speed_mps)"
    )
    parser.add_argument(
        "--yes", action="store_true", help="the way is free and somebody stands at an e-stop: no question"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """0 if it was measured, 1 if it ended before, 2 for a robot that cannot be measured so, 130 after Ctrl-C."""
    from port_session.robots.stop_drive import Limits, StopDrive
    from port_session.ros.stop_measurement import StopMeasurement

    record = choose(args.session)
    robot = record["description"]["robot"]
    if robot["kind"] == "arm" or robot["topics"]["command_type"] not in _TWISTS:
        return _refuse(f"{robot['name']} is not commanded by a twist; its figures are measured joint by joint, by hand")
    if record["description"]["session"].get("network") is not None:
        return _refuse(
            f"{robot['name']} stands behind a border, from where alone its gate takes requests; measure it in a "
            "session whose file has no `network`"
        )
    speeds = tuple(args.speeds or (round(share * robot["limits"]["speed_mps"], 2) for share in _SHARES))
    try:
        drive = StopDrive(speeds, Limits.of(robot["limits"]))
    except ValueError as error:
        return _refuse(str(error))
    for number in (signal.SIGTERM, signal.SIGINT):  # a shell lets what it starts behind itself ignore the second
        signal.signal(number, signal.default_int_handler)
    with StopMeasurement(record) as measurement:
        try:
            return _measured(measurement, drive, speeds, robot, args.yes)
        except KeyboardInterrupt:
            measurement.rest()
            print("\nport: stopped; nothing was measured", file=sys.stderr)
            return 130


def _measured(
    measurement: "StopMeasurement", drive: "StopDrive", speeds: tuple[float, ...], robot: dict[str, Any], yes: bool
) -> int:
    listed = ", ".join(f"{speed:g}" for speed in speeds)
    print(f"{robot['name']} will drive FORWARD about {drive.way_m:.1f} m in all, at {listed} m/s, and stop after each.")
    _say("Keep the way free, and somebody at an e-stop. Ctrl-C stops it.")
    if not yes and not _confirmed():
        return _refuse("not confirmed; nothing moves")
    if others := measurement.until_it_may_move(_say):
        remedy = "end that one, or use a session with `stack: own` and without your stack"
        return _refuse(f"{robot['topics']['command_in']} is asked by {', '.join(others)}, too; {remedy}")
    measurement.drive(drive, _say)
    if drive.problem:
        print(f"port: ended: {drive.problem}", file=sys.stderr)
    return max(_tell(measurement, robot), 1 if drive.problem else 0)


def _say(line: str) -> None:
    """At once: somebody acts by it."""
    print(line, flush=True)


def _confirmed() -> bool:
    if not sys.stdin.isatty():
        print("port: nobody to ask; --yes says that the way is free", file=sys.stderr)
        return False
    try:
        return input("Is it free? Type yes: ").strip().lower() == "yes"
    except EOFError:
        return False


def _tell(measurement: "StopMeasurement", robot: dict[str, Any]) -> int:
    from port_session.robots.measured_figures import less_careful, profile_lines, table
    from port_session.robots.stop_fit import fit

    seen = measurement.recording
    recording = seen.on_the_safe_clock()
    stops = recording.stops()
    if not stops:
        print("port: no stop was recorded: nothing is known of the robot", file=sys.stderr)
        return 1
    found = fit([each.stop for each in stops], _CLOCK_S)
    limits = robot["limits"]
    print(table(stops, found, limits))
    if recording is not seen:
        print(f"the odometry's stamps are {seen.lag_s:.3f} s old: times of arrival count, and latency may be shorter")
    for line in less_careful(found, limits):
        print(f"! {line}")
    print(f"\nfor the profile of {robot['name']}, on the safe side by two standard uncertainties:\n")
    print(profile_lines(stops, found))
    return 0


def _refuse(why: str) -> int:
    print(f"port: {why}", file=sys.stderr)
    return 2
