"""The robot's side as one file, for a computer that has ROS 2 and nothing of port: the modules it is made of, in a row.

Their own imports of each other fall away, all others stand at the top once.
"""

import ast
from pathlib import Path

_PACKAGE = Path(__file__).parent.parent
#: In the order in which they need each other.
MODULES = (
    "border/frames.py", "border/echo.py", "border/channels.py", "border/arrivals.py", "border/connection.py",
    "ros/robot_side.py",
)  # fmt: skip

_HEAD = '''\
#!/usr/bin/env python3
"""Connects this robot to a test ground: port's robot link, in one file. Needs this robot's ROS 2 (rclpy), nothing else.

    source /opt/ros/…/setup.bash      # and what sources the robot's own messages
    python3 robot_link.py             # robot_link.json and its certificates lie beside it

It joins this robot's ROS domain as the environment says (ROS_DOMAIN_ID, RMW_IMPLEMENTATION), carries the topics that
the ground names, and tells the robot to stop while the ground is not heard. Printed by `port robot link`; Apache-2.0.
"""

from __future__ import annotations
'''


def printed() -> str:
    """The whole file."""
    imports: set[str] = set()
    bodies = []
    for name in MODULES:
        found, body = _parted((_PACKAGE / name).read_text(encoding="utf-8"))
        imports |= found
        bodies.append(f"# --- {name} " + "-" * (110 - len(name)) + "\n\n" + body)
    ordered = sorted(imports, key=lambda line: (not line.startswith("import "), line))
    return "\n".join([_HEAD, *ordered, "", "", "\n\n\n".join(bodies)])


def _parted(source: str) -> tuple[set[str], str]:
    """A module's imports from elsewhere, and what follows all of its imports."""
    tree, lines = ast.parse(source), source.splitlines()
    heads = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    outside = {
        ast.unparse(node) for node in heads
        if not (isinstance(node, ast.ImportFrom) and (node.module or "").startswith(("port_", "__future__")))
    }  # fmt: skip
    last = max(node.end_lineno or 0 for node in heads)
    return outside, "\n".join(lines[last:]).strip("\n") + "\n"
