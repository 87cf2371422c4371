"""What each node of this package makes of its parameters. Without ROS: the admission check asks the same functions."""
