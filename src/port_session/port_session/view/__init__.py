"""The operator's terminal view of a session: what is known, what leads on, and how it is shown. Knows no ROS."""
