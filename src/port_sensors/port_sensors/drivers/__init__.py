"""One device each: opens the transport, speaks the protocol, survives unplugging; owns a thread, knows no ROS."""
