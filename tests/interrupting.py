"""Ctrl-C for a program that a test starts, wherever the tests themselves run."""

#: Before a command: what a shell starts in the background ignores SIGINT, and so would all that it starts.
HEEDS_CTRL_C = ("env", "--default-signal=INT")
