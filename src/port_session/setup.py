"""Package description for colcon."""

from setuptools import find_packages, setup

setup(
    name="port_session",
    version="0.1.0",
    packages=find_packages(),
    package_data={"": ["static/*", "data/*", "py.typed"]},
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/port_session"]),
        ("share/port_session", ["package.xml"]),
    ],
    zip_safe=False,
    author="port developers",
    author_email="port@example.org",
    description="Session description, start-up, admission check, recorder, report",
    license="Apache-2.0",
    extras_require={"test": ["pytest", "hypothesis"]},
    entry_points={
        "console_scripts": [
            "session_node = port_session.ros.session_node:main",
            "recorder_node = port_session.ros.recorder_node:main",
            "border_node = port_session.ros.border_node:main",
            "robot_side = port_session.ros.robot_side_here:main",
            "port = port_session.cli:main",
        ],
        "port.indicators": [
            "goal_distance = port_session.trials.path:GOAL_DISTANCE",
            "jump_height_flight = port_session.trials.jumping:JUMP_HEIGHT_FLIGHT",
            "jump_height_impulse = port_session.trials.jumping:JUMP_HEIGHT_IMPULSE",
            "rated_speed = port_session.trials.path:RATED_SPEED",
            "stopping_distance = port_session.trials.stopping:STOPPING_DISTANCE",
            "stopping_time = port_session.trials.stopping:STOPPING_TIME",
            "straightness = port_session.trials.path:STRAIGHTNESS",
            "time_on_task = port_session.trials.path:TIME_ON_TASK",
        ],
    },
)
