"""The table of a small border: a base's command and stop stage go out, its request and odometry come in."""

from port_session.border.table import Crossing

NAV, TWIST = "nav_msgs/msg/Odometry", "geometry_msgs/msg/Twist"
ROWS = (
    Crossing(name="command_out", topic="/cmd_vel", ground_topic="cmd_vel", type=TWIST, direction="out", max_hz=1000.0,
             max_bytes=2048, old_s=0.25),
    Crossing(name="stop_stage", topic="/safety/stop_stage", ground_topic="safety/stop_stage",
             type="std_msgs/msg/String", direction="out", max_hz=50.0, max_bytes=2048, latched=True),
    Crossing(name="command_in", topic="/cmd_vel_request", ground_topic="cmd_vel_request", type=TWIST, direction="in",
             max_hz=500.0, max_bytes=2048, old_s=0.25),
    Crossing(name="odometry", topic="/odom", ground_topic="odom", type=NAV, direction="in", max_hz=500.0,
             max_bytes=2048, old_s=0.25),
)  # fmt: skip
