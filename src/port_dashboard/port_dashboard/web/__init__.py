"""The page and the server that brings it to browsers. Knows no ROS."""
