"""Recording: raw messages into an MCAP file that stays readable when its writer is killed. No ROS in here."""
