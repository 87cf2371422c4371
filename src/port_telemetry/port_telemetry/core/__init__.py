"""The pure half of telemetry: records, their order, their bytes. No clock, no network, no ROS."""
