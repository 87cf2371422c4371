"""The ROS side: messages to plain values, topics to records. Nothing else here imports rclpy."""
