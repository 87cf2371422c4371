"""A ground's own rules and types of commands. Installed beside port, they are found by their entry points; nothing in
port changes."""

from setuptools import setup

setup(
    name="ground_rules",
    version="0.1.0",
    packages=["ground_rules"],
    entry_points={
        "port.rules": ["reverse_speed = ground_rules.reverse_speed:RULE"],
        "port.commands": ["velocity_vector = ground_rules.velocity_vector:COMMAND"],
    },
)
