"""What the readings mean: pure arithmetic, time is an argument, no rclpy, no I/O."""
