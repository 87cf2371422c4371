"""Stop profiles: one file for each kind of robot; what their tables mean is in `profile.py`."""
