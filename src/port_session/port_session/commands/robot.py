"""`port robot`: a team's robot."""

from typing import Any

from port_session.commands import robot_link


def add(commands: Any) -> None:
    """The words of `port robot`."""
    parser = commands.add_parser("robot", help="a robot's profile", description=__doc__)
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    robot_link.add(actions)
