"""The e-stop dashboard of a robot test ground."""
