"""Thin ROS nodes of port_session: convert, call the pure part once, publish."""
