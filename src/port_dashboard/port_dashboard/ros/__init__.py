"""The ROS side of the dashboard: subscribes, and offers nothing that could release a stop."""
