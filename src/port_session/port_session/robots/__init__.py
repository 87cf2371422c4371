"""A robot's profile, made: from a look at its domain, from questions, from stops that were measured. Pure: no ROS."""
