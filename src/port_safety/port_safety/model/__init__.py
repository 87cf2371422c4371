"""What the gate knows of the world: readings, verdicts, places, the robot. Imports no other room."""
