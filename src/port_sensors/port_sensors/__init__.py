"""Cameras, force plates and e-stop hardware of a robot test ground."""
