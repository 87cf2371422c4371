"""The life of a session: its states, what each command needs, and the log of what happened. No ROS in here."""
