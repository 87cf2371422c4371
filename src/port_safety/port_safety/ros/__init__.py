"""The gate as a ROS node: convert, call core once, publish."""
