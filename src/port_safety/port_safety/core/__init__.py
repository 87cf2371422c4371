"""The pure safety core: time is an argument, no clock, no I/O, no ROS."""
