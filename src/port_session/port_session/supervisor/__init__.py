"""Starts, watches and ends the processes of one session where `ros2 launch` does not exist. Knows no ROS."""
