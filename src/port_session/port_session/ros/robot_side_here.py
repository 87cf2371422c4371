"""The robot's side of a border on the edge itself: the same program that a robot's computer runs, ended in the order of
the session, so that it carries the gate's stop to the last.
"""

from port_ros import end_order, realtime
from port_session.ros import robot_side


def main() -> int:
    """Entry point."""
    realtime.go_first()
    return robot_side.main(end_order=end_order.of_this_process)


if __name__ == "__main__":
    raise SystemExit(main())
