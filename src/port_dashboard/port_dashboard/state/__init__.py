"""What the page shows, as plain values. Knows no ROS, no web and no clock of its own."""
