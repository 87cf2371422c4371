"""Session description, start-up, admission check, recorder, report, and the port command."""
