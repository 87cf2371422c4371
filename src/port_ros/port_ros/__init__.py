"""ROS craft shared by the nodes of port: QoS by intent, typed parameters, the life of a node, diagnostics.

The one package besides the `ros/` folders that imports rclpy. It knows no sensor, no rule and no sink.
"""
