"""What the supervisor tells a process by a signal, besides to end. No ROS."""

import signal

#: Asks a gate to stop its robot at once and to go on. A process that does not handle it passes it over.
STOP_ROBOT_SIGNAL = signal.SIGURG
